/** Items between which the event loop looks after its sockets. */
const pieceMax = 64

/** A work that goes on: does its next piece, and gives true once it has ended. */
type Work = () => boolean

/**
 * Long work of this thread, done a piece in each turn of the event loop, so that the answers of the
 * database and short requests never wait for the whole of it. Works come one after the other: the
 * first is done first, rather than all of them late.
 */
export class Pieces {
  readonly #works: Work[] = []

  /** The result of each item, in order. Fails with what the first of them throws. */
  map<Item, Result>(
    items: readonly Item[],
    resultOf: (item: Item, index: number) => Result,
  ): Promise<readonly Result[]> {
    return new Promise((resolve, reject) => {
      const results: Result[] = []
      this.#add(() => {
        const from = results.length
        try {
          for (const [offset, item] of items.slice(from, from + pieceMax).entries()) {
            results.push(resultOf(item, from + offset))
          }
        } catch (error) {
          reject(error)
          return true
        }
        if (results.length < items.length) return false
        resolve(results)
        return true
      })
    })
  }

  #add(work: Work): void {
    this.#works.push(work)
    if (this.#works.length === 1) setImmediate(() => this.#turn())
  }

  #turn(): void {
    if (this.#works[0]?.()) this.#works.shift()
    if (this.#works.length > 0) setImmediate(() => this.#turn())
  }
}
