import {
  type Contribution,
  type CounterIncrement,
  incrementOf,
  type WhereTest,
} from '../rules/evaluation/contribution.ts'
import { truthOfCondition } from '../rules/evaluation/evaluate.ts'
import { type Counters, type History, historyFrom } from '../rules/evaluation/history.ts'
import type { Metric } from '../rules/language/condition.ts'
import type { ActionPlan } from './plan.ts'
import type { Prospects } from './prospects.ts'

/** A reward that was paid for the event, by the rule. */
export interface PaidReward {
  readonly ruleId: string
  readonly plan: Pick<ActionPlan, 'kind' | 'userId' | 'amountCents' | 'currency' | 'rewardId'>
}

/** What rules are told of history: the counters, and in them the event itself where it counts. */
export function liveHistory(prospects: Prospects, counters: Counters): History {
  const { owners, timezone, event, isCounted } = prospects
  const [own, referral] = [eventContribution(prospects), referralContribution(prospects)]
  const context = { owners, atMs: event.atMs, timezone }
  const current = (metric: Metric) =>
    contributedTo(metric, metric.source === 'referral' ? referral : own, timezone)
  if (!isCounted) return historyFrom(counters, context, current)
  const history = historyFrom(counters, context, () => undefined)
  return (aggregate) =>
    aggregate.includesCurrent || !current(aggregate.metric) ? history(aggregate) : countedBefore
}

const countedBefore = {
  kind: 'unknown',
  reason: 'the event itself was counted when it was judged by other rules',
} as const

/** What something that happened is counted by. */
export type Counted = Pick<
  Prospects,
  'event' | 'facts' | 'owners' | 'referral' | 'timezone' | 'isCounted' | 'metricsFor'
>

/** What the event, the referral that it began and the rewards paid for it add to the metrics. */
export function metricIncrements(
  prospects: Counted,
  rewards: readonly PaidReward[],
): readonly CounterIncrement[] {
  const contributions = [
    prospects.isCounted ? undefined : eventContribution(prospects),
    referralContribution(prospects),
    ...rewards.map((reward) => rewardContribution(prospects, reward)),
  ]
  return contributions.flatMap((contribution) => {
    if (!contribution) return []
    const metrics = prospects.metricsFor(contribution.source, contribution.name)
    return metrics.flatMap(
      (metric) => contributedTo(metric, contribution, prospects.timezone) ?? [],
    )
  })
}

/** What one thing adds to one metric; undefined where it does not count in it. */
export function contributedTo(
  metric: Metric,
  contribution: Contribution | undefined,
  timezone: string,
): CounterIncrement | undefined {
  return contribution && incrementOf(metric, contribution, { where, timezone })
}

const where: WhereTest = ({ where: conditions }, { facts, atMs }) =>
  conditions === null
    ? 'true'
    : truthOfCondition(conditions, { facts, atMs, history: noHistoryInside })

/** Conditions within a metric are about the thing itself; the parser refuses history there. */
const noHistoryInside: History = () => ({
  kind: 'unknown',
  reason: 'history cannot be asked within history',
})

function eventContribution({ event, owners, facts }: Counted): Contribution {
  return { source: 'event', name: event.type, owners, facts, atMs: event.atMs }
}

/** The referral that began with the event; undefined where none did. */
function referralContribution(prospects: Counted): Contribution | undefined {
  if (!prospects.referral?.isNew) return undefined
  return { ...eventContribution(prospects), source: 'referral', name: 'started' }
}

function rewardContribution(
  { event, owners }: Counted,
  { ruleId, plan }: PaidReward,
): Contribution {
  const facts = {
    reward_id: plan.rewardId,
    amount_cents: Number(plan.amountCents),
    currency: plan.currency,
    rule_id: ruleId,
    user_id: plan.userId,
    kind: plan.kind,
  }
  return {
    source: 'reward',
    name: plan.rewardId ?? '',
    owners: { ...owners, user: plan.userId },
    facts,
    atMs: event.atMs,
  }
}
