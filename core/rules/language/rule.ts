import type { FactPath, Scalar } from './facts.ts'
import type { Operand } from './operand.ts'
import type { OperatorName } from './operators.ts'

/** A condition on one fact. `id` is its JSON pointer in the rule; trace and canvas speak of the same. */
export interface Comparison {
  readonly kind: 'comparison'
  readonly id: string
  readonly path: FactPath
  readonly operator: OperatorName
  /** As it was written; `operand` is the same, ready to be tested against. */
  readonly expected: Scalar | readonly Scalar[]
  readonly operand: Operand
}

export type GroupMode = 'all' | 'any' | 'none'

export interface Group {
  readonly kind: 'group'
  readonly id: string
  readonly mode: GroupMode
  readonly nodes: readonly Condition[]
}

export type Condition = Comparison | Group

export interface Action {
  readonly kind: 'credit' | 'debit'
  /** Where the event names who receives or pays. */
  readonly beneficiary: FactPath
  /** Minor units of the currency. */
  readonly amountCents: bigint
  readonly currency: string
  readonly rewardId: string | null
}

/** A rule that was understood: everything named, typed and within its bounds. */
export interface ParsedRule {
  /** The types of events it is asked about; null for all. */
  readonly on: readonly string[] | null
  /** An empty group of mode `all` is always true. */
  readonly condition: Group
  readonly actions: readonly Action[]
}

/** Every comparison of a condition, in the order in which it is written. */
export function comparisonsOf(condition: Condition): readonly Comparison[] {
  return condition.kind === 'comparison' ? [condition] : condition.nodes.flatMap(comparisonsOf)
}
