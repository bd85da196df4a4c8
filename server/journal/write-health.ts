/**
 * What the journal knows of whether the database takes its batches. A refusal for want of room leaves
 * a doubt when no caller waits for the batch any longer. A batch that was written dispels it; one that
 * changed nothing, such as repeats of what is there, does not show that there is room for more.
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
