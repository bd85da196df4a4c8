const sizeMin = 1_024

/** Whole numbers of 32 bits in one piece of memory, appended to. */
export class GrowingNumbers {
  numbers = new Int32Array(sizeMin)
  length = 0

  push(...added: readonly number[]): void {
    const length = this.length + added.length
    if (length > this.numbers.length) {
      const grown = new Int32Array(Math.max(this.numbers.length * 2, length))
      grown.set(this.numbers)
      this.numbers = grown
    }
    this.numbers.set(added, this.length)
    this.length = length
  }
}
