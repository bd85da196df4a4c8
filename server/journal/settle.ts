import { decide } from '@pineos/core/ledger/decide.ts'
import { isPassing } from '@pineos/core/ledger/refusal.ts'
import { differingFields } from '@pineos/core/request-fingerprint.ts'
import type { AtomicCommand, KeyedPosting } from './command.ts'
import type { IdempotencyRecord } from './idempotency-record.ts'
import type { AtomicOutcome, PostingOutcome } from './outcome.ts'
import { pairKey, type WorkingSet } from './working-set.ts'

/**
 * Settles one posting against the working set: the first answer again where its key is known, else
 * the decision of the ledger, remembered under the key whether it was posted or refused.
 */
export function settlePosting(
  set: WorkingSet,
  posting: KeyedPosting,
  recordedAt: string,
): PostingOutcome {
  const record = set.records.get(pairKey(posting.ownerId, posting.key))
  if (record) return answerAgain(set, posting, record)
  const decision = decide(set, posting.command, recordedAt)
  const { ownerId, key, fingerprint, fieldDigests, command } = posting
  const remembered = { ownerId, key, fingerprint, fieldDigests, entryId: command.entryId }
  if (decision.outcome === 'refused') {
    const { refusal } = decision
    if (posting.forgetsRefusals || isPassing(refusal)) {
      return { kind: 'refused', refusal, isDuplicate: false }
    }
    set.remember({ ...remembered, userId: null, refusal })
    return { kind: 'refused', refusal, isDuplicate: false }
  }
  const { entry } = decision
  for (const each of decision.postings) set.apply(each)
  set.remember({ ...remembered, userId: entry.userId, refusal: null })
  return { kind: 'posted', entry, isDuplicate: false }
}

/**
 * Settles postings that count together. The first refusal refuses all: it alone is remembered, so
 * that the same batch gets the same answer again while the keys of the others stay free.
 */
export function settleAtomic(
  set: WorkingSet,
  command: AtomicCommand,
  recordedAt: string,
): AtomicOutcome {
  const layer = set.layer()
  const outcomes: PostingOutcome[] = []
  for (const posting of command.postings) {
    const outcome = settlePosting(layer, posting, recordedAt)
    outcomes.push(outcome)
    if (outcome.kind === 'posted') continue
    const refusal = layer.records.get(pairKey(posting.ownerId, posting.key))
    if (outcome.kind === 'refused' && refusal && !isRemembered(set, posting)) set.remember(refusal)
    return { kind: 'atomic', outcomes: abortOthers(set, command, outcomes) }
  }
  layer.mergeDown()
  return { kind: 'atomic', outcomes }
}

/** In the set below the layer: by an earlier request, or by this one where it runs again. */
function isRemembered(set: WorkingSet, posting: KeyedPosting): boolean {
  return set.records.get(pairKey(posting.ownerId, posting.key)) !== undefined
}

function abortOthers(
  set: WorkingSet,
  command: AtomicCommand,
  outcomes: readonly PostingOutcome[],
): PostingOutcome[] {
  return command.postings.map((posting, index): PostingOutcome => {
    const outcome = outcomes[index]
    // What an earlier request has posted under its key stays posted; what this one has posted does
    // not, nor does its duplicate within the command.
    if (outcome && (outcome.kind !== 'posted' || isRemembered(set, posting))) return outcome
    return { kind: 'aborted' }
  })
}

function answerAgain(
  set: WorkingSet,
  posting: KeyedPosting,
  record: IdempotencyRecord,
): PostingOutcome {
  // The record is our own where the connection broke during the commit and the batch runs again.
  const isDuplicate = record.entryId !== posting.command.entryId
  if (isDuplicate && !posting.isBusinessKey && record.fingerprint !== posting.fingerprint) {
    return {
      kind: 'key_reused',
      fields: differingFields(record.fieldDigests, posting.fieldDigests),
    }
  }
  if (record.refusal) return { kind: 'refused', refusal: record.refusal, isDuplicate }
  const entry = set.entry(record.entryId)
  if (!entry)
    throw new Error(`the entry ${record.entryId} of a known idempotency key was not loaded`)
  return { kind: 'posted', entry, isDuplicate }
}
