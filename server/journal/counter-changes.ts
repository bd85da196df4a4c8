import type { CounterIncrement } from '@pineos/core/rules/evaluation/contribution.ts'
import {
  type CounterRead,
  noTotals,
  sumOfTotals,
  type Totals,
  withIncrement,
} from '@pineos/core/rules/evaluation/history.ts'

/** What was added to one bucket of an owner's metric. */
export interface CounterChange extends Totals {
  readonly metricId: string
  readonly owner: string
  readonly bucket: number
}

interface OwnerCounters {
  readonly metricId: string
  readonly owner: string
  readonly buckets: Map<number, Totals>
}

/** What the commands of a batch have added to counters: those of a layer lie over those below it. */
export class CounterChanges {
  readonly #below: CounterChanges | undefined
  readonly #byOwner = new Map<string, OwnerCounters>()

  constructor(below?: CounterChanges) {
    this.#below = below
  }

  add(increment: CounterIncrement): void {
    const { buckets } = this.#ownerOf(increment)
    const { bucket } = increment
    buckets.set(bucket, withIncrement(buckets.get(bucket) ?? noTotals, increment))
  }

  /** The totals that were loaded for the read, with what was added in its range since. */
  over(read: CounterRead, loaded: Totals): Totals {
    let totals = this.#below?.over(read, loaded) ?? loaded
    for (const [bucket, added] of this.#byOwner.get(keyOf(read))?.buckets ?? []) {
      if (read.from <= bucket && bucket <= read.to) totals = sumOfTotals(totals, added)
    }
    return totals
  }

  mergeDown(): void {
    const base = this.#below
    if (!base) throw new Error('changes of counters without a base cannot be merged')
    for (const counters of this.#byOwner.values()) {
      const below = base.#ownerOf(counters).buckets
      for (const [bucket, added] of counters.buckets)
        below.set(bucket, sumOfTotals(below.get(bucket) ?? noTotals, added))
    }
  }

  list(): readonly CounterChange[] {
    return [...this.#byOwner.values()].flatMap(({ metricId, owner, buckets }) =>
      [...buckets].map(([bucket, totals]) => ({ metricId, owner, bucket, ...totals })),
    )
  }

  #ownerOf(named: { metricId: string; owner: string }): OwnerCounters {
    const { metricId, owner } = named
    const known = this.#byOwner.get(keyOf(named))
    if (known) return known
    const counters = { metricId, owner, buckets: new Map<number, Totals>() }
    this.#byOwner.set(keyOf(named), counters)
    return counters
  }
}

function keyOf({ metricId, owner }: { metricId: string; owner: string }): string {
  return `${owner}\0${metricId}`
}
