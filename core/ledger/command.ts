/** What every posting carries, whatever it does. Ids and times come in with it: `decide` makes none. */
export interface PostingContext {
  /** The id that the entry will have, a UUIDv7. */
  readonly entryId: string
  readonly idempotencyKey: string
  readonly actor: string
  readonly sourceEvent: string | null
  readonly programId: string
  /** RFC 3339 in UTC with milliseconds: when it counts. Null: when it is recorded. */
  readonly effectiveAt: string | null
  readonly metadata: Readonly<Record<string, unknown>>
}

export interface CreditCommand extends PostingContext {
  readonly kind: 'credit'
  readonly userId: string
  readonly currency: string
  readonly amountCents: bigint
  readonly rewardId: string | null
  readonly isPending: boolean
  /** RFC 3339 in UTC with milliseconds: when a pending credit matures, before `expiresAt`. */
  readonly availableAt: string | null
  /** RFC 3339 in UTC with milliseconds: when what is left of it, pending or unspent, expires. */
  readonly expiresAt: string | null
}

export interface DebitCommand extends PostingContext {
  readonly kind: 'debit'
  readonly userId: string
  readonly currency: string
  readonly amountCents: bigint
}

/**
 * How much of an entry to reverse: all that is left of it, an amount, or so much that the whole of its
 * reversals is the same portion of it as was refunded of a purchase.
 */
export type ReversalPortion =
  | { readonly kind: 'rest' }
  | { readonly kind: 'amount'; readonly amountCents: bigint }
  | { readonly kind: 'refund'; readonly refundedCents: bigint; readonly paidCents: bigint }

/** What happens where the user has spent what a reversal would take. */
export type ShortfallPolicy = 'refuse' | 'debt'

export interface ReverseCommand extends PostingContext {
  readonly kind: 'reverse'
  readonly targetEntryId: string
  readonly reason: string
  readonly portion: ReversalPortion
  readonly shortfall: ShortfallPolicy
}

export interface ConfirmCommand extends PostingContext {
  readonly kind: 'confirm'
  readonly targetEntryId: string
}

/** What is left of a credit goes once its time has passed: pending or unspent. */
export interface ExpireCommand extends PostingContext {
  readonly kind: 'expire'
  readonly targetEntryId: string
}

/** A correction by a person, with the reason. */
export interface AdjustCommand extends PostingContext {
  readonly kind: 'adjust'
  readonly direction: 'credit' | 'debit'
  readonly userId: string
  readonly currency: string
  readonly amountCents: bigint
  readonly reason: string
}

export type LedgerCommand =
  | CreditCommand
  | DebitCommand
  | ReverseCommand
  | ConfirmCommand
  | ExpireCommand
  | AdjustCommand
