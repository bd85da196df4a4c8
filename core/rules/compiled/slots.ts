import { type FactPath, type Facts, readFact } from '../language/facts.ts'

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

export class FactReader {
  readonly #paths: readonly FactPath[]
  readonly #values: unknown[]
  /** The event that a value was read for: forgetting all values is counting on. */
  #readFor: Uint32Array
  #event = 0
  #facts: Facts = {}
  #atMs = 0

  constructor(paths: readonly FactPath[]) {
    this.#paths = paths
    this.#values = new Array<unknown>(paths.length)
    this.#readFor = new Uint32Array(paths.length)
  }

  /** When the event occurred, milliseconds since 1970 UTC. */
  get atMs(): number {
    return this.#atMs
  }

  begin(facts: Facts, atMs: number): void {
    this.#facts = facts
    this.#atMs = atMs
    if (this.#readFor.length < this.#paths.length) this.#grow()
    this.#event += 1
    if (this.#event > 0xffff_fff0) {
      this.#readFor.fill(0)
      this.#event = 1
    }
  }

  /** Room for the paths that rules have brought since. */
  #grow(): void {
    const grown = new Uint32Array(this.#paths.length * 2)
    grown.set(this.#readFor)
    this.#readFor = grown
  }

  read(slot: number): unknown {
    if (this.#readFor[slot] === this.#event) return this.#values[slot]
    const path = this.#paths[slot]
    const value = path ? readFact(this.#facts, path) : undefined
    this.#values[slot] = value
    this.#readFor[slot] = this.#event
    return value
  }
}
