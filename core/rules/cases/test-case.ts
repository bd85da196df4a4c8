import type { Aggregate } from '../language/condition.ts'
import type { Truth } from '../language/truth.ts'

/**
 * An event, what history says and what limits have used, and what the rule must make of it. Stored with
 * the rule and run on every change of it; JSON throughout.
 */
export interface TestCase {
  readonly name: string
  readonly event: TestEvent
  /** The values of facts over history that the rule reads; one that is not listed is unknown. */
  readonly history: readonly HistoryFact[]
  /** What the limits of the rule have used before the event; one that is not listed is untouched. */
  readonly limits: readonly LimitUse[]
  readonly expects: Expectation
}

export interface TestEvent {
  readonly type: string
  readonly user_id?: string
  /** RFC 3339, UTC. */
  readonly occurred_at: string
  readonly data: Readonly<Record<string, unknown>>
}

export interface HistoryFact {
  /** Where the rule reads it: see `historyPointer`. */
  readonly pointer: string
  /** Of the whole window, the event itself included where the fact includes it; null for unknown. */
  readonly value: number | null
}

export interface LimitUse {
  /** Of the limit, such as `/limits/0`. */
  readonly pointer: string
  readonly count: number
  readonly amount_cents: number
}

export interface Expectation {
  /** Of the conditions alone. */
  readonly outcome: Truth
  /** What is paid, in the order of the actions; absent where that depends on more than the case says. */
  readonly rewards?: readonly ExpectedReward[]
}

export interface ExpectedReward {
  /** The pointer of the action, such as `/actions/0`. */
  readonly action: string
  readonly kind: 'credit' | 'debit'
  readonly user_id: string
  readonly amount_cents: number
  readonly currency: string
}

/**
 * Where a rule reads a fact over history, without the name of the function: `/conditions/2` of a
 * condition, `/actions/0/amount/by` of tiers, `/actions/0/amount` of every n-th.
 */
export function historyPointer({ id }: Pick<Aggregate, 'id'>): string {
  return id.slice(0, id.lastIndexOf('/'))
}
