import { needsOf, type Prospects } from '@pineos/core/program/prospects.ts'
import { factsOf } from '@pineos/core/rules/evaluation/event-facts.ts'
import type { CounterRead } from '@pineos/core/rules/evaluation/history.ts'
import type { EventCommand, IncomingEvent } from './command.ts'
import { type HoldKey, holdKeysOf } from './event-hold.ts'
import { judgedEvent } from './judged-event.ts'
import type { PostingNeed } from './load.ts'
import { pairOf, type StoredReferral } from './referral.ts'
import type { RuleBookEdition } from './rule-edition.ts'
import { type PaymentKey, paymentKey, rulesOwner } from './rule-payment.ts'
import { decisionKey, pairKey, type WorkingSet } from './working-set.ts'

/** An event with the rules that it is to be judged by, and what must be loaded before it can be. */
export interface PlannedEvent {
  readonly command: EventCommand
  readonly ruleSetVersion: bigint
  /** Null where it need not or cannot be judged: decided before, its id reused, or the rule not there. */
  readonly prospects: Prospects | null
  /** The referral that it begins; null where it begins none. */
  readonly begins: StoredReferral | null
  readonly reads: readonly CounterRead[]
  /** By rule, action and beneficiary: what it may lead to. */
  readonly payments: ReadonlyMap<string, PaymentKey>
  /** What it must find in the ledger for that. */
  readonly postings: readonly PostingNeed[]
  /** By what the credits wait that it confirms. */
  readonly confirms: readonly HoldKey[]
}

/** Names a payment among those of an event. */
export function paymentName(payment: {
  readonly ruleId: string
  readonly actionIndex: number
  readonly userId: string | null
}): string {
  return `${payment.ruleId}\0${payment.actionIndex}\0${payment.userId}`
}

/**
 * Plans what the events of a batch are judged by, in order: each knows of the events, decisions and
 * referrals that those before it will have stored.
 */
export function planEvents(
  set: WorkingSet,
  commands: readonly EventCommand[],
  edition: RuleBookEdition,
): ReadonlyMap<EventCommand, PlannedEvent> {
  const planner = new EventPlanner(set, edition)
  return new Map(commands.map((command) => [command, planner.plan(command)]))
}

class EventPlanner {
  readonly #set: WorkingSet
  readonly #edition: RuleBookEdition
  /** By source and id: the fingerprints of the events that will be stored. */
  readonly #received = new Map<string, string>()
  readonly #decided = new Set<string>()
  readonly #referrals = new Map<string, StoredReferral>()

  constructor(set: WorkingSet, edition: RuleBookEdition) {
    this.#set = set
    this.#edition = edition
  }

  plan(command: EventCommand): PlannedEvent {
    const { event, ruleId } = command
    const name = pairKey(event.source, event.id)
    const known = this.#set.events.get(name)?.fingerprint ?? this.#received.get(name)
    const decision = decisionKey({ source: event.source, eventId: event.id, scope: ruleId ?? '' })
    const isDecided = this.#decided.has(decision) || this.#set.decisions.get(decision) !== undefined
    const nothing = this.#nothingFor(command)
    if ((known !== undefined && known !== event.fingerprint) || isDecided) return nothing
    const judged = judgedEvent(event)
    const facts = factsOf(judged)
    const pair = pairOf(facts)
    const before = pair && this.#referralOf(pair)
    const referral = pair && {
      startedAtMs: before ? Date.parse(before.startedAt) : judged.atMs,
      isNew: !before,
    }
    const isCounted = known !== undefined
    const prospects = this.#edition.prospects(judged, { ruleId, referral, isCounted })
    if (!prospects) return nothing
    this.#received.set(name, event.fingerprint)
    this.#decided.add(decision)
    const { source, id: eventId, occurredAt: startedAt } = event
    const begins = pair && !before ? { ...pair, startedAt, source, eventId } : null
    if (begins) this.#referrals.set(pairKey(begins.referrerId, begins.referredId), begins)
    const confirms = isCounted
      ? []
      : holdKeysOf({ type: event.type, facts }, this.#edition.holdPaths(event.type))
    return { ...nothing, prospects, begins, confirms, ...needed(event, prospects) }
  }

  #nothingFor(command: EventCommand): PlannedEvent {
    const ruleSetVersion = this.#edition.version
    const nothing = { reads: [], payments: new Map(), postings: [], confirms: [] }
    return { command, ruleSetVersion, prospects: null, begins: null, ...nothing }
  }

  #referralOf(pair: { referrerId: string; referredId: string }): StoredReferral | undefined {
    const key = pairKey(pair.referrerId, pair.referredId)
    return this.#set.referrals.get(key) ?? this.#referrals.get(key)
  }
}

function needed(
  event: IncomingEvent,
  prospects: Prospects,
): Pick<PlannedEvent, 'reads' | 'payments' | 'postings'> {
  const { reads, payments } = needsOf(prospects)
  const keys = payments.map((payment) => [payment, paymentKey(event, payment)] as const)
  return {
    reads,
    payments: new Map(keys.map(([payment, key]) => [paymentName(payment), key])),
    postings: keys.map(([{ userId, currency }, { key }]) => ({
      ownerId: rulesOwner,
      key,
      command: { userId, currency },
    })),
  }
}
