import type { FlowName } from '@pineos/contract/ledger.ts'
import { amountCentsMax } from '@pineos/contract/primitives.ts'

/** The largest balance that is kept, in minor units: what JSON carries exactly. */
export const balanceCentsMax = BigInt(amountCentsMax)

/** One immutable row of the ledger. Amounts are minor units of `currency`. */
export interface Entry {
  readonly id: string
  readonly userId: string
  readonly flow: FlowName
  readonly amountCents: bigint
  readonly currency: string
  readonly debitAccount: string
  readonly creditAccount: string
  /** Place among the user's entries of this currency: 1, 2, 3 … without gaps. */
  readonly userSequence: bigint
  readonly balanceAfterCents: bigint
  readonly pendingAfterCents: bigint
  readonly debtAfterCents: bigint
  readonly rewardId: string | null
  /** The entry that this one is about: what is confirmed, reversed, expired, netted or owed for. */
  readonly relatedEntryId: string | null
  readonly reason: string | null
  readonly idempotencyKey: string
  readonly actor: string
  readonly sourceEvent: string | null
  readonly metadata: Readonly<Record<string, unknown>>
  /** RFC 3339 in UTC with milliseconds, so that they compare as text. */
  readonly availableAt: string | null
  readonly expiresAt: string | null
  /** When it counts, never after `recordedAt`, when it was written. */
  readonly effectiveAt: string
  readonly recordedAt: string
}

/** What a user has in one currency. `version` counts the user's entries in it. */
export interface UserBalance {
  readonly userId: string
  readonly currency: string
  readonly availableCents: bigint
  readonly pendingCents: bigint
  /** Zero wherever something is available: whatever comes in pays the debt first. */
  readonly debtCents: bigint
  /** How much of what is available stands in credits that expire. */
  readonly expiringCents: bigint
  readonly version: bigint
  /** True while its balance and its entries contradict each other: nothing is posted to it. */
  readonly isQuarantined: boolean
}

/** What became of a credit or a debit since it was posted. */
export interface EntryPosition {
  readonly userId: string
  readonly currency: string
  readonly entryId: string
  readonly amountCents: bigint
  /** How much of a pending credit still waits for its confirmation. */
  readonly pendingCents: bigint
  readonly reversedCents: bigint
  readonly expiredCents: bigint
  /** How much is not spent yet of a confirmed credit that expires; zero for all others. */
  readonly unspentCents: bigint
  readonly expiresAt: string | null
  /** When the next thing happens to it by itself: it matures or expires. */
  readonly dueAt: string | null
}

/** The balance of a user who has no entries in the currency yet. */
export function emptyBalance(userId: string, currency: string): UserBalance {
  return {
    userId,
    currency,
    availableCents: 0n,
    pendingCents: 0n,
    debtCents: 0n,
    expiringCents: 0n,
    version: 0n,
    isQuarantined: false,
  }
}

/** The position of an entry right after it was posted. */
export function initialPosition(entry: Entry): EntryPosition {
  const { userId, currency, amountCents, expiresAt } = entry
  return positionWith(
    {
      userId,
      currency,
      entryId: entry.id,
      amountCents,
      pendingCents: entry.flow === 'credit_pending' ? amountCents : 0n,
      reversedCents: 0n,
      expiredCents: 0n,
      unspentCents: entry.flow === 'credit' && expiresAt !== null ? amountCents : 0n,
      expiresAt,
      dueAt: null,
    },
    {},
    entry.availableAt,
  )
}

type Amounts = Pick<
  EntryPosition,
  'pendingCents' | 'reversedCents' | 'expiredCents' | 'unspentCents'
>

/** The position with other amounts, and with what is due next. `availableAt` is that of its entry. */
export function positionWith(
  position: EntryPosition,
  changes: Partial<Amounts>,
  availableAt: string | null,
): EntryPosition {
  const changed = { ...position, ...changes }
  const { pendingCents, unspentCents, expiresAt } = changed
  if (pendingCents > 0n) return { ...changed, dueAt: availableAt ?? expiresAt }
  return { ...changed, dueAt: unspentCents > 0n ? expiresAt : null }
}
