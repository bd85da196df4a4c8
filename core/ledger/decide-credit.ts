import type { ConfirmCommand, CreditCommand, LedgerCommand } from './command.ts'
import { type Entry, type EntryPosition, initialPosition, positionWith } from './entry.ts'
import { lotsMax } from './lots.ts'
import { withNetting } from './netting.ts'
import { accountOf, type Deciding, type Posting, post } from './posting.ts'
import type { Refusal } from './refusal.ts'

/** Credits a user: spendable at once, or pending until it is confirmed. */
export function decideCredit(deciding: Deciding<CreditCommand>): readonly Posting[] | Refusal {
  const { view, command, recordedAt } = deciding
  const { amountCents, isPending, availableAt, expiresAt } = command
  if (expiresAt !== null && expiresAt <= recordedAt) {
    return {
      code: 'expiry_in_past',
      detail: `The credit would have expired at ${expiresAt}; it is ${recordedAt}.`,
    }
  }
  const before = accountOf(view, command)
  if ('code' in before) return before
  const opensLot = expiresAt !== null && !isPending
  if (opensLot && hasNoRoomForLot(deciding, command)) return lotsExceeded(command.userId)
  const posted = post(deciding, before, {
    id: command.entryId,
    flow: isPending ? 'credit_pending' : 'credit',
    amountCents,
    expiringCents: opensLot ? amountCents : 0n,
    rewardId: command.rewardId,
    relatedEntryId: null,
    reason: null,
    availableAt,
    expiresAt,
  })
  if ('code' in posted) return posted
  const positions = isPending || opensLot ? [initialPosition(posted.entry)] : []
  return withNetting(deciding, { entry: posted.entry, balance: posted.balance, positions })
}

/** Makes what is still pending of a credit spendable. */
export function decideConfirm(deciding: Deciding<ConfirmCommand>): readonly Posting[] | Refusal {
  const { view, command } = deciding
  const original = view.entry(command.targetEntryId)
  if (!original) return notFound(command.targetEntryId)
  if (original.flow !== 'credit_pending') {
    return {
      code: 'entry_not_pending',
      detail: `Entry ${original.id} is a ${describeFlow(original)}, not a pending credit.`,
    }
  }
  const before = accountOf(view, original)
  if ('code' in before) return before
  const position = view.position(original)
  const amountCents = position.pendingCents
  if (amountCents === 0n) return nothingPending(original, position)
  const opensLot = original.expiresAt !== null
  if (original.expiresAt !== null && original.expiresAt <= deciding.recordedAt) {
    return {
      code: 'already_expired',
      detail: `Entry ${original.id} has expired at ${original.expiresAt}.`,
    }
  }
  if (opensLot && hasNoRoomForLot(deciding, original)) return lotsExceeded(original.userId)
  const posted = post(deciding, before, {
    id: command.entryId,
    flow: 'confirm',
    amountCents,
    expiringCents: opensLot ? amountCents : 0n,
    rewardId: original.rewardId,
    relatedEntryId: original.id,
    reason: null,
    availableAt: null,
    expiresAt: original.expiresAt,
  })
  if ('code' in posted) return posted
  const confirmed = positionWith(
    position,
    { pendingCents: 0n, unspentCents: opensLot ? amountCents : 0n },
    original.availableAt,
  )
  return withNetting(deciding, { ...posted, positions: [confirmed] })
}

function nothingPending(original: Entry, position: EntryPosition): Refusal {
  const { id } = original
  // A pending credit is confirmed as a whole, so what lapsed or was reversed while it was pending is
  // all of it, unless it was confirmed.
  if (position.reversedCents === position.amountCents) {
    return { code: 'already_reversed', detail: `Entry ${id} is already reversed as a whole.` }
  }
  if (position.reversedCents + position.expiredCents === position.amountCents) {
    return { code: 'already_expired', detail: `What was left of entry ${id} has expired.` }
  }
  return { code: 'already_confirmed', detail: `Entry ${id} is already confirmed.` }
}

function hasNoRoomForLot(
  { view }: Deciding<LedgerCommand>,
  { userId, currency }: { userId: string; currency: string },
): boolean {
  return view.lots(userId, currency).length >= lotsMax
}

function lotsExceeded(userId: string): Refusal {
  return {
    code: 'expiring_credits_exceeded',
    detail: `${userId} has ${lotsMax} unspent credits that expire; no more are kept.`,
  }
}

/** The refusal where there is no entry with the id. */
export function notFound(entryId: string): Refusal {
  return { code: 'entry_not_found', detail: `There is no ledger entry ${entryId}.` }
}

/** The flow of the entry in words. */
export function describeFlow(entry: Entry): string {
  return entry.flow.replaceAll('_', ' ')
}
