import process from 'node:process'
import type { Verification } from '@pineos/contract/ledger.ts'
import { formatTable } from './table.ts'
import type { Terminal } from './terminal.ts'
import { startProofProgress } from './verify-progress.ts'
import { withService } from './with-service.ts'

/**
 * Runs the proof of zero. Accounts that contradict themselves go into quarantine, unless it is a dry
 * run. False where it found a fault. In a terminal it shows how far it is.
 */
export async function runVerify(
  options: { readonly full?: true; readonly dryRun?: true; readonly json?: true },
  terminal: Terminal,
): Promise<boolean> {
  const isInteractive = process.stderr.isTTY === true && options.json !== true
  const progress = startProofProgress({ output: process.stderr, isInteractive })
  const verification = await withService(async (service) => {
    try {
      return await service.prove({
        full: options.full === true,
        quarantines: options.dryRun !== true,
        onProgress: progress.show,
      })
    } finally {
      progress.end()
    }
  })
  terminal.print(
    options.json ? JSON.stringify(verification, null, 2) : formatVerification(verification),
  )
  return verification.ok
}

/** The checks as a table, then each fault on a line of its own, then the verdict. */
export function formatVerification({ ok, checks }: Verification): string {
  const rows = checks.map((check) => [check.name, check.ok ? 'ok' : 'FAULT', String(check.checked)])
  const faults = checks.flatMap((check) =>
    check.faults.map(({ entry_id: entryId, account, detail }) =>
      [check.name, entryId, account, detail].filter((part) => part !== undefined).join(' · '),
    ),
  )
  return [
    formatTable(['check', 'result', 'checked'], rows),
    ...faults,
    ok ? 'The ledger is right.' : 'The ledger is NOT right.',
  ].join('\n')
}
