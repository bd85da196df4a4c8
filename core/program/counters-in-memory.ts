import type { CounterIncrement } from '../rules/evaluation/contribution.ts'
import {
  type CounterRead,
  distinctValuesMax,
  noTotals,
  type Totals,
  withIncrement,
} from '../rules/evaluation/history.ts'

/**
 * Counters kept in memory, bucket by bucket, for events that are gone through one after the other. They
 * answer as the stored ones do.
 */
export class CountersInMemory {
  readonly #byOwner = new Map<string, Map<number, Totals>>()

  /** How many owners of metrics it keeps. */
  get size(): number {
    return this.#byOwner.size
  }

  read({ metricId, owner, from, to }: CounterRead): Totals {
    const buckets = this.#byOwner.get(ownerKey(metricId, owner))
    if (!buckets) return noTotals
    let totals = noTotals
    for (const [bucket, one] of buckets) {
      if (bucket >= from && bucket <= to) totals = sumOf(totals, one)
    }
    return totals
  }

  add(increments: readonly CounterIncrement[]): void {
    for (const increment of increments) {
      const key = ownerKey(increment.metricId, increment.owner)
      const buckets = this.#byOwner.get(key) ?? new Map<number, Totals>()
      this.#byOwner.set(key, buckets)
      const before = buckets.get(increment.bucket) ?? noTotals
      buckets.set(increment.bucket, withIncrement(before, increment))
    }
  }
}

function ownerKey(metricId: string, owner: string): string {
  return `${metricId}\0${owner}`
}

function sumOf(a: Totals, b: Totals): Totals {
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
