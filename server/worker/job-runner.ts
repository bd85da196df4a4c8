/** Something that is done again and again beside the requests. */
export interface Job {
  readonly name: string
  /** How long it rests after a run where nothing nudges it. */
  readonly intervalMs: number
  /** How long it rests at least, however often it is nudged. */
  readonly pauseMs: number
  /** Whether it is done a last time when the worker stops. */
  readonly runsAtStop: boolean
  /** Does a bounded piece of the work there is; true where more of it is left. */
  run(): Promise<boolean>
}

export type JobLog = (message: string, error?: unknown) => void

const retryMsMin = 200
const retryMsMax = 30_000

/**
 * Runs one job: never twice at a time, at once when it is nudged while it rests, and again after a
 * failure, each time later. The first of several failures is logged, and that it works again.
 */
export class JobRunner {
  readonly #job: Job
  readonly #log: JobLog
  #timer: NodeJS.Timeout | undefined
  /** What runs now; runs and drains wait for each other in a row. */
  #tail: Promise<unknown> = Promise.resolve()
  #failures = 0
  #isStarted = false
  #isResting = false
  #isNudged = false

  constructor(job: Job, log: JobLog) {
    this.#job = job
    this.#log = log
  }

  start(): void {
    if (this.#isStarted) return
    this.#isStarted = true
    this.#wake()
  }

  /** There is something to do: runs now, or as soon as its pause is over. */
  nudge(): void {
    if (!this.#isStarted) return
    this.#isNudged = true
    if (this.#isResting) this.#wake()
  }

  /** Runs until nothing is left. Fails with what the job fails with. */
  drain(): Promise<void> {
    return this.#inRow(async () => {
      while (await this.#job.run());
    })
  }

  /** Waits for what runs; then nothing more does. */
  async stop(): Promise<void> {
    this.#isStarted = false
    this.#isResting = false
    clearTimeout(this.#timer)
    await this.#tail
  }

  /** The last run of a job that has one; a failure is logged. */
  async finish(): Promise<void> {
    if (!this.#job.runsAtStop) return
    try {
      await this.drain()
    } catch (error) {
      this.#log(`the last run of ${this.#job.name} has failed`, error)
    }
  }

  #wake(): void {
    clearTimeout(this.#timer)
    this.#isResting = false
    this.#isNudged = false
    void this.#inRow(() => this.#attempt()).then((restMs) => this.#rest(restMs))
  }

  /** One run; gives how long to rest before the next. */
  async #attempt(): Promise<number> {
    const { name, pauseMs } = this.#job
    try {
      const isMoreLeft = await this.#job.run()
      if (this.#failures > 0) this.#log(`${name} works again`)
      this.#failures = 0
      if (isMoreLeft) this.#isNudged = true
      return isMoreLeft ? 0 : pauseMs
    } catch (error) {
      if (this.#failures === 0) this.#log(`${name} has failed and is tried again`, error)
      const delayMs = Math.min(retryMsMax, retryMsMin * 2 ** this.#failures)
      this.#failures += 1
      // Whatever nudges it meanwhile, it is tried again then.
      this.#isNudged = true
      return Math.max(pauseMs, delayMs)
    }
  }

  /** The pause first, which nothing cuts short, and then until a nudge or the end of the interval. */
  #rest(pauseMs: number): void {
    if (!this.#isStarted) return
    this.#timer = setTimeout(() => {
      if (this.#isNudged) return this.#wake()
      this.#isResting = true
      const leftMs = Math.max(0, this.#job.intervalMs - pauseMs)
      this.#timer = setTimeout(() => this.#wake(), leftMs)
    }, pauseMs)
  }

  #inRow<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.#tail.then(work)
    this.#tail = result.catch(() => {})
    return result
  }
}
