import type {
  BatchOperation,
  ConfirmRequest,
  CreditRequest,
  DebitRequest,
  PostedEntry,
  ReverseRequest,
} from '@pineos/contract/ledger.ts'
import { programDefault } from '@pineos/core/ledger/accounts.ts'
import type { LedgerCommand, ReversalPortion } from '@pineos/core/ledger/command.ts'
import type { Principal } from '../../access/principal.ts'
import { Failure } from '../../failure.ts'
import type { KeyedPosting } from '../../journal/command.ts'
import type { PostingOutcome } from '../../journal/outcome.ts'
import { entryToWire } from '../../ledger/wire.ts'
import { fingerprintOf } from '../idempotency-key.ts'
import { refusalFailure } from '../problem-details.ts'

/** A money request by its operation, whether it came alone or in a batch. */
export type PostingRequest =
  | { readonly operation: 'credit'; readonly body: CreditRequest }
  | { readonly operation: 'debit'; readonly body: DebitRequest }
  | { readonly operation: 'reverse'; readonly body: ReverseRequest }
  | { readonly operation: 'confirm'; readonly body: ConfirmRequest }

export interface PostingDefaults {
  readonly defaultCurrency: string
  /** A new UUIDv7. */
  readonly newId: () => string
}

/** The posting that a request asks for, under its key, which belongs to the owner of the API key. */
export function keyedPosting(
  request: PostingRequest,
  { principal, key }: { principal: Principal; key: string },
  defaults: PostingDefaults,
): KeyedPosting {
  return {
    ownerId: principal.ownerId,
    key,
    ...fingerprintOf(request.operation, request.body, key),
    isBusinessKey: false,
    command: commandOf(request, { actor: `key:${principal.keyId}`, key }, defaults),
  }
}

// Written out member by member: this runs for every request that moves money.
function commandOf(
  request: PostingRequest,
  { actor, key }: { actor: string; key: string },
  { defaultCurrency, newId }: PostingDefaults,
): LedgerCommand {
  switch (request.operation) {
    case 'credit':
      return {
        kind: 'credit',
        entryId: newId(),
        idempotencyKey: key,
        actor,
        sourceEvent: null,
        programId: programDefault,
        effectiveAt: instantOf(request.body.effective_at),
        metadata: request.body.metadata ?? noMetadata,
        userId: request.body.user_id,
        currency: request.body.currency ?? defaultCurrency,
        amountCents: BigInt(request.body.amount_cents),
        rewardId: request.body.reward_id ?? null,
        isPending: request.body.reward_status === 'pending',
        availableAt: instantOf(request.body.available_at),
        expiresAt: instantOf(request.body.expires_at),
      }
    case 'debit':
      return {
        kind: 'debit',
        entryId: newId(),
        idempotencyKey: key,
        actor,
        sourceEvent: null,
        programId: programDefault,
        effectiveAt: instantOf(request.body.effective_at),
        metadata: request.body.metadata ?? noMetadata,
        userId: request.body.user_id,
        currency: request.body.currency ?? defaultCurrency,
        amountCents: BigInt(request.body.amount_cents),
      }
    case 'reverse':
      return {
        kind: 'reverse',
        entryId: newId(),
        idempotencyKey: key,
        actor,
        sourceEvent: null,
        programId: programDefault,
        effectiveAt: instantOf(request.body.effective_at),
        metadata: request.body.metadata ?? noMetadata,
        targetEntryId: request.body.entry_id.toLowerCase(),
        reason: request.body.reason,
        portion: portionOf(request.body),
        // What a business pays back to its customers it does not give twice; whoever reverses by hand
        // is told first that the money is gone.
        shortfall: request.body.shortfall ?? (request.body.refund ? 'debt' : 'refuse'),
      }
    case 'confirm':
      return {
        kind: 'confirm',
        entryId: newId(),
        idempotencyKey: key,
        actor,
        sourceEvent: null,
        programId: programDefault,
        effectiveAt: null,
        metadata: request.body.metadata ?? noMetadata,
        targetEntryId: request.body.entry_id.toLowerCase(),
      }
  }
}

const noMetadata = {}

/** All times of the ledger are in one form, so that they compare as text. */
function instantOf(time: string | undefined): string | null {
  return time === undefined ? null : new Date(time).toISOString()
}

function portionOf({ amount_cents, refund }: ReverseRequest): ReversalPortion {
  if (refund) {
    return {
      kind: 'refund',
      refundedCents: BigInt(refund.refunded_cents),
      paidCents: BigInt(refund.paid_cents),
    }
  }
  return amount_cents === undefined
    ? { kind: 'rest' }
    : { kind: 'amount', amountCents: BigInt(amount_cents) }
}

/** The same operation of a batch as a single request: the fields of the batch are not part of it. */
export function postingRequestOf(operation: BatchOperation): PostingRequest {
  const { operation: kind, idempotency_key: _key, ...body } = operation
  // The schema of the operation has paired its name with its fields.
  return { operation: kind, body } as PostingRequest
}

export interface PostedReply {
  readonly status: 200 | 201
  readonly body: PostedEntry
  readonly headers?: Readonly<Record<string, string>>
}

const replayedHeaders = { 'idempotent-replayed': 'true' }

/** The answer to a posting. Fails with the refusal, or with `idempotency_key_reused`. */
export function postedReply(outcome: PostingOutcome): PostedReply {
  switch (outcome.kind) {
    case 'posted': {
      const body = { data: entryToWire(outcome.entry), is_duplicate: outcome.isDuplicate }
      return outcome.isDuplicate
        ? { status: 200, body, headers: replayedHeaders }
        : { status: 201, body }
    }
    case 'refused':
      throw refusalFailure(outcome.refusal, outcome.isDuplicate)
    case 'key_reused':
      throw new Failure(
        'idempotency_key_reused',
        `The key was used for a request that differs in ${outcome.fields.join(', ') || 'what it asks for'}.`,
        { fields: [...outcome.fields] },
      )
    case 'aborted':
      throw new Failure('batch_aborted')
  }
}
