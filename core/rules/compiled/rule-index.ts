import type { FactPath, Scalar } from '../language/facts.ts'
import { valuesOf } from '../language/operand.ts'
import type { Equality } from './equalities.ts'
import type { IndexKey, NumberRange } from './index-key.ts'
import { RangeList } from './range-list.ts'
import type { FactReader, Slots } from './slots.ts'

/** Parts of lists of places, as the index finds them for one event after the other. */
export class FoundPlaces {
  readonly lists: (readonly number[])[] = []
  readonly from: number[] = []
  readonly to: number[] = []
  count = 0

  clear(): void {
    this.count = 0
  }

  add(list: readonly number[], from: number, to: number): void {
    if (from >= to) return
    this.lists[this.count] = list
    this.from[this.count] = from
    this.to[this.count] = to
    this.count += 1
  }

  /** Every place that was found. */
  all(): readonly number[] {
    const { lists, from, to, count } = this
    return lists.slice(0, count).flatMap((list, index) => list.slice(from[index], to[index]))
  }
}

/**
 * Finds the rules whose key holds by looking facts up, instead of asking every rule. A rule that is not
 * found has an equality or a range that is false or unknown, without which it cannot be true. Rules come
 * and go one at a time.
 */
export class RuleIndex {
  readonly #root: Bucket
  readonly #keys = new Map<number, IndexKey>()

  constructor(slots: Slots) {
    this.#root = new Bucket(slots)
  }

  get size(): number {
    return this.#keys.size
  }

  /** The place must not be in the index yet. */
  add(place: number, key: IndexKey): void {
    this.#keys.set(place, key)
    for (const bucket of this.#bucketsOf(key)) bucket.add(place, key.range)
  }

  remove(place: number): void {
    const key = this.#keys.get(place)
    if (!key) return
    this.#keys.delete(place)
    for (const bucket of this.#bucketsOf(key)) bucket.remove(place, key.range)
  }

  /** Adds the places of the rules that could match the event that the reader has begun. */
  find(reader: FactReader, found: FoundPlaces): void {
    this.#root.find(reader, found)
  }

  /** Every place, in the order in which they came. */
  places(): readonly number[] {
    return [...this.#keys.keys()]
  }

  /** Every list of places, so that the rules of a list can be laid beside each other in memory. */
  lists(): readonly (readonly number[])[] {
    return this.#root.lists()
  }

  #bucketsOf({ first, second }: IndexKey): readonly Bucket[] {
    const outer = first ? this.#root.bucketsOf(first) : [this.#root]
    return second ? outer.flatMap((bucket) => bucket.bucketsOf(second)) : outer
  }
}

interface IndexedFact {
  readonly slot: number
  readonly byValue: Map<Scalar, Bucket>
}

/** The rules for which the same has been looked up so far, by what is looked up next. */
class Bucket {
  readonly #slots: Slots
  /** Rules with nothing more to go by. */
  readonly #others: number[] = []
  readonly #ranges: RangeList[] = []
  readonly #facts: IndexedFact[] = []
  readonly #byPath = new Map<string, IndexedFact>()

  constructor(slots: Slots) {
    this.#slots = slots
  }

  add(place: number, range: NumberRange | null): void {
    if (range) this.#rangeListOf(range).add(place, range.threshold)
    else this.#others.push(place)
  }

  remove(place: number, range: NumberRange | null): void {
    if (range) this.#rangeListOf(range).remove(place)
    else this.#others.splice(this.#others.indexOf(place), 1)
  }

  find(reader: FactReader, found: FoundPlaces): void {
    if (this.#others.length > 0) found.add(this.#others, 0, this.#others.length)
    for (const range of this.#ranges) {
      const value = reader.readNumber(range.slot)
      // What is no number is on no side of any.
      if (!Number.isNaN(value)) found.add(range.places, range.from(value), range.to(value))
    }
    for (const { slot, byValue } of this.#facts) {
      // Whatever the fact is, a map finds it only where it is the same scalar of the same type.
      byValue.get(reader.read(slot) as Scalar)?.find(reader, found)
    }
  }

  /** The buckets of the values of an equality, made where they are not there yet. */
  bucketsOf({ path, operand }: Equality): readonly Bucket[] {
    const fact = this.#byPath.get(path.text) ?? this.#newFact(path)
    return valuesOf(operand).map((value) => {
      const known = fact.byValue.get(value)
      if (known) return known
      const bucket = new Bucket(this.#slots)
      fact.byValue.set(value, bucket)
      return bucket
    })
  }

  lists(): readonly (readonly number[])[] {
    return [
      this.#others,
      ...this.#ranges.map(({ places }) => places),
      ...this.#facts.flatMap(({ byValue }) => [...byValue.values()].flatMap((one) => one.lists())),
    ]
  }

  #newFact(path: FactPath): IndexedFact {
    const fact = { slot: this.#slots.slotOf(path), byValue: new Map<Scalar, Bucket>() }
    this.#byPath.set(path.text, fact)
    this.#facts.push(fact)
    return fact
  }

  #rangeListOf({ path, operator }: NumberRange): RangeList {
    const slot = this.#slots.slotOf(path)
    const known = this.#ranges.find((list) => list.slot === slot && list.operator === operator)
    if (known) return known
    const list = new RangeList(slot, operator)
    this.#ranges.push(list)
    return list
  }
}
