import type { FlowName } from '@pineos/contract/ledger.ts'
import type { ReversalPortion, ReverseCommand } from './command.ts'
import { describeFlow, notFound } from './decide-credit.ts'
import { type Entry, type EntryPosition, positionWith, type UserBalance } from './entry.ts'
import { flows } from './flows.ts'
import { type Draw, drawFrom, nothingDrawn } from './lots.ts'
import { withNetting } from './netting.ts'
import { accountOf, companionId, type Deciding, type Posting, post } from './posting.ts'
import type { Refusal } from './refusal.ts'

/**
 * Posts the way back of a credit or a debit, whole or in part, never more than is left of it. Where
 * the user has spent the money it is refused, or what is missing becomes a debt, as the command says.
 */
export function decideReversal(deciding: Deciding<ReverseCommand>): readonly Posting[] | Refusal {
  const { view, command, effectiveAt } = deciding
  const original = view.entry(command.targetEntryId)
  if (!original) return notFound(command.targetEntryId)
  const before = accountOf(view, original)
  if ('code' in before) return before
  const position = view.position(original)
  const flow = reversalFlow(original, position)
  if (!flow) {
    return {
      code: 'entry_not_reversible',
      detail: `Entry ${original.id} is a ${describeFlow(original)} and cannot be reversed itself.`,
    }
  }
  if (effectiveAt < original.effectiveAt) {
    return {
      code: 'effective_before_original',
      detail: `Entry ${original.id} counts from ${original.effectiveAt}, its reversal would from ${effectiveAt}.`,
    }
  }
  const amountCents = reversedAmount(original, position, command.portion)
  if (typeof amountCents !== 'bigint') return amountCents
  const reversal = { original, before, position, flow, amountCents }
  return flow === 'reverse_credit' ? takeBack(deciding, reversal) : giveBack(deciding, reversal)
}

interface Reversal {
  readonly original: Entry
  readonly before: UserBalance
  readonly position: EntryPosition
  readonly flow: FlowName
  readonly amountCents: bigint
}

/** The flow that takes this entry back now; null where entries of its kind cannot be reversed. */
function reversalFlow(original: Entry, position: EntryPosition): FlowName | null {
  // A pending credit is confirmed as a whole, so what is left of it stands in one account only.
  if (original.flow === 'credit_pending' && position.pendingCents === 0n) return 'reverse_credit'
  return flows[original.flow].reversedBy
}

function reversedAmount(
  original: Entry,
  position: EntryPosition,
  portion: ReversalPortion,
): bigint | Refusal {
  const { reversedCents, expiredCents } = position
  const reversibleCents = original.amountCents - reversedCents - expiredCents
  if (reversibleCents === 0n) {
    return expiredCents > 0n
      ? { code: 'already_expired', detail: `What was left of entry ${original.id} has expired.` }
      : {
          code: 'already_reversed',
          detail: `Entry ${original.id} is already reversed as a whole.`,
        }
  }
  switch (portion.kind) {
    case 'rest':
      return reversibleCents
    case 'amount':
      if (portion.amountCents <= reversibleCents) return portion.amountCents
      return {
        code: 'reversal_exceeds_entry',
        detail: `${portion.amountCents} cannot be reversed: ${reversibleCents} is left of entry ${original.id}.`,
        reversibleCents,
      }
    case 'refund': {
      const missingCents = refundedPortion(original.amountCents, portion) - reversedCents
      if (missingCents > 0n) return missingCents < reversibleCents ? missingCents : reversibleCents
      return {
        code: 'already_reversed',
        detail: `${reversedCents} of entry ${original.id} is reversed, which covers this refund.`,
      }
    }
  }
}

/** The same portion of the amount as was refunded of the purchase, rounded half up. */
function refundedPortion(
  amountCents: bigint,
  { refundedCents, paidCents }: { refundedCents: bigint; paidCents: bigint },
): bigint {
  return (2n * amountCents * refundedCents + paidCents) / (2n * paidCents)
}

/** Takes a credit back out of what is available, over a debt where the command allows one. */
function takeBack(
  deciding: Deciding<ReverseCommand>,
  reversal: Reversal,
): readonly Posting[] | Refusal {
  const { command } = deciding
  const { original, before, amountCents } = reversal
  const missingCents = amountCents - before.availableCents
  if (missingCents <= 0n || command.shortfall === 'refuse') {
    const posting = reverse(deciding, reversal)
    return 'code' in posting ? posting : [posting]
  }
  const lent = post(deciding, before, {
    id: companionId(command.entryId),
    flow: 'debt',
    amountCents: missingCents,
    expiringCents: 0n,
    rewardId: original.rewardId,
    relatedEntryId: command.entryId,
    reason: command.reason,
    availableAt: null,
    expiresAt: null,
  })
  if ('code' in lent) return lent
  const posting = reverse(deciding, { ...reversal, before: lent.balance })
  return 'code' in posting ? posting : [{ ...lent, positions: [] }, posting]
}

/** Takes a pending credit back out of pending, or gives back what a debit took. */
function giveBack(
  deciding: Deciding<ReverseCommand>,
  reversal: Reversal,
): readonly Posting[] | Refusal {
  const posting = reverse(deciding, reversal)
  if ('code' in posting) return posting
  return reversal.flow === 'reverse_debit' ? withNetting(deciding, posting) : [posting]
}

function reverse(
  deciding: Deciding<ReverseCommand>,
  { original, before, position, flow, amountCents }: Reversal,
): Posting | Refusal {
  const { view, command } = deciding
  const takesAvailable = flow === 'reverse_credit'
  const lots =
    takesAvailable && before.expiringCents > 0n ? view.lots(original.userId, original.currency) : []
  const { own, others } = drawBack(lots, original, amountCents)
  const posted = post(deciding, before, {
    id: command.entryId,
    flow,
    amountCents,
    expiringCents: -(own + others.drawnCents),
    rewardId: original.rewardId,
    relatedEntryId: original.id,
    reason: command.reason,
    availableAt: null,
    expiresAt: null,
  })
  if ('code' in posted) return posted
  const after = positionWith(
    position,
    {
      pendingCents: position.pendingCents - (flow === 'reverse_pending' ? amountCents : 0n),
      reversedCents: position.reversedCents + amountCents,
      unspentCents: position.unspentCents - own,
    },
    original.availableAt,
  )
  return { ...posted, positions: [after, ...others.positions] }
}

/** What is unspent of the credit itself goes first, then the other lots, then the rest. */
function drawBack(
  lots: readonly EntryPosition[],
  original: Entry,
  amountCents: bigint,
): { readonly own: bigint; readonly others: Draw } {
  if (lots.length === 0) return { own: 0n, others: nothingDrawn }
  const unspentCents = lots.find((lot) => lot.entryId === original.id)?.unspentCents ?? 0n
  const own = unspentCents < amountCents ? unspentCents : amountCents
  const rest = lots.filter((lot) => lot.entryId !== original.id)
  return { own, others: drawFrom(rest, amountCents - own) }
}
