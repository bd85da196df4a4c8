import type { ExpireCommand } from './command.ts'
import { describeFlow, notFound } from './decide-credit.ts'
import { positionWith } from './entry.ts'
import { accountOf, type Deciding, type Posting, post } from './posting.ts'
import type { Refusal } from './refusal.ts'

/**
 * Posts back what is left of a credit once its time has passed: what is pending lapses to where it
 * came from, what is unspent goes to breakage.
 */
export function decideExpiry(deciding: Deciding<ExpireCommand>): readonly Posting[] | Refusal {
  const { view, command, recordedAt } = deciding
  const original = view.entry(command.targetEntryId)
  if (!original) return notFound(command.targetEntryId)
  if (original.expiresAt === null || original.expiresAt > recordedAt) {
    return {
      code: 'not_due',
      detail: `Entry ${original.id}, a ${describeFlow(original)}, expires ${original.expiresAt ?? 'never'}; it is ${recordedAt}.`,
    }
  }
  const before = accountOf(view, original)
  if ('code' in before) return before
  const position = view.position(original)
  const { pendingCents, unspentCents } = position
  const isPending = pendingCents > 0n
  const amountCents = isPending ? pendingCents : unspentCents
  if (amountCents === 0n) {
    return { code: 'already_expired', detail: `Nothing is left of entry ${original.id} to expire.` }
  }
  const posted = post(deciding, before, {
    id: command.entryId,
    flow: isPending ? 'lapse' : 'expire',
    amountCents,
    expiringCents: -unspentCents,
    rewardId: original.rewardId,
    relatedEntryId: original.id,
    reason: null,
    availableAt: null,
    expiresAt: null,
  })
  if ('code' in posted) return posted
  const after = positionWith(
    position,
    { pendingCents: 0n, unspentCents: 0n, expiredCents: position.expiredCents + amountCents },
    null,
  )
  return [{ ...posted, positions: [after] }]
}
