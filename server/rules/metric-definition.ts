import { createHash } from 'node:crypto'
import { limitMetricId } from '@pineos/core/program/limits.ts'
import type { KeptCounter } from '@pineos/core/rules/compiled/rule-set.ts'
import { aggregatesOf } from '@pineos/core/rules/language/aggregates-of.ts'
import type { Metric, MetricSource } from '@pineos/core/rules/language/condition.ts'
import { parseRule } from '@pineos/core/rules/language/parse.ts'
import type { Limit, LimitScope, ParsedRule } from '@pineos/core/rules/language/rule.ts'

/** What is counted, as it is stored. */
export type MetricDefinition =
  /** `condition`: one that reads the metric, as a rule would write it. */
  | { readonly kind: 'metric'; readonly condition: Readonly<Record<string, unknown>> }
  | {
      readonly kind: 'limit'
      /** Null for what the whole program pays. */
      readonly rule_id: string | null
      readonly per: LimitScope
      readonly bucket: 'day' | 'hour'
    }

/** Something to be counted, with the id that its reads and increments say. */
export interface NamedCounter {
  readonly metricId: string
  readonly counter: KeptCounter
  readonly definition: MetricDefinition
}

/** The name under which it is registered: short, whatever the id is. */
export function metricName(metricId: string): string {
  return createHash('sha256').update(metricId).digest('hex')
}

/** Everything that must be counted for the rule: the metrics that it reads, and its limits. */
export function countersOf(ruleId: string, rule: ParsedRule): readonly NamedCounter[] {
  const metrics = aggregatesOf(rule).map(({ metric }) => metricCounter(metric))
  const limits = rule.limits.map((limit) => limitCounter(ruleId, limit))
  return [...new Map([...metrics, ...limits].map((named) => [named.metricId, named])).values()]
}

function metricCounter(metric: Metric): NamedCounter {
  const definition = { kind: 'metric', condition: conditionOn(metric) } as const
  return { metricId: metric.id, counter: { kind: 'metric', metric }, definition }
}

function limitCounter(ruleId: string, limit: Limit): NamedCounter {
  const owner = limit.per === 'program' ? null : ruleId
  const { window, per } = limit
  const isByHour = window.kind === 'rolling' && window.duration.hours > 0
  const bucket = isByHour ? 'hour' : 'day'
  const definition = { kind: 'limit', rule_id: owner, per, bucket } as const
  return limitFrom(definition)
}

/** A condition that reads nothing but the metric. Its id says all that a rule would write of it. */
function conditionOn({ id }: Metric): Readonly<Record<string, unknown>> {
  const said: SaidOfMetric = JSON.parse(id)
  const { function: name, source, names, role, of, where, bucket } = said
  const counted = {
    [source]: namesOf(source, names),
    for: role,
    ...(of === null ? {} : { of }),
    ...(where === null ? {} : { where }),
    within: bucket === 'hour' ? 'PT1H' : 'lifetime',
  }
  return { [name]: counted, operator: '>=', value: 0 }
}

function namesOf(source: MetricSource, names: readonly string[] | null): unknown {
  if (names === null) return 'any'
  return source === 'referral' ? names[0] : names
}

/** The members of the id of a metric. */
interface SaidOfMetric extends Pick<Metric, 'function' | 'source' | 'names' | 'role' | 'bucket'> {
  readonly of: string | null
  readonly where: unknown
}

/** What was stored, understood again. */
export function counterFrom(definition: MetricDefinition): NamedCounter {
  if (definition.kind === 'limit') return limitFrom(definition)
  const parsed = parseRule(
    {
      conditions: [definition.condition],
      actions: [{ type: 'credit', user: 'user_id', amount_cents: 1 }],
    },
    { defaultCurrency: 'USD', timezone: 'UTC' },
  )
  const metric = parsed.ok ? aggregatesOf(parsed.rule)[0]?.metric : undefined
  // It was understood before it was stored.
  if (!metric) throw new Error(`a metric cannot be parsed: ${JSON.stringify(parsed)}`)
  return metricCounter(metric)
}

type LimitDefinition = Extract<MetricDefinition, { kind: 'limit' }>

function limitFrom(definition: LimitDefinition): NamedCounter {
  const { rule_id: ruleId, per, bucket } = definition
  const limit = { ...countedLimit, per, window: windows[bucket] }
  const metricId = limitMetricId(limit, ruleId ?? '')
  return { metricId, counter: { kind: 'limit', ruleId, limit }, definition }
}

const windows = {
  day: { kind: 'lifetime' },
  hour: { kind: 'rolling', duration: { text: 'PT1H', months: 0, days: 0, hours: 1 } },
} as const satisfies Readonly<Record<'day' | 'hour', Limit['window']>>

/** A limit that counts and never refuses. */
const countedLimit = {
  id: '/limits/0',
  maxCount: null,
  maxAmountCents: null,
  currency: null,
  whenShort: 'clip',
  pausesRule: false,
} as const satisfies Partial<Limit>
