import type { CounterIncrement } from '../rules/evaluation/contribution.ts'
import {
  type CounterRead,
  noTotals,
  sumOfTotals,
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
      if (bucket >= from && bucket <= to) totals = sumOfTotals(totals, one)
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
