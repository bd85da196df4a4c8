import type { ProblemCode } from '@pineos/contract/problems.ts'

/** Why the ledger may refuse a command: a subset of the problem catalogue. */
export const refusalCodes = [
  'insufficient_balance',
  'balance_limit_exceeded',
  'entry_not_found',
  'entry_not_reversible',
  'already_reversed',
  'reversal_exceeds_entry',
  'entry_not_pending',
  'already_confirmed',
] as const satisfies readonly ProblemCode[]

export type RefusalCode = (typeof refusalCodes)[number]

/** A business refusal: an outcome that is remembered with the idempotency key, not an exception. */
export interface Refusal {
  readonly code: RefusalCode
  readonly detail: string
  readonly availableCents?: bigint
  readonly requiredCents?: bigint
  readonly reversibleCents?: bigint
}
