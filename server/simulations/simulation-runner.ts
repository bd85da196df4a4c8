import type { Simulation as WireSimulation } from '@pineos/contract/simulations.ts'
import { Simulation } from '@pineos/core/program/simulation.ts'
import type { PublishedRule } from '@pineos/core/rules/compiled/rule-set.ts'
import type pg from 'pg'
import type { Clock } from '../clock.ts'
import { databaseErrorKind } from '../database/database-error.ts'
import { Slices } from '../slices.ts'
import {
  type BoundsOfRange,
  findRange,
  type Page,
  type PastRange,
  type Place,
  pageEventsMax,
  pastEvent,
  RangeTooLarge,
  readPage,
} from './past-events.ts'
import { compileSets } from './simulated-rules.ts'
import { resultToWire } from './simulation-result.ts'
import type { ClaimedSimulation, Ending, Progress, SimulationStore } from './simulation-store.ts'

/** How long a run goes on without saying how far it is, and without seeing that it was cancelled. */
const progressMs = 1_000
/** Counters, users and referrals that a run may keep, some 400 bytes each. */
const keptMax = 1_000_000

export interface SimulationBounds extends BoundsOfRange {
  readonly keptMax?: number
  readonly progressMs?: number
  readonly pageEventsMax?: number
}

export interface SimulationRunnerOptions {
  readonly pool: pg.Pool
  readonly clock: Clock
  /** A new UUIDv7. */
  readonly newId: () => string
  readonly store: SimulationStore
  /** The rules in force as of now, in the order of the set. */
  readonly rulesInForce: () => Promise<readonly PublishedRule[]>
  readonly defaultCurrency: string
  readonly timezone: string
  readonly bounds?: SimulationBounds
}

/** What a run has come to. */
interface Run {
  readonly claimed: ClaimedSimulation
  readonly simulation: Simulation
  readonly range: PastRange
  eventsDone: number
  saidAtMs: number
  page: Page
  /** Of the next event of the page. */
  index: number
  /** Where the page after it begins; null where there is none. */
  next: { readonly place: Place; readonly isAfter: boolean } | null
  /** That page, read while this one is gone through. */
  following: Promise<Page> | null
}

type Problem = NonNullable<WireSimulation['problem']>

/** Why a simulation cannot be finished, whoever runs it. */
class Unfinishable extends Error {
  readonly problem: Problem

  constructor(code: string, detail: string) {
    super(detail)
    this.problem = { code, detail }
  }
}

/**
 * Runs simulations in this process, one at a time and a page at a time, beside whatever else it does.
 * Any number of processes may run them: each is taken by one, and what has lost its process is taken
 * over.
 */
export class SimulationRunner {
  readonly #options: SimulationRunnerOptions
  readonly #slices = new Slices()
  #run: Run | null = null

  constructor(options: SimulationRunnerOptions) {
    this.#options = options
  }

  /** Does a piece of the work; true where more of it may be left. */
  async run(): Promise<boolean> {
    if (!this.#run) return this.#begin()
    const run = this.#run
    try {
      await this.#goOn(run)
    } catch (error) {
      // An outage passes; the run goes on with the event that is next.
      if (databaseErrorKind(error) !== 'fault') throw error
      this.#run = null
      await this.#fail(run.claimed, error, this.#progressOf(run))
    }
    return true
  }

  /** Gives back what it runs, so that another process need not wait for its silence. */
  async release(): Promise<void> {
    const run = this.#run
    this.#run = null
    if (run) await this.#options.store.release(run.claimed)
  }

  async #begin(): Promise<boolean> {
    const { store, clock, newId } = this.#options
    const claimed = await store.claim(newId(), clock.now())
    if (!claimed) return false
    try {
      this.#run = await this.#prepared(claimed)
    } catch (error) {
      if (databaseErrorKind(error) !== 'fault') throw error
      const nothing = { eventsDone: 0, eventsTotal: 0, historyFrom: null, at: clock.now() }
      await this.#fail(claimed, error, nothing)
    }
    return true
  }

