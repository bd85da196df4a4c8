import type { LockMode } from './writer-lock.ts'

const termMin = 8
const termMax = 1_024
/** Batches in a row that find the writers' lock free before a process takes itself to be alone. */
const freeMax = 16

/**
 * Whether batches should expect to meet those of other processes. After a clash they take the
 * writers' lock alone for a term; each term that ends in a clash is followed by one of twice the
 * length, and each batch that then meets nobody halves the next. Where nobody else asks for the lock
 * the term ends early.
 */
export class Contention {
  /** Batches that still take the lock alone. */
  #left = 0
  #nextTerm = termMin
  #freeInRow = 0

  get lockMode(): LockMode {
    return this.#left > 0 ? 'exclusive' : 'shared'
  }

  clashed(): void {
    if (this.#left > 0) return
    this.#left = this.#nextTerm
    this.#nextTerm = Math.min(termMax, this.#nextTerm * 2)
    this.#freeInRow = 0
  }

  /** `wasFree` where nobody else held the lock when the batch asked for it. */
  committed(wasFree: boolean): void {
    if (this.#left === 0) {
      this.#nextTerm = Math.max(termMin, this.#nextTerm / 2)
      return
    }
    this.#freeInRow = wasFree ? this.#freeInRow + 1 : 0
    this.#left = this.#freeInRow >= freeMax ? 0 : this.#left - 1
  }
}
