import type { FlowName } from '@pineos/contract/ledger.ts'
import { type AccountKind, accountName } from './accounts.ts'
import type {
  ConfirmCommand,
  CreditCommand,
  DebitCommand,
  LedgerCommand,
  ReverseCommand,
} from './command.ts'
import {
  balanceCentsMax,
  type Entry,
  type EntryPosition,
  initialPosition,
  type UserBalance,
} from './entry.ts'
import { type Flow, flows } from './flows.ts'
import type { Refusal } from './refusal.ts'

/** What a decision may look at. Unknown users have an empty balance. */
export interface LedgerView {
  balance(userId: string, currency: string): UserBalance
  entry(id: string): Entry | undefined
  position(entry: Entry): EntryPosition
}

/** What changes when an entry is posted: the entry, the user's balance, the entry it is about. */
export interface Posting {
  readonly entry: Entry
  readonly balance: UserBalance
  /** The new position of the entry itself (a pending credit) or of the one it is about. */
  readonly positioned: { readonly entry: Entry; readonly position: EntryPosition } | null
}

export type Decision =
  | { readonly outcome: 'posted'; readonly posting: Posting }
  | { readonly outcome: 'refused'; readonly refusal: Refusal }

/**
 * Decides one command against the ledger as `view` shows it: the posting to write, or the refusal to
 * remember. Pure: `recordedAt` (RFC 3339, UTC) and all ids come from outside.
 */
export function decide(view: LedgerView, command: LedgerCommand, recordedAt: string): Decision {
  switch (command.kind) {
    case 'credit':
      return decideCredit(view, command, recordedAt)
    case 'debit':
      return decideDebit(view, command, recordedAt)
    case 'reverse':
      return decideReverse(view, command, recordedAt)
    case 'confirm':
      return decideConfirm(view, command, recordedAt)
  }
}

function decideCredit(view: LedgerView, command: CreditCommand, recordedAt: string): Decision {
  const flow = command.isPending ? 'credit_pending' : 'credit'
  const before = view.balance(command.userId, command.currency)
  const moved = move(before, flow, command.amountCents)
  if ('code' in moved) return refused(moved)
  const entry = entryOf(command, moved, {
    flow,
    amountCents: command.amountCents,
    rewardId: command.rewardId,
    relatedEntryId: null,
    reason: null,
    recordedAt,
  })
  const positioned = command.isPending ? { entry, position: initialPosition(entry) } : null
  return { outcome: 'posted', posting: { entry, balance: moved, positioned } }
}

function decideDebit(view: LedgerView, command: DebitCommand, recordedAt: string): Decision {
  const before = view.balance(command.userId, command.currency)
  const moved = move(before, 'debit', command.amountCents)
  if ('code' in moved) return refused(moved)
  const entry = entryOf(command, moved, {
    flow: 'debit',
    amountCents: command.amountCents,
    rewardId: null,
    relatedEntryId: null,
    reason: null,
    recordedAt,
  })
  return { outcome: 'posted', posting: { entry, balance: moved, positioned: null } }
}

function decideReverse(view: LedgerView, command: ReverseCommand, recordedAt: string): Decision {
  const original = view.entry(command.targetEntryId)
  if (!original) return refused(notFound(command.targetEntryId))
  const position = view.position(original)
  const flow = reversalFlow(original, position)
  if (!flow) {
    return refused({
      code: 'entry_not_reversible',
      detail: `Entry ${original.id} is a ${describeFlow(original.flow)} and cannot be reversed itself.`,
    })
  }
  const reversibleCents = original.amountCents - position.reversedCents
  if (reversibleCents === 0n) {
    return refused({
      code: 'already_reversed',
      detail: `Entry ${original.id} is already reversed as a whole.`,
    })
  }
  const amountCents = command.amountCents ?? reversibleCents
  if (amountCents > reversibleCents) {
    return refused({
      code: 'reversal_exceeds_entry',
      detail: `${amountCents} cannot be reversed: ${reversibleCents} is left of entry ${original.id}.`,
      reversibleCents,
    })
  }
  const moved = move(view.balance(original.userId, original.currency), flow, amountCents)
  if ('code' in moved) return refused(moved)
  const entry = entryOf(command, moved, {
    flow,
    amountCents,
    rewardId: original.rewardId,
    relatedEntryId: original.id,
    reason: command.reason,
    recordedAt,
  })
  const pendingCents = position.pendingCents - (flow === 'reverse_pending' ? amountCents : 0n)
  const after = { pendingCents, reversedCents: position.reversedCents + amountCents }
  return {
    outcome: 'posted',
    posting: { entry, balance: moved, positioned: { entry: original, position: after } },
  }
}

