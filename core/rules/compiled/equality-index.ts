import type { Condition } from '../language/condition.ts'
import type { FactPath, Scalar } from '../language/facts.ts'
import { indexedListItemsMax } from '../language/limits.ts'
import { type Operand, valuesOf } from '../language/operand.ts'
import type { ParsedRule } from '../language/rule.ts'
import type { FactReader, Slots } from './slots.ts'

/** A rule and its place in the set. */
export interface PlacedRule {
  readonly place: number
  readonly rule: ParsedRule
}

/**
 * Finds the rules whose equality holds by looking its fact up, instead of asking every rule. A rule
 * that is not found has an equality that is false or unknown, without which it cannot be true.
 */
export class EqualityIndex {
  readonly size: number
  readonly #bySlot: readonly (readonly [slot: number, ReadonlyMap<Scalar, readonly number[]>])[]
  /** Rules without an equality that must hold: candidates for every event. */
  readonly #others: readonly number[]

  constructor(rules: readonly PlacedRule[], slots: Slots) {
    this.size = rules.length
    const counts = countEqualities(rules)
    const others: number[] = []
    const bySlot = new Map<number, Map<Scalar, number[]>>()
    for (const { place, rule } of rules) {
      const equality = mostSelective(equalitiesOf(rule.condition), counts)
      if (!equality) {
        others.push(place)
        continue
      }
      const slot = slots.slotOf(equality.path)
      const byValue = bySlot.get(slot) ?? new Map<Scalar, number[]>()
      bySlot.set(slot, byValue)
      for (const value of valuesOf(equality.operand)) append(byValue, value, place)
    }
    this.#others = others
    this.#bySlot = [...bySlot]
  }

  /** The places of the rules that could match the event that the reader has begun, list by list. */
  find(reader: FactReader): readonly (readonly number[])[] {
    const found = this.#others.length > 0 ? [this.#others] : []
    for (const [slot, byValue] of this.#bySlot) {
      // Whatever the fact is, a map finds it only where it is the same scalar of the same type.
      const places = byValue.get(reader.read(slot) as Scalar)
      if (places) found.push(places)
    }
    return found
  }

  /** Every list of places, so that the rules of a list can be laid beside each other in memory. */
  lists(): readonly (readonly number[])[] {
    return [this.#others, ...this.#bySlot.flatMap(([, byValue]) => [...byValue.values()])]
  }
}

/** A fact that must be one value, or one of a list. */
interface Equality {
  readonly path: FactPath
  readonly operand: Operand
}

/** The equalities without which the condition cannot be true: one value, or one of a short list. */
function equalitiesOf(condition: Condition): readonly Equality[] {
  if (condition.kind === 'comparison') {
    const { subject, operator, operand, reference } = condition
    const isEquality = (operator === '==' || operator === 'in') && reference === null
    return isEquality && subject.kind === 'fact' && operand.listed.size <= indexedListItemsMax
      ? [{ path: subject.path, operand }]
      : []
  }
  const needsEach = condition.mode === 'all' || condition.nodes.length === 1
  return needsEach && condition.mode !== 'none' ? condition.nodes.flatMap(equalitiesOf) : []
}

/** Path and value → how many rules ask for it. */
type Counts = ReadonlyMap<string, ReadonlyMap<Scalar, number>>

function countEqualities(rules: readonly PlacedRule[]): Counts {
  const counts = new Map<string, Map<Scalar, number>>()
  for (const { rule } of rules) {
    for (const { path, operand } of equalitiesOf(rule.condition)) {
      const byValue = counts.get(path.text) ?? new Map<Scalar, number>()
      counts.set(path.text, byValue)
      for (const value of valuesOf(operand)) byValue.set(value, (byValue.get(value) ?? 0) + 1)
    }
  }
  return counts
}

/** The one that the fewest rules share; of a list, its most common value counts. */
function mostSelective(equalities: readonly Equality[], counts: Counts): Equality | undefined {
  const sharedBy = ({ path, operand }: Equality) =>
    Math.max(...valuesOf(operand).map((value) => counts.get(path.text)?.get(value) ?? 0))
  const [first, ...rest] = equalities
  let best = first && { equality: first, count: sharedBy(first) }
  for (const equality of rest) {
    const count = sharedBy(equality)
    if (best && count < best.count) best = { equality, count }
  }
  return best?.equality
}

function append(lists: Map<Scalar, number[]>, value: Scalar, place: number): void {
  const list = lists.get(value)
  if (list) list.push(place)
  else lists.set(value, [place])
}
