/** How long one piece of the work may keep other work of the process from running. */
const sliceMs = 4

/** Cuts long work into slices, between which the process does whatever else it has to do. */
export class Slices {
  #startedAt = performance.now()

  get isOver(): boolean {
    return performance.now() - this.#startedAt >= sliceMs
  }

  /** Lets other work run, and begins the next slice. */
  async pause(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve))
    this.#startedAt = performance.now()
  }
}