  async #prepared(claimed: ClaimedSimulation): Promise<Run> {
    const { pool, rulesInForce, defaultCurrency, timezone, bounds } = this.#options
    const { draft, range: asked } = claimed
    const inForce = await rulesInForce()
    const slices = this.#slices
    const { needsHistory, ...sets } = await compileSets({
      inForce,
      draft,
      language: { defaultCurrency, timezone },
      slices,
    })
    const range = await findRange(pool, { range: asked, needsHistory }, bounds)
    const { start } = range
    return {
      claimed,
      simulation: new Simulation({ ...sets, timezone }),
      range,
      eventsDone: 0,
      saidAtMs: Number.NEGATIVE_INFINITY,
      page: { events: [], isLast: start === null },
      index: 0,
      next: start && { place: start, isAfter: false },
      following: null,
    }
  }

  #read(range: PastRange, bound: NonNullable<Run['next']>): Promise<Page> {
    const eventsMax = this.#options.bounds?.pageEventsMax ?? pageEventsMax
    const page = readPage(this.#options.pool, range, { ...bound, eventsMax })
    // A failure is told where the page is asked for.
    page.catch(() => {})
    return page
  }

  /** Goes through one page; the last one ends the run. */
  async #goOn(run: Run): Promise<void> {
    if (!(await this.#takePage(run))) {
      this.#run = null
      return
    }
    const { bounds = {} } = this.#options
    if (run.simulation.size > (bounds.keptMax ?? keptMax))
      throw new Unfinishable(
        'memory_exceeded',
        'Too many users and pairs took part in these events; ask for fewer events.',
      )
    if (!run.page.isLast) return this.#turn(run)
    const result = resultToWire(await this.#resultOf(run), run.claimed.id)
    await this.#options.store.end(run.claimed, { status: 'done', result }, this.#progressOf(run))
    this.#run = null
  }

  /** Turns to the next page, and begins to read the one after it. */
  async #turn(run: Run): Promise<void> {
    if (!run.next) return
    const reading = run.following ?? this.#read(run.range, run.next)
    run.following = null
    // Where it fails the bound is still there, and the page is read again.
    const page = await reading
    const last = page.events.at(-1)
    run.page = page
    run.index = 0
    run.next = last && !page.isLast ? { place: last, isAfter: true } : null
    if (run.next) run.following = this.#read(run.range, run.next)
  }

  /** False where the attempt is over. */
  async #takePage(run: Run): Promise<boolean> {
    for (;;) {
      const row = run.page.events[run.index]
      if (this.#mustSay(run) && !(await this.#say(run))) return false
      if (!row) return true
      const event = pastEvent(row)
      if (row.is_in_range) run.simulation.take(event)
      else run.simulation.warmUp(event)
      run.index += 1
      run.eventsDone += 1
      if (this.#slices.isOver) await this.#slices.pause()
    }
  }

  #mustSay(run: Run): boolean {
    return performance.now() - run.saidAtMs >= (this.#options.bounds?.progressMs ?? progressMs)
  }

  async #say(run: Run): Promise<boolean> {
    const isGoingOn = await this.#options.store.progress(run.claimed, this.#progressOf(run))
    run.saidAtMs = performance.now()
    return isGoingOn
  }

  async #resultOf({ simulation }: Run) {
    const steps = simulation.resultInSteps()
    for (;;) {
      const { done, value } = steps.next()
      if (done) return value
      if (this.#slices.isOver) await this.#slices.pause()
    }
  }

  #progressOf({ eventsDone, range }: Run): Progress {
    const { eventsTotal, historyFrom } = range
    return { eventsDone, eventsTotal, historyFrom, at: this.#options.clock.now() }
  }

  async #fail(claimed: ClaimedSimulation, error: unknown, progress: Progress): Promise<void> {
    const problem = problemOf(error)
    const ending: Ending = {
      status: 'failed',
      problem: problem ?? { code: 'internal_error', detail: 'Something went wrong on our side.' },
    }
    await this.#options.store.end(claimed, ending, progress)
    // What nobody has foreseen is logged by whoever runs the job.
    if (!problem) throw error
  }
}

function problemOf(error: unknown): Problem | null {
  if (error instanceof Unfinishable) return error.problem
  if (error instanceof RangeTooLarge) return { code: 'range_too_large', detail: error.message }
  return null
}
