/** What every posting carries, whatever it does. Ids and times come in with it: `decide` makes none. */
export interface PostingContext {
  /** The id that the entry will have, a UUIDv7. */
  readonly entryId: string
  readonly idempotencyKey: string
  readonly actor: string
  readonly sourceEvent: string | null
  readonly programId: string
  readonly metadata: Readonly<Record<string, unknown>>
}

export interface CreditCommand extends PostingContext {
  readonly kind: 'credit'
  readonly userId: string
  readonly currency: string
  readonly amountCents: bigint
  readonly rewardId: string | null
  readonly isPending: boolean
}

export interface DebitCommand extends PostingContext {
  readonly kind: 'debit'
  readonly userId: string
  readonly currency: string
  readonly amountCents: bigint
}

export interface ReverseCommand extends PostingContext {
  readonly kind: 'reverse'
  readonly targetEntryId: string
  readonly reason: string
  /** Absent: all that is left of the entry. */
  readonly amountCents?: bigint
}

export interface ConfirmCommand extends PostingContext {
  readonly kind: 'confirm'
  readonly targetEntryId: string
}

export type LedgerCommand = CreditCommand | DebitCommand | ReverseCommand | ConfirmCommand
