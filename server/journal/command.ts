import type { LedgerCommand } from '@pineos/core/ledger/command.ts'

/** One posting with the idempotency key that names it for ever. */
export interface KeyedPosting {
  readonly ownerId: string
  readonly key: string
  /** SHA-256 of the canonical request together with the key, in hexadecimal. */
  readonly fingerprint: string
  readonly fieldDigests: string
  /**
   * True for keys that the service makes from the business fact itself (event, rule, action,
   * beneficiary): whoever comes second is a duplicate, whatever amount it would have posted.
   */
  readonly isBusinessKey: boolean
  /**
   * True where a refusal leaves the key free: for what the service does by itself, which tries again
   * later and needs no answer to be the same.
   */
  readonly forgetsRefusals?: boolean
  readonly command: LedgerCommand
}

/** An event as it came in. Its id is unique for ever within its source. */
export interface IncomingEvent {
  readonly source: string
  readonly id: string
  readonly type: string
  readonly userId: string | null
  /** RFC 3339, UTC. */
  readonly occurredAt: string
  readonly data: Readonly<Record<string, unknown>>
  /** SHA-256 of what the sender said of it, in hexadecimal. */
  readonly fingerprint: string
}

export interface PostingCommand {
  readonly kind: 'posting'
  readonly posting: KeyedPosting
}

/** All of the postings or none. */
export interface AtomicCommand {
  readonly kind: 'atomic'
  readonly postings: readonly KeyedPosting[]
}

/** Store the event, judge it, and post what it earns. */
export interface EventCommand {
  readonly kind: 'event'
  /** UUIDv7 of this submission: a writer that lost its connection knows its own rows by it. */
  readonly id: string
  readonly event: IncomingEvent
  /** The one rule to judge by; null for all that are published. */
  readonly ruleId: string | null
}

export type JournalCommand = PostingCommand | AtomicCommand | EventCommand

/** How many postings the command may lead to, for the bounds of batch and queue. */
export function commandWeight(command: JournalCommand): number {
  return command.kind === 'atomic' ? command.postings.length : 1
}