function decideConfirm(view: LedgerView, command: ConfirmCommand, recordedAt: string): Decision {
  const original = view.entry(command.targetEntryId)
  if (!original) return refused(notFound(command.targetEntryId))
  if (original.flow !== 'credit_pending') {
    return refused({
      code: 'entry_not_pending',
      detail: `Entry ${original.id} is a ${describeFlow(original.flow)}, not a pending credit.`,
    })
  }
  const position = view.position(original)
  if (position.pendingCents === 0n) {
    return position.reversedCents === original.amountCents
      ? refused({
          code: 'already_reversed',
          detail: `Entry ${original.id} is already reversed as a whole.`,
        })
      : refused({ code: 'already_confirmed', detail: `Entry ${original.id} is already confirmed.` })
  }
  const amountCents = position.pendingCents
  const moved = move(view.balance(original.userId, original.currency), 'confirm', amountCents)
  if ('code' in moved) return refused(moved)
  const entry = entryOf(command, moved, {
    flow: 'confirm',
    amountCents,
    rewardId: original.rewardId,
    relatedEntryId: original.id,
    reason: null,
    recordedAt,
  })
  const after = { pendingCents: 0n, reversedCents: position.reversedCents }
  return {
    outcome: 'posted',
    posting: { entry, balance: moved, positioned: { entry: original, position: after } },
  }
}

/** The flow that takes this entry back now; null where entries of its kind cannot be reversed. */
function reversalFlow(original: Entry, position: EntryPosition): FlowName | null {
  // A pending credit is confirmed as a whole, so what is left of it stands in one account only.
  if (original.flow === 'credit_pending' && position.pendingCents === 0n) return 'reverse_credit'
  return flows[original.flow].reversedBy
}

/** The balance after the flow, or the refusal where an account would pass its bounds. */
function move(before: UserBalance, flowName: FlowName, amountCents: bigint): UserBalance | Refusal {
  const flow = flows[flowName]
  const availableCents = before.availableCents + effectOn('user_available', flow, amountCents)
  const pendingCents = before.pendingCents + effectOn('user_pending', flow, amountCents)
  if (availableCents < 0n) {
    return {
      code: 'insufficient_balance',
      detail: `${amountCents} ${before.currency} minor units are needed, ${before.availableCents} are available.`,
      availableCents: before.availableCents,
      requiredCents: amountCents,
    }
  }
  if (availableCents > balanceCentsMax || pendingCents > balanceCentsMax) {
    return {
      code: 'balance_limit_exceeded',
      detail: `A balance is at most ${balanceCentsMax} minor units.`,
    }
  }
  // The position of the entry bounds what leaves pending, so this cannot be reached by a command.
  if (pendingCents < 0n) throw new Error(`pending of ${before.userId} would fall below zero`)
  return {
    userId: before.userId,
    currency: before.currency,
    availableCents,
    pendingCents,
    version: before.version + 1n,
  }
}

function effectOn(kind: AccountKind, flow: Flow, amountCents: bigint): bigint {
  if (flow.to === kind) return amountCents
  return flow.from === kind ? -amountCents : 0n
}

type EntryFacts = Pick<
  Entry,
  'flow' | 'amountCents' | 'rewardId' | 'relatedEntryId' | 'reason' | 'recordedAt'
>

function entryOf(command: LedgerCommand, after: UserBalance, facts: EntryFacts): Entry {
  const flow = flows[facts.flow]
  const owners = { userId: after.userId, programId: command.programId }
  // Written out member by member: this runs for every entry, and spreading costs ten times as much.
  return {
    id: command.entryId,
    userId: after.userId,
    flow: facts.flow,
    amountCents: facts.amountCents,
    currency: after.currency,
    debitAccount: accountName(flow.from, owners),
    creditAccount: accountName(flow.to, owners),
    userSequence: after.version,
    balanceAfterCents: after.availableCents,
    pendingAfterCents: after.pendingCents,
    rewardId: facts.rewardId,
    relatedEntryId: facts.relatedEntryId,
    reason: facts.reason,
    idempotencyKey: command.idempotencyKey,
    actor: command.actor,
    sourceEvent: command.sourceEvent,
    metadata: command.metadata,
    effectiveAt: facts.recordedAt,
    recordedAt: facts.recordedAt,
  }
}

function refused(refusal: Refusal): Decision {
  return { outcome: 'refused', refusal }
}

function notFound(entryId: string): Refusal {
  return { code: 'entry_not_found', detail: `There is no ledger entry ${entryId}.` }
}

function describeFlow(flow: FlowName): string {
  return flow.replaceAll('_', ' ')
}
