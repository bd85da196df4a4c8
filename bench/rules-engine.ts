import type { BenchEvent, BenchRule } from './rules-workload.ts'

/** Finds the ids of the rules that an event meets, at once or later. */
type Matcher = (event: unknown) => readonly string[] | Promise<readonly string[]>

interface Prepared {
  readonly match: Matcher
  /** What is measured in the place of the matching. */
  readonly work: (event: unknown) => unknown
}

export interface BenchEngine {
  /** The rules in its own language, made ready as far as it can. */
  readonly prepare: (rules: readonly BenchRule[]) => Matcher | Prepared | Promise<Matcher>
  /** The event as it wants it, made before anything is measured; as it is where it does not say. */
  readonly eventOf?: (event: BenchEvent) => unknown
}
