import type { AdjustCommand, DebitCommand } from './command.ts'
import type { UserBalance } from './entry.ts'
import type { LedgerView } from './ledger-view.ts'
import { type Draw, drawFrom, nothingDrawn, unexpired, unspentOf } from './lots.ts'
import { accountOf, type Deciding, insufficient, type Posting, post } from './posting.ts'
import type { Refusal } from './refusal.ts'

/** Debits what a user can spend; refuses below zero. */
export function decideDebit(deciding: Deciding<DebitCommand>): readonly Posting[] | Refusal {
  return takeAvailable(deciding, 'debit', null)
}

/** Takes from what the user can spend, first to expire first, and never what has expired. */
export function takeAvailable(
  deciding: Deciding<DebitCommand | AdjustCommand>,
  flow: 'debit' | 'adjust_debit',
  reason: string | null,
): readonly Posting[] | Refusal {
  const { view, command, recordedAt } = deciding
  const { amountCents } = command
  const before = accountOf(view, command)
  if ('code' in before) return before
  const draw = spend({ view, before, recordedAt }, amountCents)
  if ('code' in draw) return draw
  const posted = post(deciding, before, {
    id: command.entryId,
    flow,
    amountCents,
    expiringCents: -draw.drawnCents,
    rewardId: null,
    relatedEntryId: null,
    reason,
    availableAt: null,
    expiresAt: null,
  })
  if ('code' in posted) return posted
  return [{ entry: posted.entry, balance: posted.balance, positions: draw.positions }]
}

function spend(
  { view, before, recordedAt }: { view: LedgerView; before: UserBalance; recordedAt: string },
  amountCents: bigint,
): Draw | Refusal {
  if (before.expiringCents === 0n) return nothingDrawn
  const lots = view.lots(before.userId, before.currency)
  const live = unexpired(lots, recordedAt)
  const spendableCents = before.availableCents - (unspentOf(lots) - unspentOf(live))
  if (amountCents > spendableCents) return insufficient(before, spendableCents, amountCents)
  return drawFrom(live, amountCents)
}
