import type { FlowName } from '@pineos/contract/ledger.ts'
import { type AccountKind, accountName } from './accounts.ts'
import type { LedgerCommand } from './command.ts'
import { balanceCentsMax, type Entry, type EntryPosition, type UserBalance } from './entry.ts'
import { type Flow, flows } from './flows.ts'
import type { LedgerView } from './ledger-view.ts'
import type { Refusal } from './refusal.ts'

/** What changes when an entry is posted: the entry, the user's balance, what became of others. */
export interface Posting {
  readonly entry: Entry
  readonly balance: UserBalance
  /** The new positions of the entry itself, of the one it is about and of the credits it draws on. */
  readonly positions: readonly EntryPosition[]
}

/** A command with what it is decided against. Times are RFC 3339 in UTC with milliseconds. */
export interface Deciding<Command extends LedgerCommand> {
  readonly view: LedgerView
  readonly command: Command
  readonly effectiveAt: string
  readonly recordedAt: string
}

/** What one entry moves and says. */
export interface Movement {
  readonly id: string
  readonly flow: FlowName
  readonly amountCents: bigint
  /** By how much the unspent credits that expire grow (or shrink, below zero). */
  readonly expiringCents: bigint
  readonly rewardId: string | null
  readonly relatedEntryId: string | null
  readonly reason: string | null
  readonly availableAt: string | null
  readonly expiresAt: string | null
}

/** The entry with the balance after it, or the refusal where an account would pass its bounds. */
export function post(
  deciding: Deciding<LedgerCommand>,
  before: UserBalance,
  movement: Movement,
): { readonly entry: Entry; readonly balance: UserBalance } | Refusal {
  const balance = balanceAfter(before, movement)
  if ('code' in balance) return balance
  return { entry: entryOf(deciding, balance, movement), balance }
}

/** The balance to post to, or the refusal where the account is in quarantine. */
export function accountOf(
  view: LedgerView,
  { userId, currency }: { readonly userId: string; readonly currency: string },
): UserBalance | Refusal {
  const balance = view.balance(userId, currency)
  if (!balance.isQuarantined) return balance
  return {
    code: 'account_quarantined',
    detail: `The account of ${userId} in ${currency} is in quarantine.`,
  }
}

/**
 * The id of the one entry that a command may post beside its own. Derived, as `decide` makes no ids:
 * the last 32 bits of a UUIDv7 are random (RFC 9562, 5.7), so one of them can be turned over.
 */
export function companionId(entryId: string): string {
  const place = entryId.length - 8
  const turned = (Number.parseInt(entryId.charAt(place), 16) ^ 8).toString(16)
  return entryId.slice(0, place) + turned + entryId.slice(place + 1)
}

function balanceAfter(before: UserBalance, movement: Movement): UserBalance | Refusal {
  const flow = flows[movement.flow]
  const { amountCents } = movement
  const availableCents = before.availableCents + effectOn('user_available', flow, amountCents)
  const pendingCents = before.pendingCents + effectOn('user_pending', flow, amountCents)
  // The debt of a user grows on the debit side: what leaves that account is owed.
  const debtCents = before.debtCents - effectOn('user_debt', flow, amountCents)
  const expiringCents = before.expiringCents + movement.expiringCents
  if (availableCents < 0n) return insufficient(before, before.availableCents, amountCents)
  if (
    availableCents > balanceCentsMax ||
    pendingCents > balanceCentsMax ||
    debtCents > balanceCentsMax
  ) {
    return {
      code: 'balance_limit_exceeded',
      detail: `A balance is at most ${balanceCentsMax} minor units.`,
    }
  }
  // Positions bound what leaves pending, debt and the lots, so no command can reach this.
  if (pendingCents < 0n || debtCents < 0n || expiringCents < 0n || expiringCents > availableCents)
    throw new Error(`the parts of the balance of ${before.userId} would contradict each other`)
  return {
    userId: before.userId,
    currency: before.currency,
    availableCents,
    pendingCents,
    debtCents,
    expiringCents,
    version: before.version + 1n,
    isQuarantined: before.isQuarantined,
  }
}

/** The refusal of an amount that the balance does not cover. */
export function insufficient(
  before: UserBalance,
  availableCents: bigint,
  requiredCents: bigint,
): Refusal {
  return {
    code: 'insufficient_balance',
    detail: `${requiredCents} ${before.currency} minor units are needed, ${availableCents} are available.`,
    availableCents,
    requiredCents,
  }
}

function effectOn(kind: AccountKind, flow: Flow, amountCents: bigint): bigint {
  if (flow.to === kind) return amountCents
  return flow.from === kind ? -amountCents : 0n
}

function entryOf(
  { command, effectiveAt, recordedAt }: Deciding<LedgerCommand>,
  after: UserBalance,
  movement: Movement,
): Entry {
  const flow = flows[movement.flow]
  const owners = { userId: after.userId, programId: command.programId }
  // Written out member by member: this runs for every entry, and spreading costs ten times as much.
  return {
    id: movement.id,
    userId: after.userId,
    flow: movement.flow,
    amountCents: movement.amountCents,
    currency: after.currency,
    debitAccount: accountName(flow.from, owners),
    creditAccount: accountName(flow.to, owners),
    userSequence: after.version,
    balanceAfterCents: after.availableCents,
    pendingAfterCents: after.pendingCents,
    debtAfterCents: after.debtCents,
    rewardId: movement.rewardId,
    relatedEntryId: movement.relatedEntryId,
    reason: movement.reason,
    idempotencyKey: command.idempotencyKey,
    actor: command.actor,
    sourceEvent: command.sourceEvent,
    metadata: command.metadata,
    availableAt: movement.availableAt,
    expiresAt: movement.expiresAt,
    effectiveAt,
    recordedAt,
  }
}
