import { canonicalJson } from '../../canonical-json.ts'
import type { EventRole, Metric, MetricSource } from '../language/condition.ts'
import { type Facts, readFact } from '../language/facts.ts'
import { kindOf } from '../language/operand.ts'
import type { Truth } from '../language/truth.ts'
import { bucketOf } from './bucket.ts'

/** Who took part in what happened; null where nobody did in this part. */
export type Owners = Readonly<Record<EventRole, string | null>>

/** One thing that happened, as far as metrics count it. */
export interface Contribution {
  readonly source: MetricSource
  /** Type of the event, moment of the referral, or id of the reward (empty where it has none). */
  readonly name: string
  readonly owners: Owners
  readonly facts: Facts
  readonly atMs: number
}

/** What a contribution adds to a counter: to the bucket of an owner's metric. */
export interface CounterIncrement {
  readonly metricId: string
  readonly owner: string
  readonly bucket: number
  /** What is summed and compared; null where the metric only counts. */
  readonly value: bigint | null
  /** What is told apart, as canonical JSON; null where the metric does not. */
  readonly distinct: string | null
}

/** Asks whether a group of conditions without history is true of facts. */
export type WhereTest = (metric: Metric, contribution: Contribution) => Truth

/** What the contribution adds to the metric; undefined where it does not count in it. */
export function incrementOf(
  metric: Metric,
  contribution: Contribution,
  { where, timezone }: { where: WhereTest; timezone: string },
): CounterIncrement | undefined {
  if (metric.source !== contribution.source) return undefined
  if (metric.names && !metric.names.includes(contribution.name)) return undefined
  const owner = contribution.owners[metric.role]
  if (owner === null) return undefined
  const measured = measure(metric, contribution.facts)
  if (!measured || (metric.where && where(metric, contribution) !== 'true')) return undefined
  const bucket = bucketOf(metric.bucket, contribution.atMs, timezone)
  return { metricId: metric.id, owner, bucket, ...measured }
}

/** Of the canonical JSON of a value that is told apart; a longer one does not count. */
export const distinctCodeUnitsMax = 256

type Measured = Pick<CounterIncrement, 'value' | 'distinct'>

/** What a metric takes of the facts; undefined where they have nothing that it could take. */
function measure(metric: Metric, facts: Facts): Measured | undefined {
  if (metric.function === 'count') return { value: null, distinct: null }
  const value = metric.of ? readFact(facts, metric.of) : undefined
  if (metric.function === 'distinct') {
    const distinct = kindOf(value) === 0 ? '' : canonicalJson(value)
    const isCounted = distinct !== '' && distinct.length <= distinctCodeUnitsMax
    return isCounted ? { value: null, distinct } : undefined
  }
  return Number.isSafeInteger(value)
    ? { value: BigInt(value as number), distinct: null }
    : undefined
}
