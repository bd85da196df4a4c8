import type { AdjustCommand } from './command.ts'
import { takeAvailable } from './decide-debit.ts'
import { withNetting } from './netting.ts'
import { accountOf, type Deciding, type Posting, post } from './posting.ts'
import type { Refusal } from './refusal.ts'

/** A correction by a person: adds to what the user can spend, or takes from it. */
export function decideAdjustment(deciding: Deciding<AdjustCommand>): readonly Posting[] | Refusal {
  const { view, command } = deciding
  if (command.direction === 'debit') return takeAvailable(deciding, 'adjust_debit', command.reason)
  const before = accountOf(view, command)
  if ('code' in before) return before
  const posted = post(deciding, before, {
    id: command.entryId,
    flow: 'adjust_credit',
    amountCents: command.amountCents,
    expiringCents: 0n,
    rewardId: null,
    relatedEntryId: null,
    reason: command.reason,
    availableAt: null,
    expiresAt: null,
  })
  if ('code' in posted) return posted
  return withNetting(deciding, { ...posted, positions: [] })
}
