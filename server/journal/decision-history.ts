import type { CounterRead, Counters, Totals } from '@pineos/core/rules/evaluation/history.ts'
import { type MetricNumbers, readKey } from './load-counters.ts'

/** What a rule was told of a counter, in the form that is kept with the decision. */
export interface KeptRead {
  readonly metric: number
  readonly owner: string
  readonly from: number
  readonly to: number
  readonly count: number
  readonly sum: string
  readonly min: string | null
  readonly max: string | null
  /** How many values were told apart, where the metric does. */
  readonly distinct?: number
}

/** Takes note of everything that is read of counters while an event is judged. */
export class ReadingRecord {
  readonly #read = new Map<string, readonly [CounterRead, Totals]>()

  of(counters: Counters): Counters {
    return (read) => {
      const totals = counters(read)
      const key = readKey(read)
      // The first is what was there before the event.
      if (totals && !this.#read.has(key)) this.#read.set(key, [read, totals])
      return totals
    }
  }

  kept(numberOf: MetricNumbers): readonly KeptRead[] {
    return [...this.#read.values()].flatMap(([read, totals]) => {
      const metric = numberOf(read.metricId)
      if (metric === undefined) return []
      const { owner, from, to, isDistinct } = read
      return [
        {
          metric,
          owner,
          from,
          to,
          count: totals.count,
          sum: totals.sum.toString(),
          min: totals.min?.toString() ?? null,
          max: totals.max?.toString() ?? null,
          ...(isDistinct ? { distinct: totals.distinct.size } : {}),
        },
      ]
    })
  }
}
