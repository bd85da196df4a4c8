import type { LedgerCommand } from './command.ts'
import { decideAdjustment } from './decide-adjustment.ts'
import { decideConfirm, decideCredit } from './decide-credit.ts'
import { decideDebit } from './decide-debit.ts'
import { decideExpiry } from './decide-expiry.ts'
import { decideReversal } from './decide-reversal.ts'
import type { Entry } from './entry.ts'
import type { LedgerView } from './ledger-view.ts'
import type { Deciding, Posting } from './posting.ts'
import type { Refusal } from './refusal.ts'

export type Decision =
  | {
      readonly outcome: 'posted'
      /** The entry that the command asked for. */
      readonly entry: Entry
      /** That entry and what had to come with it (debt, netting), in the order of the sequence. */
      readonly postings: readonly Posting[]
    }
  | { readonly outcome: 'refused'; readonly refusal: Refusal }

/**
 * Decides one command against the ledger as `view` shows it: the postings to write, or the refusal to
 * remember. Pure: `recordedAt` (RFC 3339 in UTC with milliseconds) and all ids come from outside.
 */
export function decide(view: LedgerView, command: LedgerCommand, recordedAt: string): Decision {
  const effectiveAt = command.effectiveAt ?? recordedAt
  const refusal = timeRefusal(view, effectiveAt, recordedAt)
  if (refusal) return { outcome: 'refused', refusal }
  const decided = decideKind({ view, effectiveAt, recordedAt }, command)
  if ('code' in decided) return { outcome: 'refused', refusal: decided }
  const own = decided.find((posting) => posting.entry.id === command.entryId)
  if (!own) throw new Error(`the decision on ${command.entryId} has no entry of its own`)
  return { outcome: 'posted', entry: own.entry, postings: decided }
}

function decideKind(
  frame: Omit<Deciding<LedgerCommand>, 'command'>,
  command: LedgerCommand,
): readonly Posting[] | Refusal {
  const { view, effectiveAt, recordedAt } = frame
  switch (command.kind) {
    case 'credit':
      return decideCredit({ view, command, effectiveAt, recordedAt })
    case 'debit':
      return decideDebit({ view, command, effectiveAt, recordedAt })
    case 'reverse':
      return decideReversal({ view, command, effectiveAt, recordedAt })
    case 'confirm':
      return decideConfirm({ view, command, effectiveAt, recordedAt })
    case 'expire':
      return decideExpiry({ view, command, effectiveAt, recordedAt })
    case 'adjust':
      return decideAdjustment({ view, command, effectiveAt, recordedAt })
  }
}

/** Times of one form compare as text. */
function timeRefusal(view: LedgerView, effectiveAt: string, recordedAt: string): Refusal | null {
  if (effectiveAt > recordedAt) {
    return {
      code: 'effective_at_in_future',
      detail: `The entry would count at ${effectiveAt}; it is written at ${recordedAt}.`,
    }
  }
  if (view.closedUntil !== null && effectiveAt < view.closedUntil) {
    return {
      code: 'period_closed',
      detail: `The entry would count at ${effectiveAt}; everything before ${view.closedUntil} is closed.`,
    }
  }
  return null
}
