import type { ActionResult, Confirmation } from '@pineos/contract/rules.ts'
import { type Judgement, judge, type Payment } from '@pineos/core/program/judgement.ts'
import type { ActionPlan } from '@pineos/core/program/plan.ts'
import { ReadingRecord } from './decision-history.ts'
import { confirmationsMax, type EventHold, holdKey } from './event-hold.ts'
import { type LoadedTotals, type MetricNumbers, readKey } from './load-counters.ts'
import { asDuplicate, type EventOutcome, type PostingOutcome } from './outcome.ts'
import { type PlannedEvent, paymentName } from './plan-events.ts'
import { confirmationPosting, paymentPosting } from './rule-payment.ts'
import { actionResult, isTriggered, ruleResult } from './rule-result.ts'
import { settlePosting } from './settle.ts'
import { decisionKey, pairKey, type WorkingSet } from './working-set.ts'

export interface EventSettling {
  /** The time of the batch, RFC 3339, UTC. */
  readonly recordedAt: string
  /** What the counters came to when the batch was loaded. */
  readonly totals: LoadedTotals
  readonly metricNumber: MetricNumbers
  /** A new UUIDv7. */
  readonly newId: () => string
}

/**
 * Stores the event, confirms what has waited for it, judges it, posts what it earns as it is judged,
 * counts it and concludes with the decision: all of it in one layer, or, where the event was decided
 * before in this scope, the first decision again.
 */
export function settleEvent(
  set: WorkingSet,
  planned: PlannedEvent,
  settling: EventSettling,
): EventOutcome {
  const { command, prospects } = planned
  const { event } = command
  const scope = command.ruleId ?? ''
  const stored = set.events.get(pairKey(event.source, event.id))
  if (stored && stored.fingerprint !== event.fingerprint) return { kind: 'event_id_reused' }
  const decided = set.decisions.get(decisionKey({ source: event.source, eventId: event.id, scope }))
  if (stored && decided) {
    const isDuplicate = decided.commandId !== command.id
    return {
      kind: 'judged',
      event: stored,
      isDuplicate,
      decision: isDuplicate ? asDuplicate(decided) : decided,
    }
  }
  if (!prospects) {
    // Without a rule that was asked for there is always a judgement, if only an empty one.
    if (command.ruleId === null) throw new Error('an event without a decision was not judged')
    return { kind: 'rule_not_found' }
  }
  const layer = set.layer()
  const { recordedAt } = settling
  const { ruleSetVersion } = planned
  const received = stored ?? {
    ...event,
    commandId: command.id,
    receivedAt: recordedAt,
    ruleSetVersion,
  }
  if (!stored) layer.receive(received)
  if (planned.begins) layer.refer(planned.begins)
  const confirmations = planned.confirms.flatMap((key) =>
    confirmHolds(layer, layer.holds.get(holdKey(key)) ?? [], { planned, settling }),
  )
  const record = new ReadingRecord()
  const execution = new Execution(layer, planned, settling)
  const judgement = judge(prospects, {
    counters: record.of((read) => {
      const loaded = settling.totals.get(readKey(read))
      return loaded && layer.counters.over(read, loaded)
    }),
    pay: (plan, rule) => execution.pay(plan, rule),
  })
  for (const increment of judgement.increments) {
    if (settling.metricNumber(increment.metricId) !== undefined) layer.counters.add(increment)
  }
  const results = judgement.results.map((rule) => ruleResult(rule, execution.resultsOf(rule)))
  const history = record.kept(settling.metricNumber)
  const decision = {
    source: event.source,
    eventId: event.id,
    scope,
    ruleSetVersion,
    commandId: command.id,
    rules_evaluated: judgement.rulesEvaluated,
    rules_triggered: results.filter(isTriggered).length,
    results,
    ...(confirmations.length > 0 ? { confirmations } : {}),
    ...(history.length > 0 ? { history } : {}),
  }
  layer.conclude(decision)
  layer.mergeDown()
  return { kind: 'judged', event: received, decision, isDuplicate: false }
}

type Rule = Judgement['results'][number]

/** Posts what rules pay while they are judged, and remembers what became of it. */
class Execution {
  readonly #layer: WorkingSet
  readonly #planned: PlannedEvent
  readonly #settling: EventSettling
  readonly #outcomes = new Map<string, PostingOutcome>()

  constructor(layer: WorkingSet, planned: PlannedEvent, settling: EventSettling) {
    this.#layer = layer
    this.#planned = planned
    this.#settling = settling
  }

  pay(plan: ActionPlan, rule: Rule): Payment {
    const { userId } = plan
    const name = paymentName({ ruleId: rule.ruleId, ...plan })
    const key = this.#planned.payments.get(name)
    if (userId === null || !key) throw new Error('a payment was not loaded')
    const { event } = this.#planned.command
    const { newId, recordedAt } = this.#settling
    const options = { event, entryId: newId(), recordedAt }
    const posting = paymentPosting({ rule, plan, userId }, key, options)
    const outcome = settlePosting(this.#layer, posting, recordedAt)
    this.#outcomes.set(name, outcome)
    if (outcome.kind !== 'posted') return 'refused'
    if (outcome.isDuplicate) return 'duplicate'
    const { hold, currency } = plan
    if (hold.kind === 'event') {
      const { type: eventType, path, value } = hold
      this.#layer.hold({ eventType, path, value, entryId: outcome.entry.id, userId, currency })
    }
    return 'paid'
  }

  /** In the wire form; a shadow executes nothing. */
  resultsOf(rule: Rule): readonly ActionResult[] {
    if (rule.isShadow) return []
    return rule.actions.map((plan) => {
      const outcome = this.#outcomes.get(paymentName({ ruleId: rule.ruleId, ...plan }))
      return actionResult(plan, plan.problem ? null : (outcome ?? null))
    })
  }
}

/** Confirms the credits that have waited for the event. One that cannot be confirmed waits no longer. */
function confirmHolds(
  layer: WorkingSet,
  holds: readonly EventHold[],
  { planned, settling }: { planned: PlannedEvent; settling: EventSettling },
): readonly Confirmation[] {
  const { event } = planned.command
  const { recordedAt, newId } = settling
  return holds.slice(0, confirmationsMax).flatMap((hold) => {
    const posting = confirmationPosting(hold, { event, entryId: newId() })
    const outcome = settlePosting(layer, posting, recordedAt)
    // An account in quarantine takes nothing now: the next event of the kind confirms it.
    const isPassing = outcome.kind === 'refused' && outcome.refusal.code === 'account_quarantined'
    if (!isPassing) layer.endHold(hold)
    if (outcome.kind !== 'posted') return []
    const { entry } = outcome
    return [
      {
        entry_id: entry.id,
        confirmed_entry_id: hold.entryId,
        user_id: entry.userId,
        amount_cents: Number(entry.amountCents),
        currency: entry.currency,
      },
    ]
  })
}
