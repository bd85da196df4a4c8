import type { Quarantine } from '@pineos/contract/quarantines.ts'
import { formatTable } from './table.ts'
import type { Terminal } from './terminal.ts'
import { withService } from './with-service.ts'

/** How many are listed; those beyond are older. */
const listedMax = 1_000
/** The actor of what is done at the machine itself. */
const operatorActor = 'operator'

/** Prints the accounts in quarantine, newest first; with `all` those that were lifted too. */
export async function runQuarantineList(
  options: { readonly all?: true; readonly json?: true },
  terminal: Terminal,
): Promise<void> {
  const quarantines = await withService((service) =>
    service.quarantines.list({ all: options.all === true, limit: listedMax }),
  )
  if (options.json) {
    terminal.print(JSON.stringify({ quarantines }, null, 2))
    return
  }
  terminal.print(
    quarantines.length === 0 ? 'No account is in quarantine.' : formatQuarantines(quarantines),
  )
}

/**
 * Lifts the quarantine of an account.
 * @throws Failure `account_not_quarantined`, or `account_still_faulty` without `force`
 */
export async function runQuarantineLift(
  options: {
    readonly user: string
    readonly currency: string
    readonly reason: string
    readonly force?: true
  },
  terminal: Terminal,
): Promise<void> {
  const { user: userId, currency, reason } = options
  const lifted = await withService(({ quarantines }) =>
    quarantines.lift({
      ...{ userId, currency, reason },
      force: options.force === true,
      actor: operatorActor,
    }),
  )
  terminal.print(`The account of ${userId} in ${currency} is posted to again.`)
  for (const fault of lifted.lifted_over ?? []) terminal.warn(`It still has a fault: ${fault}`)
}

function formatQuarantines(quarantines: readonly Quarantine[]): string {
  const rows = quarantines.map((quarantine) => [
    quarantine.user_id,
    quarantine.currency,
    quarantine.since,
    quarantine.faults.join('\n'),
    quarantine.lifted_at === null
      ? ''
      : `${quarantine.lifted_at} by ${quarantine.lifted_by}: ${quarantine.reason}`,
  ])
  return formatTable(['user', 'currency', 'since', 'faults', 'lifted'], rows)
}
