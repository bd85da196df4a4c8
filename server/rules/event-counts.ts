import type { RuleResult } from '@pineos/contract/rules.ts'
import { metricIncrements } from '@pineos/core/program/contributions.ts'
import { LimitBook } from '@pineos/core/program/limits.ts'
import { MetricIndex } from '@pineos/core/rules/compiled/metric-index.ts'
import type { CounterIncrement } from '@pineos/core/rules/evaluation/contribution.ts'
import { factsOf, ownersOf } from '@pineos/core/rules/evaluation/event-facts.ts'
import type { Limit } from '@pineos/core/rules/language/rule.ts'
import type { NamedCounter } from './metric-definition.ts'

/** A stored event with what followed from it. */
export interface CountedEvent {
  readonly type: string
  readonly userId: string | null
  readonly occurredAt: Date
  readonly data: Readonly<Record<string, unknown>>
  /** A referral began with it. */
  readonly beganReferral: boolean
  /** The results of each decision on it. */
  readonly decisions: readonly (readonly RuleResult[])[]
}

/** Counts again what stored events have added to counters, by the same rules as when they came. */
export class EventCounts {
  readonly #timezone: string
  readonly #metrics = new MetricIndex()
  readonly #limits = new Map<string, Limit[]>()
  readonly #programLimits: Limit[] = []

  constructor(counters: readonly NamedCounter[], timezone: string) {
    this.#timezone = timezone
    for (const { counter } of counters) {
      if (counter.kind === 'metric') this.#metrics.keep(counter.metric)
      else if (counter.ruleId === null) this.#programLimits.push(counter.limit)
      else
        this.#limits.set(counter.ruleId, [
          ...(this.#limits.get(counter.ruleId) ?? []),
          counter.limit,
        ])
    }
  }

  incrementsOf(stored: CountedEvent): readonly CounterIncrement[] {
    const { type, userId, occurredAt, data, decisions } = stored
    const atMs = occurredAt.getTime()
    const event = { type, userId, atMs, data }
    const facts = factsOf(event)
    const owners = ownersOf(facts)
    const timezone = this.#timezone
    const paid = decisions.map((results) => results.flatMap(rewardsOf))
    const counted = {
      event,
      facts,
      owners,
      timezone,
      isCounted: false,
      referral: stored.beganReferral ? { startedAtMs: atMs, isNew: true } : null,
      metricsFor: (...named: Parameters<MetricIndex['find']>) => this.#metrics.find(...named),
    }
    const limited = paid.flatMap((rewards) =>
      this.#limitIncrements(rewards, { owners, atMs, timezone }),
    )
    return [...metricIncrements(counted, paid.flat()), ...limited]
  }

  #limitIncrements(
    rewards: readonly Reward[],
    context: ConstructorParameters<typeof LimitBook>[1],
  ): readonly CounterIncrement[] {
    const book = new LimitBook(() => undefined, context, this.#programLimits)
    const begun = new Set<string>()
    for (const { ruleId, plan } of rewards) {
      book.paid(plan, { id: ruleId, limits: this.#limits.get(ruleId) ?? [] }, !begun.has(ruleId))
      begun.add(ruleId)
    }
    return book.increments
  }
}

type Reward = ReturnType<typeof rewardsOf>[number]

/** What was paid for the rule; what a decision lists comes in the order of the actions. */
function rewardsOf({ rule_id: ruleId, actions_executed: actions }: RuleResult) {
  return actions.flatMap((action, actionIndex) =>
    action.success && !action.is_duplicate
      ? [
          {
            ruleId,
            plan: {
              actionIndex,
              kind: action.action_type,
              userId: action.user_id,
              amountCents: BigInt(action.amount_cents),
              currency: action.currency,
              rewardId: action.reward_id,
            },
          },
        ]
      : [],
  )
}
