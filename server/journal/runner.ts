import { randomInt } from 'node:crypto'
import type { Clock } from '../clock.ts'
import { databaseErrorKind, isOutOfResources } from '../database/database-error.ts'
import type { SessionOptions } from '../database/session.ts'
import { Failure } from '../failure.ts'
import { type Outcome, runBatch } from './batch.ts'
import type { JournalCommand } from './command.ts'
import { Contention } from './contention.ts'
import { JournalLink } from './link.ts'
import { type JournalObserver, nobodyObserves } from './observer.ts'
import type { RuleBook } from './rule-edition.ts'
import { WriteHealth } from './write-health.ts'
import type { LockMode } from './writer-lock.ts'

/** A command that waits for its outcome. `isAnswered` once its caller was told something. */
export interface Waiting {
  readonly command: JournalCommand
  readonly isAnswered: boolean
  answer(outcome: Outcome): void
  fail(error: Error): void
}

/** Where the commands of a batch come from. */
export interface CommandSource {
  /** Takes those that wait, as many as a batch has room for. */
  gather(): readonly Waiting[]
  /** Whether any of those that wait now is an event. */
  hasEvents(): boolean
}

export interface RunnerOptions {
  readonly session: SessionOptions
  readonly ruleBook: RuleBook
  readonly newId: () => string
  readonly clock: Clock
  readonly log: (message: string, error?: unknown) => void
  /** Told after each commit, so that what follows from one need not wait to be looked for. */
  readonly onCommit?: () => void
  readonly observer?: JournalObserver
}

const clashesMax = 40
const clashDelayMsMax = 20
const outageDelayMsMax = 500

/**
 * Brings batches to their outcome: one at a time, on one connection, over clashes with other
 * processes, lost connections and outages of the database, for as long as a caller waits.
 */
export class BatchRunner {
  readonly #options: RunnerOptions
  readonly #link: JournalLink
  readonly health = new WriteHealth()
  readonly #contention = new Contention()

  constructor(options: RunnerOptions) {
    this.#options = options
    this.#link = new JournalLink(options.session)
  }

  /**
   * Returns once every caller of the batch has an answer. A batch that first waits for the writers'
   * lock is gathered when it has it, so that it carries what has arrived by then. A caller is told only
   * a known outcome: where the connection breaks during the commit, the same batch runs again, and the
   * idempotency records, written in the same transaction, tell what is already there.
   */
  async run(source: CommandSource): Promise<void> {
    const { observer = nobodyObserves } = this.#options
    let batch: readonly Waiting[] | undefined
    const take = () => {
      batch ??= source.gather()
      return batch.filter((item) => !item.isAnswered)
    }
    let needsLock = this.#options.ruleBook.usesCounters && source.hasEvents()
    for (let clashes = 0, outages = 0; ; ) {
      const lockMode = needsLock ? 'exclusive' : this.#contention.lockMode
      // Only a batch that waits for the lock has reason to wait for more commands.
      const isGathering = lockMode === 'exclusive' && clashes + outages === 0
      if (!isGathering && take().length === 0) return this.health.givenUp()
      const result = await this.#attempt(take, { lockMode, outages })
      switch (result.kind) {
        case 'committed':
          return
        case 'needs_lock':
          // No other writer was met: the rules have begun to use counters since the batch before.
          needsLock = true
          break
        case 'clash':
          clashes += 1
          observer.clashed()
          this.#contention.clashed()
          if (clashes > clashesMax) return failAll(take(), givenUp(outages))
          // After the first clash the batch has the lock alone, and only a writer that does not know of
          // the lock (a process of an earlier version) can still come between.
          if (lockMode === 'exclusive') await pause(randomInt(1, clashDelayMsMax))
          break
        case 'outage':
          outages += 1
          observer.lostDatabase()
          await pause(randomInt(1, Math.min(outageDelayMsMax, 20 * outages) + 1))
          break
        case 'fault':
          return this.#isolate(take(), result.error)
      }
    }
  }

  async close(): Promise<void> {
    await this.#link.drop()
  }

  /** Opens the connection ahead of the first batch. */
  async open(): Promise<void> {
    await this.#link.connection()
  }

  async #attempt(
    take: () => readonly Waiting[],
    { lockMode, outages }: { lockMode: LockMode; outages: number },
  ): Promise<Attempt> {
    const { ruleBook, newId, clock, log } = this.#options
    try {
      let waiting: readonly Waiting[] = []
      const result = await runBatch(
        await this.#link.connection(),
        () => {
          waiting = take()
          return waiting.map((item) => item.command)
        },
        { ruleBook, newId, clock, lockMode },
      )
      if (result.kind !== 'committed') return result
      this.health.taken(result)
      this.#contention.committed(result.wasFree)
      this.#options.onCommit?.()
      result.outcomes.forEach((outcome, index) => {
        const item = waiting[index]
        if (outcome instanceof Error) {
          log('a command failed unexpectedly', outcome)
          item?.fail(outcome)
        } else item?.answer(outcome)
      })
      return { kind: 'committed' }
    } catch (error) {
      // Whatever went wrong, this session may be inside a transaction: a new one is always clean.
      await this.#link.drop()
      const kind = databaseErrorKind(error)
      if (kind === 'clash') return { kind: 'clash' }
      if (kind === 'fault') return { kind: 'fault', error: error as Error }
      // A connection that is lost says nothing of the next one; whether there is one, readiness asks.
      if (isOutOfResources(error)) this.health.notTaken()
      // Told once, not at every try until it is back.
      if (outages === 0) log('the database is unavailable to the journal', error)
      return { kind: 'outage' }
    }
  }

  /** Finds the command that the database refuses, by running each alone; the others are not hurt. */
  async #isolate(waiting: readonly Waiting[], error: Error): Promise<void> {
    if (waiting.length === 1) {
      this.#options.log('a command was refused by the database', error)
      return failAll(waiting, error)
    }
    for (const item of waiting) {
      const hasEvents = () => item.command.kind === 'event'
      await this.run({ gather: () => [item], hasEvents })
    }
  }
}

type Attempt =
  | { readonly kind: 'committed' }
  | { readonly kind: 'clash' }
  | { readonly kind: 'needs_lock' }
  | { readonly kind: 'outage' }
  | { readonly kind: 'fault'; readonly error: Error }

/** Of a batch whose connection broke, a commit that nobody has heard of may still take effect. */
function givenUp(outages: number): Failure {
  return new Failure(outages > 0 ? 'outcome_unknown' : 'journal_overloaded')
}

function failAll(waiting: readonly Waiting[], error: Error): void {
  for (const item of waiting) item.fail(error)
}

function pause(delayMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, delayMs))
}
