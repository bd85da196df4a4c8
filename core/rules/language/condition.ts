import type { FactPath, Scalar } from './facts.ts'
import type { Operand } from './operand.ts'
import type { OperatorName } from './operators.ts'
import type { Window } from './window.ts'

/** What stands on the left of an operator: a fact of the event, or a fact over history. */
export type Subject =
  | { readonly kind: 'fact'; readonly path: FactPath }
  | { readonly kind: 'aggregate'; readonly aggregate: Aggregate }

/** The value of another fact, in the place of one that is written down. */
export interface FieldReference {
  readonly field: string
}

/** A condition on one fact. `id` is its JSON pointer in the rule; trace and canvas speak of the same. */
export interface Comparison {
  readonly kind: 'comparison'
  readonly id: string
  readonly subject: Subject
  readonly operator: OperatorName
  /** As it was written, null where the operator takes no value; `operand` is the same, made ready. */
  readonly expected: Scalar | readonly Scalar[] | FieldReference | null
  readonly operand: Operand
  /** The fact it is compared with; `operand` is then made from what the event says. */
  readonly reference: FactPath | null
}

export type GroupMode = 'all' | 'any' | 'none'

export interface Group {
  readonly kind: 'group'
  readonly id: string
  readonly mode: GroupMode
  readonly nodes: readonly Condition[]
}

export type Condition = Comparison | Group

export const eventRoles = ['referrer', 'referred', 'user'] as const
/** In which part somebody takes part in an event. */
export type EventRole = (typeof eventRoles)[number]

export const aggregateFunctions = ['count', 'sum', 'distinct', 'min', 'max'] as const
export type AggregateFunction = (typeof aggregateFunctions)[number]

export const metricSources = ['event', 'referral', 'reward'] as const
/** What history consists of: events, referrals that began, rewards that rules paid. */
export type MetricSource = (typeof metricSources)[number]

/** The names of referrals: what happened to them. */
export const referralMoments = ['started'] as const

/**
 * What is counted, kept as a number per owner and bucket of time. Two conditions that count the same
 * over other windows share one metric.
 */
export interface Metric {
  /** Canonical JSON of the other members: the same for the same thing, whoever wrote it. */
  readonly id: string
  readonly function: AggregateFunction
  readonly source: MetricSource
  /** Types of events, moments of referrals, or reward ids; null for all. */
  readonly names: readonly string[] | null
  /** In which part the owner was in it. Of a reward, `user` is who received it. */
  readonly role: EventRole
  /** The value that is summed or compared; null for `count`. */
  readonly of: FactPath | null
  /** Which of them count; null for all. Only facts of the event itself, no history. */
  readonly where: Group | null
  /** Hours where a window needs them. */
  readonly bucket: 'day' | 'hour'
}

/** A metric over a window, as a fact that a condition or an amount reads. */
export interface Aggregate {
  /** Its JSON pointer in the rule. */
  readonly id: string
  readonly metric: Metric
  readonly window: Window
  /** Whether an event that counts itself is in it. */
  readonly includesCurrent: boolean
}

/** Every comparison of a condition, in the order in which it is written. */
export function comparisonsOf(condition: Condition): readonly Comparison[] {
  return condition.kind === 'comparison' ? [condition] : condition.nodes.flatMap(comparisonsOf)
}
