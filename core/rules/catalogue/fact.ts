import type { Scalar } from '../language/facts.ts'
import { type OperatorName, operatorNames } from '../language/operators.ts'

const equality = ['==', '!=', 'in', 'not_in', 'exists', 'missing'] as const
const order = ['>', '<', '>=', '<=', 'between'] as const
const parts = ['contains', 'not_contains', 'exists', 'missing'] as const

/** What a fact can be, and the operators that say something about it; with all others it is unknown. */
const operatorsByType = {
  text: [...equality, ...order, 'contains', 'not_contains', 'starts_with', 'ends_with', 'matches'],
  number: [...equality, ...order],
  /** Minor units of a currency. */
  money: [...equality, ...order],
  truth: equality,
  /** Text that is an RFC 3339 date-time with its offset, or a date. */
  time: [...equality, 'between', 'before', 'after', 'within_last'],
  text_list: parts,
  number_list: parts,
  truth_list: parts,
  /** An object, or a list of objects: it can be there or not. */
  structure: ['exists', 'missing'],
  /** Sometimes this and sometimes that, so nothing is said against any operator. */
  mixed: operatorNames,
} as const satisfies Record<string, readonly OperatorName[]>

export type FactType = keyof typeof operatorsByType

/** A named typed value that a rule can read. */
export interface Fact {
  /** A dotted path, such as `purchase.amount_cents`. */
  readonly path: string
  readonly type: FactType
  /** What people call it. */
  readonly label: string
  readonly example: Scalar | readonly Scalar[] | null
  /** The only values that it has; null where they are not known. */
  readonly values: readonly Scalar[] | null
  /** Whether an event can lack it, as far as is known. */
  readonly isOptional: boolean
  /** Who says so: what is only inferred from events may be otherwise in the next. */
  readonly source: 'built_in' | 'schema' | 'inferred'
}

/** The operators that fit facts of the type, in the order of the language. */
export function operatorsOf(type: FactType): readonly OperatorName[] {
  const fitting: readonly OperatorName[] = operatorsByType[type]
  return operatorNames.filter((name) => fitting.includes(name))
}

/** What is known of one fact by two who speak of it: types that differ are mixed. */
export function mergedFact(first: Fact, second: Fact): Fact {
  return {
    ...first,
    type: mergedType(first.type, second.type),
    example: first.example ?? second.example,
    values:
      first.values && second.values ? [...new Set([...first.values, ...second.values])] : null,
    isOptional: first.isOptional || second.isOptional,
  }
}

/** Minor units are numbers too; all else that differs is mixed. */
function mergedType(first: FactType, second: FactType): FactType {
  if (first === second) return first
  const types = [first, second]
  return types.includes('money') && types.includes('number') ? 'number' : 'mixed'
}
