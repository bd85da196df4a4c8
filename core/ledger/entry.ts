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
  readonly rewardId: string | null
  /** The credit or debit that a confirmation or a reversal is about. */
  readonly relatedEntryId: string | null
  readonly reason: string | null
  readonly idempotencyKey: string
  readonly actor: string
  readonly sourceEvent: string | null
  readonly metadata: Readonly<Record<string, unknown>>
  /** RFC 3339, UTC: when it counts, and when it was written. */
  readonly effectiveAt: string
  readonly recordedAt: string
}

/** What a user has in one currency. `version` counts the user's entries in it. */
export interface UserBalance {
  readonly userId: string
  readonly currency: string
  readonly availableCents: bigint
  readonly pendingCents: bigint
  readonly version: bigint
}

/** What became of a credit or a debit since it was posted. */
export interface EntryPosition {
  /** How much of a pending credit still waits for its confirmation. */
  readonly pendingCents: bigint
  readonly reversedCents: bigint
}

/** The balance of a user who has no entries in the currency yet. */
export function emptyBalance(userId: string, currency: string): UserBalance {
  return { userId, currency, availableCents: 0n, pendingCents: 0n, version: 0n }
}

/** The position of an entry right after it was posted. */
export function initialPosition(entry: Entry): EntryPosition {
  return {
    pendingCents: entry.flow === 'credit_pending' ? entry.amountCents : 0n,
    reversedCents: 0n,
  }
}
