import type { Comparison, Condition } from '../language/condition.ts'
import type { FactPath, Scalar } from '../language/facts.ts'
import { indexedListItemsMax } from '../language/limits.ts'
import { type Operand, valuesOf } from '../language/operand.ts'

/** A fact that must be one value, or one of a list. */
export interface Equality {
  readonly path: FactPath
  readonly operand: Operand
  readonly comparison: Comparison
}

/** How many rules ask a fact for a value: what they share finds too many of them. */
export class EqualityCounts {
  readonly #byPath = new Map<string, Map<Scalar, number>>()

  count(condition: Condition, difference: 1 | -1): void {
    for (const { path, operand } of equalitiesOf(condition)) {
      const byValue = this.#byPath.get(path.text) ?? new Map<Scalar, number>()
      this.#byPath.set(path.text, byValue)
      for (const value of valuesOf(operand)) {
        byValue.set(value, (byValue.get(value) ?? 0) + difference)
      }
    }
  }

  /**
   * The equalities that must hold (`==`, or `in` with a short list), the one that the fewest rules share
   * first; of a list, its most common value counts.
   */
  bySelectivity(condition: Condition): readonly Equality[] {
    return equalitiesOf(condition)
      .map((equality) => ({ equality, count: this.#sharedBy(equality) }))
      .sort((a, b) => a.count - b.count)
      .map(({ equality }) => equality)
  }

  #sharedBy({ path, operand }: Equality): number {
    const byValue = this.#byPath.get(path.text)
    return Math.max(...valuesOf(operand).map((value) => byValue?.get(value) ?? 0))
  }
}

/** The equalities without which the condition cannot be true: one value, or one of a short list. */
function equalitiesOf(condition: Condition): readonly Equality[] {
  return conjunctsOf(condition).flatMap((comparison) => {
    const { subject, operator, operand, reference } = comparison
    const isEquality = (operator === '==' || operator === 'in') && reference === null
    return isEquality && subject.kind === 'fact' && operand.listed.size <= indexedListItemsMax
      ? [{ path: subject.path, operand, comparison }]
      : []
  })
}

/** The comparisons without which the condition cannot be true. */
export function conjunctsOf(condition: Condition): readonly Comparison[] {
  if (condition.kind === 'comparison') return [condition]
  const needsEach = condition.mode === 'all' || condition.nodes.length === 1
  return needsEach && condition.mode !== 'none' ? condition.nodes.flatMap(conjunctsOf) : []
}
