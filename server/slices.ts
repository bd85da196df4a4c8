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

/** Does the work on each, and lets other work run in between where it takes long. */
export async function inSlices<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Result,
): Promise<Result[]> {
  const slices = new Slices()
  const results: Result[] = []
  for (const item of items) {
    results.push(work(item))
    if (slices.isOver) await slices.pause()
  }
  return results
}
