import {
  type Entry,
  type EntryPosition,
  emptyBalance,
  initialPosition,
  type UserBalance,
} from '@pineos/core/ledger/entry.ts'
import type { LedgerView } from '@pineos/core/ledger/ledger-view.ts'
import type { Posting } from '@pineos/core/ledger/posting.ts'
import { CounterChanges } from './counter-changes.ts'
import { type EventHold, holdKey } from './event-hold.ts'
import type { IdempotencyRecord } from './idempotency-record.ts'
import type { StoredDecision, StoredEvent } from './outcome.ts'
import type { StoredReferral } from './referral.ts'

/** Everything of one kind that a batch knows: rows by key, over those of the layer below. */
class Layer<Row> {
  readonly rows = new Map<string, Row>()
  readonly #below: Layer<Row> | undefined

  constructor(below?: Layer<Row>) {
    this.#below = below
  }

  get(key: string): Row | undefined {
    return this.rows.get(key) ?? this.#below?.get(key)
  }

  mergeDown(): void {
    for (const [key, row] of this.rows) this.#below?.rows.set(key, row)
  }
}

/**
 * What a batch works on: the rows that were loaded, and over them what the commands of the batch have
 * changed so far, so that each command sees the effects of those before it. A layer over a working
 * set can be merged into it as a whole or be forgotten: that is how several postings are one.
 */
export class WorkingSet implements LedgerView {
  readonly balances: Layer<UserBalance>
  readonly entries: Layer<Entry>
  readonly positions: Layer<EntryPosition>
  /** By user and currency: the ids of the credits that expire, those spent meanwhile among them. */
  readonly openLots: Layer<readonly string[]>
  readonly records: Layer<IdempotencyRecord>
  readonly events: Layer<StoredEvent>
  readonly decisions: Layer<StoredDecision>
  readonly referrals: Layer<StoredReferral>
  /** By what they wait for: the pending credits, those confirmed meanwhile not among them. */
  readonly holds: Layer<readonly EventHold[]>
  readonly counters: CounterChanges
  /** What is to be written, in the order in which it was decided. */
  readonly postings: Posting[] = []
  readonly newRecords: IdempotencyRecord[] = []
  readonly newEvents: StoredEvent[] = []
  readonly newDecisions: StoredDecision[] = []
  readonly newReferrals: StoredReferral[] = []
  readonly newHolds: EventHold[] = []
  readonly endedHolds: EventHold[] = []
  closedUntil: string | null
  readonly #base: WorkingSet | undefined

  constructor(base?: WorkingSet) {
    this.#base = base
    this.balances = new Layer(base?.balances)
    this.entries = new Layer(base?.entries)
    this.positions = new Layer(base?.positions)
    this.openLots = new Layer(base?.openLots)
    this.closedUntil = base?.closedUntil ?? null
    this.records = new Layer(base?.records)
    this.events = new Layer(base?.events)
    this.decisions = new Layer(base?.decisions)
    this.referrals = new Layer(base?.referrals)
    this.holds = new Layer(base?.holds)
    this.counters = new CounterChanges(base?.counters)
  }

  get isUnchanged(): boolean {
    return this.newRecords.length === 0 && this.newDecisions.length === 0
  }

  balance(userId: string, currency: string): UserBalance {
    return this.balances.get(pairKey(userId, currency)) ?? emptyBalance(userId, currency)
  }

  entry(id: string): Entry | undefined {
    return this.entries.get(id)
  }

  position(entry: Entry): EntryPosition {
    return this.positions.get(entry.id) ?? initialPosition(entry)
  }

  lots(userId: string, currency: string): readonly EntryPosition[] {
    const ids = this.openLots.get(pairKey(userId, currency)) ?? []
    return ids.flatMap((id) => {
      const position = this.positions.get(id)
      return position && position.unspentCents > 0n ? [position] : []
    })
  }

  /** Takes over what a posting changes; only `decide` makes postings. */
  apply(posting: Posting): void {
    const { entry, balance, positions } = posting
    const key = pairKey(balance.userId, balance.currency)
    this.entries.rows.set(entry.id, entry)
    this.balances.rows.set(key, balance)
    for (const position of positions) {
      this.positions.rows.set(position.entryId, position)
      if (position.unspentCents > 0n) this.#openLot(key, position.entryId)
    }
    this.postings.push(posting)
  }

  #openLot(key: string, entryId: string): void {
    const known = this.openLots.get(key) ?? []
    if (!known.includes(entryId)) this.openLots.rows.set(key, [...known, entryId])
  }

  remember(record: IdempotencyRecord): void {
    this.records.rows.set(pairKey(record.ownerId, record.key), record)
    this.newRecords.push(record)
  }

  receive(event: StoredEvent): void {
    this.events.rows.set(pairKey(event.source, event.id), event)
    this.newEvents.push(event)
  }

  conclude(decision: StoredDecision): void {
    this.decisions.rows.set(decisionKey(decision), decision)
    this.newDecisions.push(decision)
  }

  refer(referral: StoredReferral): void {
    this.referrals.rows.set(pairKey(referral.referrerId, referral.referredId), referral)
    this.newReferrals.push(referral)
  }

  /** Takes note of a credit that waits for an event: one that was loaded, or that is new. */
  wait(hold: EventHold): void {
    const key = holdKey(hold)
    const known = this.holds.get(key) ?? []
    if (!known.some(({ entryId }) => entryId === hold.entryId))
      this.holds.rows.set(key, [...known, hold])
  }

  hold(hold: EventHold): void {
    this.wait(hold)
    this.newHolds.push(hold)
  }

  /** The credit waits no longer. */
  endHold(hold: EventHold): void {
    const key = holdKey(hold)
    const others = this.holds.get(key)?.filter(({ entryId }) => entryId !== hold.entryId)
    this.holds.rows.set(key, others ?? [])
    this.endedHolds.push(hold)
  }

  /** A layer over this set, to try several postings that count together. */
  layer(): WorkingSet {
    return new WorkingSet(this)
  }

  /** Makes everything of this layer part of the set below it. */
  mergeDown(): void {
    const base = this.#base
    if (!base) throw new Error('a working set without a base cannot be merged')
    for (const layer of [
      this.balances,
      this.entries,
      this.positions,
      this.openLots,
      this.records,
      this.events,
      this.decisions,
      this.referrals,
      this.holds,
      this.counters,
    ]) {
      layer.mergeDown()
    }
    base.postings.push(...this.postings)
    base.newRecords.push(...this.newRecords)
    base.newEvents.push(...this.newEvents)
    base.newDecisions.push(...this.newDecisions)
    base.newReferrals.push(...this.newReferrals)
    base.newHolds.push(...this.newHolds)
    base.endedHolds.push(...this.endedHolds)
  }
}

/** One key for two names; neither can contain a NUL, which the edge refuses. */
export function pairKey(first: string, second: string): string {
  return `${first}\0${second}`
}

export function decisionKey(decision: { source: string; eventId: string; scope: string }): string {
  return `${decision.source}\0${decision.eventId}\0${decision.scope}`
}
