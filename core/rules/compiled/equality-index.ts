import type { Comparison, Condition } from '../language/condition.ts'
import type { FactPath, Scalar } from '../language/facts.ts'
import { indexedListItemsMax } from '../language/limits.ts'
import { type Operand, valuesOf } from '../language/operand.ts'
import type { FactReader, Slots } from './slots.ts'

/**
 * Finds the rules whose equality holds by looking its fact up, instead of asking every rule. A rule
 * that is not found has an equality that is false or unknown, without which it cannot be true. Rules
 * come and go one at a time.
 */
export class EqualityIndex {
  readonly #slots: Slots
  /** Rules without an equality that must hold: candidates for every event. */
  readonly #others: number[] = []
  readonly #byFact = new Map<string, IndexedFact>()
  /** The same, to be walked for each event without an iterator. */
  readonly #facts: IndexedFact[] = []
  readonly #keys = new Map<number, IndexKey>()

  constructor(slots: Slots) {
    this.#slots = slots
  }

  get size(): number {
    return this.#keys.size
  }

  /** The place must not be in the index yet; the rule's equalities must have been counted. */
  add(place: number, equality: Equality | undefined): void {
    this.#keys.set(place, { equality })
    for (const list of this.#listsOf(equality)) list.push(place)
  }

  remove(place: number): void {
    const key = this.#keys.get(place)
    if (!key) return
    this.#keys.delete(place)
    for (const list of this.#listsOf(key.equality)) list.splice(list.indexOf(place), 1)
  }

  /** The places of the rules that could match the event that the reader has begun, list by list. */
  find(reader: FactReader, found: (readonly number[])[]): void {
    if (this.#others.length > 0) found.push(this.#others)
    for (const { slot, byValue } of this.#facts) {
      // Whatever the fact is, a map finds it only where it is the same scalar of the same type.
      const places = byValue.get(reader.read(slot) as Scalar)
      if (places) found.push(places)
    }
  }

  /** Every place, in the order in which they came. */
  places(): readonly number[] {
    return [...this.#keys.keys()]
  }

  /** Every list of places, so that the rules of a list can be laid beside each other in memory. */
  lists(): readonly (readonly number[])[] {
    return [this.#others, ...this.#facts.flatMap(({ byValue }) => [...byValue.values()])]
  }

  #listsOf(equality: Equality | undefined): readonly number[][] {
    if (!equality) return [this.#others]
    const { path, operand } = equality
    const fact = this.#byFact.get(path.text) ?? this.#newFact(path)
    return valuesOf(operand).map((value) => {
      const known = fact.byValue.get(value)
      if (known) return known
      const list: number[] = []
      fact.byValue.set(value, list)
      return list
    })
  }

  #newFact(path: FactPath): IndexedFact {
    const fact = { slot: this.#slots.slotOf(path), byValue: new Map<Scalar, number[]>() }
    this.#byFact.set(path.text, fact)
    this.#facts.push(fact)
    return fact
  }
}

interface IndexedFact {
  readonly slot: number
  readonly byValue: Map<Scalar, number[]>
}

interface IndexKey {
  /** Undefined where the rule has none to go by. */
  readonly equality: Equality | undefined
}

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
   * Of the equalities that must hold (`==`, or `in` with a short list) the one that the fewest rules
   * share; of a list, its most common value counts.
   */
  mostSelective(condition: Condition): Equality | undefined {
    let best: { equality: Equality; count: number } | undefined
    for (const equality of equalitiesOf(condition)) {
      const count = this.#sharedBy(equality)
      if (!best || count < best.count) best = { equality, count }
    }
    return best?.equality
  }

  #sharedBy({ path, operand }: Equality): number {
    const byValue = this.#byPath.get(path.text)
    return Math.max(...valuesOf(operand).map((value) => byValue?.get(value) ?? 0))
  }
}

/** The equalities without which the condition cannot be true: one value, or one of a short list. */
function equalitiesOf(condition: Condition): readonly Equality[] {
  if (condition.kind === 'comparison') {
    const { subject, operator, operand, reference } = condition
    const isEquality = (operator === '==' || operator === 'in') && reference === null
    return isEquality && subject.kind === 'fact' && operand.listed.size <= indexedListItemsMax
      ? [{ path: subject.path, operand, comparison: condition }]
      : []
  }
  const needsEach = condition.mode === 'all' || condition.nodes.length === 1
  return needsEach && condition.mode !== 'none' ? condition.nodes.flatMap(equalitiesOf) : []
}
