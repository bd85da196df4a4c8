import type { Verification } from '@pineos/contract/ledger.ts'
import { formatTable } from './table.ts'
import type { Terminal } from './terminal.ts'
import { withService } from './with-service.ts'

/** Runs the proof of zero. False where it found a fault. */
export async function runVerify(
  options: { readonly full?: true; readonly json?: true },
  terminal: Terminal,
): Promise<boolean> {
  const verification = await withService((service) => service.verify(options.full === true))
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
