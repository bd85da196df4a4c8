import type { Aggregate, AggregateFunction, Metric } from '../language/condition.ts'
import { type BucketRange, bucketRange } from './bucket.ts'
import type { CounterIncrement, Owners } from './contribution.ts'

/** What the counters of an owner's metric come to over a range of buckets. */
export interface Totals {
  readonly count: number
  readonly sum: bigint
  readonly min: bigint | null
  readonly max: bigint | null
  /** The values that were told apart; empty where the metric does not. */
  readonly distinct: ReadonlySet<string>
}

/** What to read of the counters: an owner's metric over a range of buckets. */
export interface CounterRead extends BucketRange {
  readonly metricId: string
  readonly owner: string
  readonly isDistinct: boolean
}

/** Counters as they stand before the event; undefined where they were not loaded. */
export type Counters = (read: CounterRead) => Totals | undefined

export const noTotals: Totals = { count: 0, sum: 0n, min: null, max: null, distinct: new Set() }

/** The value of a fact over history, or why there is none. */
export type HistoryValue =
  | { readonly kind: 'known'; readonly value: number }
  | { readonly kind: 'unknown'; readonly reason: string }

/** What a rule is told of history. */
export type History = (aggregate: Aggregate) => HistoryValue

/** Values that a `distinct` tells apart within its window; with more it is unknown. */
export const distinctValuesMax = 10_000

/** What must be read for an aggregate; undefined where the event names nobody in the part. */
export function counterRead(
  { metric, window }: Aggregate,
  { owners, atMs, timezone }: { owners: Owners; atMs: number; timezone: string },
): CounterRead | undefined {
  const owner = owners[metric.role]
  if (owner === null) return undefined
  const range = bucketRange(window, { bucket: metric.bucket, atMs, timezone })
  return { metricId: metric.id, owner, isDistinct: metric.function === 'distinct', ...range }
}

/** History out of counters; `current` is what the event itself adds to a metric. */
export function historyFrom(
  counters: Counters,
  context: { owners: Owners; atMs: number; timezone: string },
  current: (metric: Metric) => CounterIncrement | undefined,
): History {
  return (aggregate) => {
    const { metric, includesCurrent } = aggregate
    const read = counterRead(aggregate, context)
    if (!read) return { kind: 'unknown', reason: `the event names nobody as the ${metric.role}` }
    const totals = counters(read)
    if (!totals)
      return { kind: 'unknown', reason: 'it was not asked, as the rule was ruled out already' }
    const increment = includesCurrent ? current(metric) : undefined
    return reading(metric.function, increment ? withIncrement(totals, increment) : totals)
  }
}

/** The totals with one more thing counted. */
export function withIncrement(totals: Totals, { value, distinct }: CounterIncrement): Totals {
  const { count, sum, min, max } = totals
  return {
    count: count + 1,
    sum: sum + (value ?? 0n),
    min: value === null || (min !== null && min < value) ? min : value,
    max: value === null || (max !== null && max > value) ? max : value,
    distinct:
      distinct === null || totals.distinct.has(distinct)
        ? totals.distinct
        : new Set([...totals.distinct, distinct]),
  }
}

const readings: Readonly<Record<AggregateFunction, (totals: Totals) => bigint | null>> = {
  count: ({ count }) => BigInt(count),
  sum: ({ sum }) => sum,
  distinct: ({ distinct }) => BigInt(distinct.size),
  min: ({ min }) => min,
  max: ({ max }) => max,
}

function reading(name: AggregateFunction, totals: Totals): HistoryValue {
  const value = readings[name](totals)
  if (value === null) return { kind: 'unknown', reason: 'nothing has been counted yet' }
  if (totals.distinct.size > distinctValuesMax)
    return { kind: 'unknown', reason: `more than ${distinctValuesMax} values were told apart` }
  const number = Number(value)
  return Number.isSafeInteger(number)
    ? { kind: 'known', value: number }
    : { kind: 'unknown', reason: 'it is past the numbers that are exact' }
}

/** The totals of two parts of a range, or of what was loaded and what came since. */
export function sumOfTotals(a: Totals, b: Totals): Totals {
  if (a.count === 0) return b
  return {
    count: a.count + b.count,
    sum: a.sum + b.sum,
    min: least(a.min, b.min),
    max: greatest(a.max, b.max),
    distinct: unionOf(a.distinct, b.distinct),
  }
}

function least(a: bigint | null, b: bigint | null): bigint | null {
  if (a === null || b === null) return a ?? b
  return a < b ? a : b
}

function greatest(a: bigint | null, b: bigint | null): bigint | null {
  if (a === null || b === null) return a ?? b
  return a > b ? a : b
}

/** With more values than are told apart it makes no difference how many there are. */
function unionOf(a: ReadonlySet<string>, b: ReadonlySet<string>): ReadonlySet<string> {
  if (b.size === 0 || a.size > distinctValuesMax) return a
  return a.size === 0 ? b : new Set([...a, ...b])
}
