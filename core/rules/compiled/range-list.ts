import type { RangeOperator } from './index-key.ts'

/** Rules that ask one fact for a number on the same side of theirs, by rising numbers. */
export class RangeList {
  readonly slot: number
  readonly operator: RangeOperator
  readonly places: number[] = []
  readonly #thresholds: number[] = []

  constructor(slot: number, operator: RangeOperator) {
    this.slot = slot
    this.operator = operator
  }

  add(place: number, threshold: number): void {
    const at = lowerBound(this.#thresholds, threshold)
    this.#thresholds.splice(at, 0, threshold)
    this.places.splice(at, 0, place)
  }

  remove(place: number): void {
    const at = this.places.indexOf(place)
    if (at === -1) return
    this.places.splice(at, 1)
    this.#thresholds.splice(at, 1)
  }

  /** Where the places begin that the number is on the right side of. */
  from(value: number): number {
    switch (this.operator) {
      case '<':
        return upperBound(this.#thresholds, value)
      case '<=':
        return lowerBound(this.#thresholds, value)
      default:
        return 0
    }
  }

  /** Where they end. */
  to(value: number): number {
    switch (this.operator) {
      case '>':
        return lowerBound(this.#thresholds, value)
      case '>=':
        return upperBound(this.#thresholds, value)
      default:
        return this.places.length
    }
  }
}

/** The first place of a number that is not less. */
function lowerBound(sorted: readonly number[], value: number): number {
  let [from, to] = [0, sorted.length]
  while (from < to) {
    const middle = (from + to) >> 1
    if ((sorted[middle] as number) < value) from = middle + 1
    else to = middle
  }
  return from
}

/** The first place of a number that is more. */
function upperBound(sorted: readonly number[], value: number): number {
  let [from, to] = [0, sorted.length]
  while (from < to) {
    const middle = (from + to) >> 1
    if ((sorted[middle] as number) <= value) from = middle + 1
    else to = middle
  }
  return from
}
