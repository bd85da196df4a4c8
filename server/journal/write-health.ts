/**
 * What the journal knows of whether the database takes its batches. An outage that has no caller left
 * to wait for it leaves a doubt, which a batch that was written dispels; one that changed nothing, such
 * as repeats of what is there, does not show that there is room for more.
 */
export class WriteHealth {
  #isStuck = false
  #isDoubted = false

  /** Whether a batch waits at this moment for a database that does not take it. */
  get isStuck(): boolean {
    return this.#isStuck
  }

  /** Whether nothing was written since the database last did not take a batch. */
  get isDoubted(): boolean {
    return this.#isDoubted
  }

  notTaken(): void {
    this.#isStuck = true
    this.#isDoubted = true
  }

  taken({ isUnchanged }: { isUnchanged: boolean }): void {
    this.#isStuck = false
    if (!isUnchanged) this.#isDoubted = false
  }

  /** Nobody waits for the batch any longer. */
  givenUp(): void {
    this.#isStuck = false
  }
}
