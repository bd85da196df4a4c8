import type { Verification } from '@pineos/contract/ledger.ts'

/** What one check of the proof of zero has found, as it is answered. */
export type CheckResult = Verification['checks'][number]
export type Fault = CheckResult['faults'][number]

/** Faults that a check names at most. */
export const faultsMax = 100

export function checkResult(name: string, checked: number, faults: readonly Fault[]): CheckResult {
  return { name, ok: faults.length === 0, checked, faults: faults.slice(0, faultsMax) }
}
