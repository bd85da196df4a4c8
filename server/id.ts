import { getRandomValues } from 'node:crypto'
import { V7Generator } from 'uuidv7'

const pooledNumbers = 1_024

/** Gives random numbers from a pool: asking the system for each one would cost more than the id. */
class PooledRandom {
  readonly #pool = new Uint32Array(pooledNumbers)
  #next = pooledNumbers

  nextUint32(): number {
    if (this.#next >= pooledNumbers) {
      getRandomValues(this.#pool)
      this.#next = 0
    }
    return this.#pool[this.#next++] ?? 0
  }
}

const generator = new V7Generator(new PooledRandom())

/** A new UUIDv7 (RFC 9562): ids of this process grow with time, those of several nearly so. */
export function newId(): string {
  return generator.generate().toString()
}
