import { aggregatesOf } from '../language/aggregates-of.ts'
import type { Metric, MetricSource } from '../language/condition.ts'
import type { ParsedRule } from '../language/rule.ts'

/** The metrics that the rules in force ask for, each once, found by what could count in them. */
export class MetricIndex {
  /** By id: how many aggregates of rules read the metric. */
  readonly #uses = new Map<string, { readonly metric: Metric; count: number }>()
  readonly #bySource = new Map<string, Map<string, Metric>>()

  get size(): number {
    return this.#uses.size
  }

  add(rule: ParsedRule): void {
    for (const { metric } of aggregatesOf(rule)) this.keep(metric)
  }

  /** The metric is asked for once more. */
  keep(metric: Metric): void {
    const use = this.#uses.get(metric.id)
    if (use) {
      use.count += 1
      return
    }
    this.#uses.set(metric.id, { metric, count: 1 })
    for (const key of keysOf(metric)) this.#listOf(key).set(metric.id, metric)
  }

  remove(rule: ParsedRule): void {
    for (const { metric } of aggregatesOf(rule)) {
      const use = this.#uses.get(metric.id)
      if (!use) continue
      use.count -= 1
      if (use.count > 0) continue
      this.#uses.delete(metric.id)
      for (const key of keysOf(metric)) this.#listOf(key).delete(metric.id)
    }
  }

  /** The metrics that something of this kind and name could count in. */
  find(source: MetricSource, name: string): readonly Metric[] {
    const named = this.#bySource.get(`${source}:${name}`)
    const any = this.#bySource.get(`${source}*`)
    return [...(named?.values() ?? []), ...(any?.values() ?? [])]
  }

  #listOf(key: string): Map<string, Metric> {
    const known = this.#bySource.get(key)
    if (known) return known
    const list = new Map<string, Metric>()
    this.#bySource.set(key, list)
    return list
  }
}

function keysOf({ source, names }: Metric): readonly string[] {
  return names === null ? [`${source}*`] : names.map((name) => `${source}:${name}`)
}
