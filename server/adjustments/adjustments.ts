import type { AdjustmentRequest } from '@pineos/contract/adjustments.ts'
import type { Entry } from '@pineos/core/ledger/entry.ts'
import { isPassing, type Refusal } from '@pineos/core/ledger/refusal.ts'
import { differingFields } from '@pineos/core/request-fingerprint.ts'
import type { Principal } from '../access/principal.ts'
import type { Clock } from '../clock.ts'
import { databaseErrorKind } from '../database/database-error.ts'
import { Failure } from '../failure.ts'
import type { PostingCommand } from '../journal/command.ts'
import type { PostingOutcome } from '../journal/outcome.ts'
import type { Adjustment, Proposal } from './adjustment.ts'
import type { AdjustmentFilter, AdjustmentStore } from './adjustment-store.ts'
import { type ApprovalThreshold, needsApproval } from './approval-threshold.ts'
import { type DecisionKind, type DecisionName, decisionKinds, statusesAfter } from './moves.ts'
import { adjustmentPosting } from './posting.ts'

/** A request to adjust with the key that names it, and what makes it the same as another. */
export interface ProposedRequest {
  readonly body: AdjustmentRequest
  readonly principal: Principal
  readonly key: string
  readonly fingerprint: string
  readonly fieldDigests: string
}

/** What became of a request. */
export interface Answered {
  readonly adjustment: Adjustment
  /** True where it was asked before. */
  readonly isDuplicate: boolean
  /** Why the ledger did not take it: for good, or, where it is still approved, for now. */
  readonly refusal: Refusal | null
}

export interface DecisionRequest {
  readonly id: string
  readonly decision: DecisionName
  readonly principal: Principal
  /** Of a rejection; null for the others. */
  readonly reason: string | null
}

/** Errors of journal and database pass through; other failures are named where they happen. */
export interface Adjustments {
  /**
   * Stores what is asked and, where it needs no approval, posts it. The same again gives the
   * adjustment as it stands now. Fails with `idempotency_key_reused`.
   */
  propose(request: ProposedRequest): Promise<Answered>
  /**
   * Approves (and posts), rejects or withdraws; the same again by the same owner gives what it gave,
   * and finishes what was interrupted. Fails with `adjustment_not_found`, `approval_by_proposer`,
   * `withdrawal_by_other` or `adjustment_already_decided`.
   */
  decide(request: DecisionRequest): Promise<Answered>
  /** Fails with `adjustment_not_found`. */
  get(id: string): Promise<Adjustment>
  /** Newest first. */
  list(filter: AdjustmentFilter): Promise<Adjustment[]>
  /**
   * Posts what was approved and interrupted before it was posted, and gives how many it has settled.
   * What the ledger does not take for now stays.
   */
  finishInterrupted(): Promise<number>
}

/** What adjustments need of the journal. */
export interface AdjustmentJournal {
  submit(command: PostingCommand, bytes: number): Promise<PostingOutcome>
}

interface AdjustmentsOptions {
  readonly store: AdjustmentStore
  readonly journal: AdjustmentJournal
  readonly clock: Clock
  /** A new UUIDv7. */
  readonly newId: () => string
  readonly defaultCurrency: string
  readonly threshold: ApprovalThreshold
  /** How long a proposal waits for its decision. */
  readonly lapseMs: number
}

/** What an adjustment weighs in the journal beside its metadata. */
const postingBytes = 512
const unsettledPage = 100

export function createAdjustments(options: AdjustmentsOptions): Adjustments {
  const { store, clock } = options

  async function find(id: string): Promise<Adjustment> {
    const adjustment = await store.find(id)
    if (!adjustment) throw new Failure('adjustment_not_found', `There is no adjustment ${id}.`)
    return adjustment
  }
  const settle = (adjustment: Adjustment) => postApproved(options, adjustment)

  return {
    async propose(request) {
      await store.lapse(clock.now())
      const { adjustment, isNew } = await store.insert(proposalOf(request, options))
      if (!isNew) assertSameRequest(adjustment, request)
      const isForOne = adjustment.lapsesAt === null
      if (isForOne && adjustment.status === 'approved') {
        return { ...(await settle(adjustment)), isDuplicate: !isNew }
      }
      return { adjustment, isDuplicate: !isNew, refusal: adjustment.refusal }
    },

    async decide(request) {
      const { id, decision, principal, reason } = request
      const kind = decisionKinds[decision]
      const now = clock.now()
      await store.lapse(now)
      assertMayDecide(await find(id), kind, principal)
      const by = `key:${principal.keyId}`
      const decided = await store.decide(id, kind.to, {
        by,
        ownerId: principal.ownerId,
        at: now,
        reason,
      })
      const adjustment = decided ?? (await find(id))
      if (!decided && !isSameDecision(adjustment, request)) throw alreadyDecided(adjustment)
      const isDuplicate = !decided
      return adjustment.status === 'approved'
        ? { ...(await settle(adjustment)), isDuplicate }
        : { adjustment, isDuplicate, refusal: adjustment.refusal }
    },

    async get(id) {
      await store.lapse(clock.now())
      return find(id)
    },

    async list(filter) {
      await store.lapse(clock.now())
      return store.list(filter)
    },

    finishInterrupted: () => finishInterrupted(store, settle),
  }
}

async function finishInterrupted(
  store: AdjustmentStore,
  settle: (adjustment: Adjustment) => Promise<{ readonly adjustment: Adjustment }>,
): Promise<number> {
  let finished = 0
  let fault: unknown
  for await (const approved of unsettledOf(store)) {
    try {
      const { adjustment } = await settle(approved)
      if (adjustment.status !== 'approved') finished += 1
    } catch (error) {
      // An outage would meet the others as well; one that contradicts itself must not hold them up.
      if (error instanceof Failure || databaseErrorKind(error) !== 'fault') throw error
      fault ??= error
    }
  }
  if (fault !== undefined) throw fault
  return finished
}

