import { Failure } from '../failure.ts'
import { AnswerQueue } from './answer-queue.ts'
import type { Outcome } from './batch.ts'
import {
  type AtomicCommand,
  commandWeight,
  type EventCommand,
  type JournalCommand,
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
    if (this.#isClosing) return Promise.reject(new Failure('shutting_down'))
    const weight = commandWeight(command)
    if (this.#queueWeight + weight > this.#options.queueMax) {
      return Promise.reject(new Failure('journal_overloaded'))
    }
    return new Promise((resolve, reject) => {
      const queued = new QueuedCommand({
        command,
        weight,
        bytes,
        // Answered after the next batch is on its way, so that database and replies work side by side.
        resolve: (outcome) => this.#answers.push(() => resolve(outcome)),
        reject,
        deadlineMs: this.#options.deadlineMs,
      })
      this.#queue.push(queued)
      this.#queueWeight += weight
      this.#loop ??= this.#work()
    })
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
    await this.#runner.run(() => {
      const batch = this.#takeBatch()
      commands = batch.length
      return batch
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
    for (const queued of batch) this.#queueWeight -= queued.weight
    return batch
  }
}

interface QueuedCommandOptions {
  readonly command: JournalCommand
  readonly weight: number
  readonly bytes: number
  readonly resolve: (outcome: Outcome) => void
  readonly reject: (error: Error) => void
  readonly deadlineMs: number
}

/** A command with its caller, who is answered exactly once. */
class QueuedCommand implements Waiting {
  readonly command: JournalCommand
  readonly weight: number
  readonly bytes: number
  /** False as long as nothing was done for it. */
  isTaken = false
  isAnswered = false
  readonly #resolve: (outcome: Outcome) => void
  readonly #reject: (error: Error) => void
  readonly #timer: NodeJS.Timeout

  constructor({ command, weight, bytes, resolve, reject, deadlineMs }: QueuedCommandOptions) {
    this.command = command
    this.weight = weight
    this.bytes = bytes
    this.#resolve = resolve
    this.#reject = reject
    this.#timer = setTimeout(() => this.#pastDeadline(), deadlineMs)
  }

  answer(outcome: Outcome): void {
    if (this.#close()) this.#resolve(outcome)
  }

  fail(error: Error): void {
    if (this.#close()) this.#reject(error)
  }

  #pastDeadline(): void {
    this.fail(new Failure(this.isTaken ? 'outcome_unknown' : 'journal_overloaded'))
  }

  #close(): boolean {
    if (this.isAnswered) return false
    this.isAnswered = true
    clearTimeout(this.#timer)
    return true
  }
}
