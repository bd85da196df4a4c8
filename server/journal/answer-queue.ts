/** Answers between which the event loop looks after its sockets. */
const answersPerTurn = 16

/**
 * Gives answers a few at a time. The replies of a large batch are long work for this thread; in turns
 * they leave room for the next batch, whose queries are under way meanwhile.
 */
export class AnswerQueue {
  #waiting: (() => void)[] = []
  #isScheduled = false

  push(answer: () => void): void {
    this.#waiting.push(answer)
    this.#schedule()
  }

  #schedule(): void {
    if (this.#isScheduled) return
    this.#isScheduled = true
    setImmediate(() => this.#turn())
  }

  #turn(): void {
    this.#isScheduled = false
    const turn = this.#waiting.slice(0, answersPerTurn)
    this.#waiting = this.#waiting.slice(answersPerTurn)
    if (this.#waiting.length > 0) this.#schedule()
    for (const answer of turn) answer()
  }
}