/** Page by page, each after the one before, so that it ends with those that there are. */
async function* unsettledOf(store: AdjustmentStore): AsyncGenerator<Adjustment> {
  let page: readonly Adjustment[] = []
  do {
    const afterId = page.at(-1)?.id ?? null
    page = await store.unsettled({ afterId, limit: unsettledPage })
    yield* page
  } while (page.length === unsettledPage)
}

function proposalOf(
  { body, principal, key, fingerprint, fieldDigests }: ProposedRequest,
  { clock, newId, defaultCurrency, threshold, lapseMs }: AdjustmentsOptions,
): Proposal {
  const amountCents = BigInt(body.amount_cents)
  const currency = body.currency ?? defaultCurrency
  const proposedAt = clock.now()
  return {
    id: newId(),
    ownerId: principal.ownerId,
    idempotencyKey: key,
    fingerprint,
    fieldDigests,
    userId: body.user_id,
    direction: body.direction,
    amountCents,
    currency,
    reason: body.reason,
    effectiveAt: body.effective_at === undefined ? null : new Date(body.effective_at),
    metadata: body.metadata ?? {},
    proposedBy: `key:${principal.keyId}`,
    proposedAt,
    lapsesAt: needsApproval(threshold, { amountCents, currency })
      ? new Date(proposedAt.getTime() + lapseMs)
      : null,
  }
}

/**
 * Posts an approved adjustment and writes down what the ledger said. Any number may do so at once,
 * and again after a crash: the key of the posting makes one entry of it, and all are told the same.
 */
async function postApproved(
  { store, journal, clock, newId }: AdjustmentsOptions,
  approved: Adjustment,
): Promise<{ adjustment: Adjustment; refusal: Refusal | null }> {
  const posting = adjustmentPosting(approved, newId())
  const bytes = postingBytes + JSON.stringify(approved.metadata).length
  const outcome = await journal.submit({ kind: 'posting', posting }, bytes)
  const at = clock.now()
  switch (outcome.kind) {
    case 'posted': {
      const { entry } = outcome
      assertIsEntryOf(approved, entry)
      const settled = await store.settle(approved.id, { status: 'posted', entryId: entry.id, at })
      return { adjustment: settled ?? (await settledOf(store, approved.id)), refusal: null }
    }
    case 'refused': {
      const { refusal } = outcome
      if (isPassing(refusal)) return { adjustment: approved, refusal }
      const settled = await store.settle(approved.id, { status: 'refused', refusal, at })
      return { adjustment: settled ?? (await settledOf(store, approved.id)), refusal }
    }
    case 'key_reused':
    case 'aborted':
      throw new Error(`the posting of adjustment ${approved.id} came to ${outcome.kind}`)
  }
}

/** The adjustment that somebody else has settled at the same moment. */
async function settledOf(store: AdjustmentStore, id: string): Promise<Adjustment> {
  const adjustment = await store.find(id)
  if (!adjustment?.settledAt) throw new Error(`adjustment ${id} could not be settled and is not`)
  return adjustment
}

/** The entry under the key of the adjustment is what was approved, and nothing else. */
function assertIsEntryOf(adjustment: Adjustment, entry: Entry): void {
  const isIt =
    entry.flow === `adjust_${adjustment.direction}` &&
    entry.userId === adjustment.userId &&
    entry.currency === adjustment.currency &&
    entry.amountCents === adjustment.amountCents
  if (!isIt) throw new Error(`entry ${entry.id} is not what adjustment ${adjustment.id} asks for`)
}

function assertSameRequest(known: Adjustment, request: ProposedRequest): void {
  if (known.fingerprint === request.fingerprint) return
  const fields = differingFields(known.fieldDigests, request.fieldDigests)
  throw new Failure(
    'idempotency_key_reused',
    `The key was used for a request that differs in ${fields.join(', ') || 'what it asks for'}.`,
    { fields },
  )
}

function assertMayDecide(adjustment: Adjustment, kind: DecisionKind, principal: Principal): void {
  const isOwn = adjustment.ownerId === principal.ownerId
  if (isOwn === kind.isProposers) return
  throw new Failure(
    kind.problem,
    isOwn
      ? `The adjustment was proposed by a key of the owner ${adjustment.ownerId}, as yours is.`
      : `The adjustment was proposed by a key of the owner ${adjustment.ownerId}, as yours is not.`,
  )
}

/** Whether this is what the same owner has said before, such as where the first answer was lost. */
function isSameDecision(adjustment: Adjustment, request: DecisionRequest): boolean {
  return (
    statusesAfter[request.decision].includes(adjustment.status) &&
    adjustment.decision?.ownerId === request.principal.ownerId &&
    adjustment.decision.reason === request.reason
  )
}

function alreadyDecided(adjustment: Adjustment): Failure {
  return new Failure('adjustment_already_decided', storyOf(adjustment))
}

function storyOf({ status, decision, lapsesAt, entryId, refusal }: Adjustment): string {
  if (status === 'lapsed')
    return `Nobody decided on it until ${lapsesAt?.toISOString()}: it lapsed.`
  const settled = entryId ? ` It was posted as entry ${entryId}.` : ''
  const refused = refusal ? ` The ledger refused it: ${refusal.code}.` : ''
  if (!decision) return `It needed no approval.${settled}${refused}`
  const verb = { withdrawn: 'withdrawn', rejected: 'rejected' }[String(status)] ?? 'approved'
  const why = decision.reason === null ? '' : `, because: ${decision.reason}`
  return `It was ${verb} by ${decision.by} at ${decision.at.toISOString()}${why}.${settled}${refused}`
}
