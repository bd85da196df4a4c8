import type { Prospects, Referral } from '@pineos/core/program/prospects.ts'
import type { JudgedEvent } from '@pineos/core/rules/evaluation/event-facts.ts'
import type { FactPath } from '@pineos/core/rules/language/facts.ts'
import type { MetricNumbers } from './load-counters.ts'

export interface EditionOptions {
  /** The one rule to judge by; null for all that are in force. */
  readonly ruleId: string | null
  /** Null where the event does not name both. */
  readonly referral: Referral | null
  /** The event was judged before, by other rules. */
  readonly isCounted: boolean
}

/**
 * The rules in force as of one version. It is asked at once: while something is awaited the rules may
 * change in place.
 */
export interface RuleBookEdition {
  readonly version: bigint
  /** Whether what is read and kept for an event needs the writers' lock alone. */
  readonly usesCounters: boolean
  /** The rules that the event is to be judged by; null where `ruleId` names none that is in force. */
  prospects(event: JudgedEvent, options: EditionOptions): Prospects | null
  readonly metricNumber: MetricNumbers
  /** The facts by which events of the type confirm credits that wait for them. */
  holdPaths(eventType: string): readonly FactPath[]
}

export interface RuleBook {
  /** Whether the rules at hand use counters, as far as is known without asking. */
  readonly usesCounters: boolean
  /** The rules as of this version or a later one, loaded where they are not at hand. */
  edition(version: bigint): Promise<RuleBookEdition>
}
