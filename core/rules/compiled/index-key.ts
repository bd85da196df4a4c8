import type { Comparison, Condition } from '../language/condition.ts'
import type { FactPath } from '../language/facts.ts'
import { conjunctsOf, type Equality, type EqualityCounts } from './equalities.ts'

export const rangeOperators = ['>', '>=', '<', '<='] as const
export type RangeOperator = (typeof rangeOperators)[number]

/** A fact that must be a number on one side of another. */
export interface NumberRange {
  readonly path: FactPath
  readonly operator: RangeOperator
  readonly threshold: number
  readonly comparison: Comparison
}

/** By what the index finds a rule: up to two equalities and one range of those that must hold. */
export interface IndexKey {
  readonly first: Equality | null
  /** Of one value, on another fact. */
  readonly second: Equality | null
  readonly range: NumberRange | null
}

/** The key of a rule whose equalities have been counted. */
export function indexKeyOf(condition: Condition, counts: EqualityCounts): IndexKey {
  const [first = null, ...others] = counts.bySelectivity(condition)
  const second = others.find(
    ({ path, operand }) => operand.scalar !== undefined && path.text !== first?.path.text,
  )
  const range = conjunctsOf(condition)
    .map(rangeOf)
    .find((found) => found !== null)
  return { first, second: second ?? null, range: range ?? null }
}

/** What is true of every event that the index finds the rule for, and need not be tested again. */
export function provedBy({ first, second, range }: IndexKey): ReadonlySet<Comparison> {
  return new Set([first, second, range].flatMap((part) => part?.comparison ?? []))
}

function rangeOf(comparison: Comparison): NumberRange | null {
  const { subject, operand, reference } = comparison
  const operator = rangeOperators.find((name) => name === comparison.operator)
  if (!operator || reference || subject.kind !== 'fact') return null
  const { scalar } = operand
  return typeof scalar === 'number'
    ? { path: subject.path, operator, threshold: scalar, comparison }
    : null
}
