import { Failure } from '../failure.ts'
import { AnswerQueue } from './answer-queue.ts'
import type { Outcome } from './batch.ts'
import {
  type AtomicCommand,
  commandWeight,
  type EventCommand,
  type JournalCommand,
  type KeyedPosting,
  type PostingCommand,
} from './command.ts'
import { nobodyObserves } from './observer.ts'
import type { AtomicOutcome, EventOutcome, PostingOutcome } from './outcome.ts'
import { BatchRunner, type RunnerOptions, type Waiting } from './runner.ts'
import type { WriteHealth } from './write-health.ts'

export interface JournalOptions extends RunnerOptions {
  /** Postings in one batch. */
  readonly batchMax: number
  /** Postings that may wait; beyond it callers are refused before any work. */
  readonly queueMax: number
  /** How long a caller waits for an outcome before it is told that it is unknown. */
  readonly deadlineMs: number
}

const batchBytesMax = 2 * 1024 * 1024

/**
 * The only writer of the ledger. Commands are gathered into batches: while one commits the next
 * ones come together, and at low load a command commits alone, at once.
 */
export class Journal {
  readonly #options: JournalOptions
  readonly #runner: BatchRunner
  readonly #answers = new AnswerQueue()
  #queue: QueuedCommand[] = []
  #queueWeight = 0
  #eventsWaiting = 0
  #loop: Promise<void> | undefined
  #isClosing = false

  constructor(options: JournalOptions) {
    this.#options = options
    this.#runner = new BatchRunner(options)
  }

  /** How many postings wait for a batch. */
  get queueLength(): number {
    return this.#queueWeight
  }

  /** Whether the database takes what the journal writes. */
  get health(): WriteHealth {
    return this.#runner.health
  }

  /** How many may. */
  get queueMax(): number {
    return this.#options.queueMax
  }

  open(): Promise<void> {
    return this.#runner.open()
  }

  /**
   * Brings the command to its outcome; refusals of the ledger are outcomes. `bytes` is about the size
   * of what it carries. Fails with `journal_overloaded`, `shutting_down` (nothing was done) or
   * `outcome_unknown` (the deadline passed: retry with the same key).
   */
  submit(command: PostingCommand, bytes: number): Promise<PostingOutcome>
  submit(command: AtomicCommand, bytes: number): Promise<AtomicOutcome>
  submit(command: EventCommand, bytes: number): Promise<EventOutcome>
  submit(command: JournalCommand, bytes: number): Promise<Outcome> {
    return new Promise((resolve, reject) => {
      const submission = new Submission(1, this.#options.deadlineMs, ([result]) => {
        if (result instanceof Error) reject(result)
        // Answered after the next batch is on its way, so that database and replies work side by side.
        else if (result) this.#answers.push(() => resolve(result))
      })
      this.#enqueue(submission.add(command, bytes))
    })
  }

  /**
   * Submits postings that do not depend on each other, and gives their results in their order once
   * all are there: the same as `submit` for each of them, with one caller and one deadline.
   */
  submitEach(
    postings: readonly KeyedPosting[],
    bytesEach: number,
  ): Promise<readonly (PostingOutcome | Error)[]> {
    if (postings.length === 0) return Promise.resolve([])
    return new Promise((resolve) => {
      const { deadlineMs } = this.#options
      // The outcome of a posting is a PostingOutcome; the queue knows it as one of all kinds.
      const submission = new Submission(postings.length, deadlineMs, (results) =>
        resolve(results as readonly (PostingOutcome | Error)[]),
      )
      for (const posting of postings) {
        this.#enqueue(submission.add({ kind: 'posting', posting }, bytesEach))
      }
    })
  }

  #enqueue(queued: QueuedCommand): void {
    if (this.#isClosing) queued.fail(new Failure('shutting_down'))
    else if (this.#queueWeight + queued.weight > this.#options.queueMax) {
      queued.fail(new Failure('journal_overloaded'))
    } else {
      this.#queue.push(queued)
      this.#queueWeight += queued.weight
      if (queued.command.kind === 'event') this.#eventsWaiting += 1
      this.#loop ??= this.#work()
    }
  }

  /** Takes no more commands, brings those that wait to their outcome and closes the connection. */
  async close(): Promise<void> {
    this.#isClosing = true
    await this.#loop
    await this.#runner.close()
  }

  async #work(): Promise<void> {
    try {
      // Lets the requests that have arrived together be parsed, so that they share the commit.
      await new Promise((resolve) => setImmediate(resolve))
      while (this.#queue.length > 0) await this.#run()
    } finally {
      this.#loop = undefined
    }
  }

  async #run(): Promise<void> {
    const { observer = nobodyObserves } = this.#options
    const startedAt = performance.now()
    let commands = 0
    await this.#runner.run({
      gather: () => {
        const batch = this.#takeBatch()
        commands = batch.length
        return batch
      },
      hasEvents: () => this.#eventsWaiting > 0,
    })
    observer.batchDone({ commands, durationMs: performance.now() - startedAt })
  }

  #takeBatch(): readonly QueuedCommand[] {
    let weight = 0
    let bytes = 0
    let count = 0
    for (const queued of this.#queue) {
      weight += queued.weight
      bytes += queued.bytes
      // The first goes in whatever its size: a command is bounded by its request.
      if (count > 0 && (weight > this.#options.batchMax || bytes > batchBytesMax)) break
      count += 1
      queued.isTaken = true
    }
    const batch = this.#queue.slice(0, count)
    this.#queue = this.#queue.slice(count)
    for (const queued of batch) {
      this.#queueWeight -= queued.weight
      if (queued.command.kind === 'event') this.#eventsWaiting -= 1
    }
    return batch
  }
}

type Result = Outcome | Error

/** What one caller submitted together: answered once, when each command has its result. */
class Submission {
  readonly #commands: QueuedCommand[] = []
  readonly #results: Result[]
  readonly #timer: NodeJS.Timeout
  readonly #answer: (results: readonly Result[]) => void
  #open: number

  constructor(count: number, deadlineMs: number, answer: (results: readonly Result[]) => void) {
    this.#open = count
    this.#results = new Array(count)
    this.#answer = answer
    this.#timer = setTimeout(() => this.#pastDeadline(), deadlineMs)
  }

  add(command: JournalCommand, bytes: number): QueuedCommand {
    const queued = new QueuedCommand(this, this.#commands.length, command, bytes)
    this.#commands.push(queued)
    return queued
  }

  settle(index: number, result: Result): void {
    this.#results[index] = result
    this.#open -= 1
    if (this.#open > 0) return
    clearTimeout(this.#timer)
    this.#answer(this.#results)
  }

  #pastDeadline(): void {
    for (const queued of this.#commands) {
      queued.fail(new Failure(queued.isTaken ? 'outcome_unknown' : 'journal_overloaded'))
    }
  }
}

/** A command in the queue; it gets exactly one result. */
class QueuedCommand implements Waiting {
  readonly command: JournalCommand
  readonly weight: number
  readonly bytes: number
  /** False as long as nothing was done for it. */
  isTaken = false
  isAnswered = false
  readonly #submission: Submission
  readonly #index: number

  constructor(submission: Submission, index: number, command: JournalCommand, bytes: number) {
    this.command = command
    this.weight = commandWeight(command)
    this.bytes = bytes
    this.#submission = submission
    this.#index = index
  }

  answer(outcome: Outcome): void {
    this.#settle(outcome)
  }

  fail(error: Error): void {
    this.#settle(error)
  }

  #settle(result: Result): void {
    if (this.isAnswered) return
    this.isAnswered = true
    this.#submission.settle(this.#index, result)
  }
}
