import { type FactPath, type Facts, readFact } from '../language/facts.ts'
import { kindOf } from '../language/operand.ts'

/**
 * Numbers the paths of all rules, so that each fact is read once per event whatever number of rules
 * asks for it.
 */
export class Slots {
  readonly #paths: FactPath[] = []
  readonly #numbers = new Map<string, number>()

  slotOf(path: FactPath): number {
    const known = this.#numbers.get(path.text)
    if (known !== undefined) return known
    const slot = this.#paths.push(path) - 1
    this.#numbers.set(path.text, slot)
    return slot
  }

  /** A reader for one event after the other; `begin` forgets the one before. */
  reader(): FactReader {
    return new FactReader(this.#paths)
  }
}

/**
 * The facts of one event by their slots. Its arrays are open to the programs that run over it, which
 * read millions of facts a second: a slot holds a fact of the event only after `read`.
 */
export class FactReader {
  readonly #paths: readonly FactPath[]
  readonly values: unknown[] = []
  /** The same where it is a finite number, else NaN, which no comparison is true of. */
  numbers = new Float64Array(0)
  /** What it can be compared with, as `kindOf` gives it. */
  kinds = new Uint8Array(0)
  /** The event that a value was read for: forgetting all values is counting on. */
  stamps = new Uint32Array(0)
  stamp = 0
  #facts: Facts = {}
  /** When the event occurred, milliseconds since 1970 UTC. */
  atMs = 0

  constructor(paths: readonly FactPath[]) {
    this.#paths = paths
  }

  begin(facts: Facts, atMs: number): void {
    this.#facts = facts
    this.atMs = atMs
    this.stamp += 1
    if (this.stamps.length < this.#paths.length) this.#grow()
    if (this.stamp > stampMax) {
      this.stamps.fill(0)
      this.stamp = 1
    }
  }

  read(slot: number): unknown {
    if (this.stamps[slot] !== this.stamp) this.fill(slot)
    return this.values[slot]
  }

  /** The fact of a slot where it is a finite number, else NaN. */
  readNumber(slot: number): number {
    if (this.stamps[slot] !== this.stamp) this.fill(slot)
    return this.numbers[slot] as number
  }

  /** Reads the fact of a slot into the arrays. */
  fill(slot: number): void {
    const path = this.#paths[slot]
    const value = path ? readFact(this.#facts, path) : undefined
    const kind = kindOf(value)
    this.values[slot] = value
    this.kinds[slot] = kind
    this.numbers[slot] = kind !== 0 && typeof value === 'number' ? value : Number.NaN
    this.stamps[slot] = this.stamp
  }

  /** Room for the paths that rules have brought since. */
  #grow(): void {
    const size = this.#paths.length * 2
    const [numbers, kinds] = [new Float64Array(size), new Uint8Array(size)]
    numbers.set(this.numbers)
    kinds.set(this.kinds)
    this.numbers = numbers
    this.kinds = kinds
    // Nothing counts as read, so nothing of the stamps has to be kept.
    this.stamps = new Uint32Array(size)
  }
}

const stampMax = 0xffff_fff0
