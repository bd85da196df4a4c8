import type { Clock } from '../clock.ts'
import { databaseErrorKind } from '../database/database-error.ts'
import type { EventCommand, JournalCommand } from './command.ts'
import type { BoundStatement, JournalConnection } from './connection.ts'
import { holdKey } from './event-hold.ts'
import { loadPostings, type PostingNeed } from './load.ts'
import { type LoadedTotals, loadCounters } from './load-counters.ts'
import { loadEvents } from './load-events.ts'
import { loadHolds } from './load-holds.ts'
import type { AtomicOutcome, EventOutcome, PostingOutcome } from './outcome.ts'
import { allSent } from './pipeline.ts'
import { type PlannedEvent, planEvents } from './plan-events.ts'
import type { RuleBook, RuleBookEdition } from './rule-edition.ts'
import { confirmationKey, rulesOwner } from './rule-payment.ts'
import { isClash, saveStatements } from './save.ts'
import type { Loaded, SaveContext } from './save-context.ts'
import { settleAtomic, settlePosting } from './settle.ts'
import { type EventSettling, settleEvent } from './settle-event.ts'
import { WorkingSet } from './working-set.ts'
import { beginLocked, type LockMode } from './writer-lock.ts'

export type Outcome = PostingOutcome | AtomicOutcome | EventOutcome

export interface BatchContext {
  readonly ruleBook: RuleBook
  /** A new UUIDv7. */
  readonly newId: () => string
  readonly clock: Clock
  /** Exclusive where clashes with other processes are likely, or where events need it. */
  readonly lockMode: LockMode
}

/** The outcome of each command, in order; an Error where deciding it failed unexpectedly. */
export type BatchResult =
  | {
      readonly kind: 'committed'
      readonly outcomes: readonly (Outcome | Error)[]
      /** False where the batch wanted the writers' lock alone and another held it. */
      readonly wasFree: boolean
      /** Nothing had to be written. */
      readonly isUnchanged: boolean
    }
  | { readonly kind: 'clash' }
  /** It must have the writers' lock alone: the rules use counters. */
  | { readonly kind: 'needs_lock' }

/**
 * Loads what the commands need, settles them in order and commits what they change, once. `clash`
 * where another writer was first or has kept this one waiting for too long: nothing was changed, and
 * the batch can simply run again. Errors of the database pass through; after one during the commit it
 * is not known whether it took effect.
 */
export async function runBatch(
  connection: JournalConnection,
  take: () => readonly JournalCommand[],
  context: BatchContext,
): Promise<BatchResult> {
  return context.lockMode === 'exclusive'
    ? await runExclusive(connection, take, context)
    : await runShared(connection, take(), context)
}

/** Loads without a lock and leaves it to the save to find out whether another writer came between. */
async function runShared(
  connection: JournalConnection,
  commands: readonly JournalCommand[],
  context: BatchContext,
): Promise<BatchResult> {
  const set = new WorkingSet()
  const loaded = await load(connection, set, { commands, context })
  // What was read of counters would be the past by the time it is saved.
  if (loaded === 'needs_lock') return { kind: 'needs_lock' }
  const settled = settleAll(set, commands, { ...loaded, ...context })
  const { outcomes } = settled
  // What was loaded in several statements may contradict itself where another writer came between:
  // whether a command fails for a reason of its own is seen once this batch has the lock alone.
  if (outcomes.some((outcome) => outcome instanceof Error)) return { kind: 'clash' }
  if (set.isUnchanged) return { kind: 'committed', outcomes, wasFree: true, isUnchanged: true }
  const statements = saveStatements(set, settled.context, connection.stripe)
  const begun = beginLocked(connection, 'shared')
  const isCommitted = await commit(connection, statements, begun)
  return isCommitted
    ? { kind: 'committed', outcomes, wasFree: true, isUnchanged: false }
    : { kind: 'clash' }
}

/**
 * Takes the lock before the commands: more of them come together while others hold it, and nobody
 * else saves from when this batch loads until it has committed.
 */
async function runExclusive(
  connection: JournalConnection,
  take: () => readonly JournalCommand[],
  context: BatchContext,
): Promise<BatchResult> {
  let wasFree: boolean
  try {
    wasFree = await beginLocked(connection, 'exclusive')
  } catch (error) {
    if (databaseErrorKind(error) !== 'clash') throw error
    await connection.control('rollback')
    return { kind: 'clash' }
  }
  const commands = take()
  const set = new WorkingSet()
  const loaded = await load(connection, set, { commands, context })
  if (loaded === 'needs_lock') throw new Error('a batch that has the lock asks for it')
  const settled = settleAll(set, commands, { ...loaded, ...context })
  const { outcomes } = settled
  if (set.isUnchanged) {
    await connection.control('rollback')
    return { kind: 'committed', outcomes, wasFree, isUnchanged: true }
  }
  const statements = saveStatements(set, settled.context, connection.stripe)
  const isCommitted = await commit(connection, statements)
  return isCommitted
    ? { kind: 'committed', outcomes, wasFree, isUnchanged: false }
    : { kind: 'clash' }
}

/** The commit goes out with the rest: after a statement that failed it rolls back instead. */
async function commit(
  connection: JournalConnection,
  statements: readonly BoundStatement[],
  begun?: Promise<unknown>,
): Promise<boolean> {
  try {
    await allSent([
      begun,
      ...statements.map(({ statement, values }) => connection.query(statement, values)),
      connection.control('commit'),
    ])
    return true
  } catch (error) {
    if (isClash(error) || databaseErrorKind(error) === 'clash') return false
    throw error
  }
}

interface BatchNeeds {
  readonly loaded: Loaded
  readonly planned: ReadonlyMap<EventCommand, PlannedEvent>
  readonly totals: LoadedTotals
  /** Null where the batch has no events. */
  readonly edition: RuleBookEdition | null
}

const noEvents = { planned: new Map(), totals: new Map(), edition: null, postings: [] }

async function load(
  connection: JournalConnection,
  set: WorkingSet,
  { commands, context }: { commands: readonly JournalCommand[]; context: BatchContext },
): Promise<BatchNeeds | 'needs_lock'> {
  const events = commands.filter((command) => command.kind === 'event')
  const own = commands.flatMap((command) => postingsOf(command))
  const isAlone = context.lockMode === 'exclusive'
  const needs =
    events.length === 0 ? noEvents : await prepareEvents(connection, set, { events, context })
  if (needs === 'needs_lock') return needs
  const { postings, ...rest } = needs
  return { ...rest, loaded: await loadPostings(connection, set, [...own, ...postings], isAlone) }
}

/** Plans what the events are judged by, and loads what that needs but for the ledger. */
async function prepareEvents(
  connection: JournalConnection,
  set: WorkingSet,
  { events, context }: { events: readonly EventCommand[]; context: BatchContext },
): Promise<(Omit<BatchNeeds, 'loaded'> & { postings: readonly PostingNeed[] }) | 'needs_lock'> {
  const version = await loadEvents(connection, set, events)
  const edition = await context.ruleBook.edition(version)
  if (edition.usesCounters && context.lockMode !== 'exclusive') return 'needs_lock'
  const planned = planEvents(set, events, edition)
  const plans = [...planned.values()]
  const [totals] = await Promise.all([
    loadCounters(
      connection,
      plans.flatMap(({ reads }) => reads),
      edition.metricNumber,
    ),
    loadHolds(
      connection,
      set,
      plans.flatMap(({ confirms }) => confirms),
    ),
  ])
  const confirmations = plans.flatMap(({ command, confirms }) =>
    confirms.flatMap((waitsFor) =>
      (set.holds.get(holdKey(waitsFor)) ?? []).map((hold) => ({
        ownerId: rulesOwner,
        key: confirmationKey(command.event, hold).key,
        command: { targetEntryId: hold.entryId },
      })),
    ),
  )
  const postings = [...plans.flatMap((plan) => plan.postings), ...confirmations]
  return { planned, totals, edition, postings }
}

function postingsOf(command: JournalCommand): readonly PostingNeed[] {
  switch (command.kind) {
    case 'posting':
      return [command.posting]
    case 'atomic':
      return command.postings
    case 'event':
      return []
  }
}

const noNumber = () => undefined

function settleAll(
  set: WorkingSet,
  commands: readonly JournalCommand[],
  { loaded, clock, newId, ...needs }: BatchNeeds & Pick<BatchContext, 'clock' | 'newId'>,
): { outcomes: readonly (Outcome | Error)[]; context: SaveContext } {
  // One time for all entries of the batch. That of a balance is later, and so is the end of a closed
  // period, where a process whose clock is ahead was there: the times of entries never go back.
  const closedUntilMs = set.closedUntil === null ? 0 : Date.parse(set.closedUntil)
  const atMs = Math.max(clock.now().getTime(), loaded.updatedAtMs, closedUntilMs)
  const recordedAt = new Date(atMs).toISOString()
  const metricNumber = needs.edition?.metricNumber ?? noNumber
  const settling = { ...needs, recordedAt, metricNumber, newId }
  const outcomes = commands.map((command) => settle(set, command, settling))
  const saving = { loaded, recordedAt, metricNumber, batchId: newId() }
  return { outcomes, context: saving }
}

/** One bad command never hurts its neighbours: what it throws is its own outcome. */
function settle(
  set: WorkingSet,
  command: JournalCommand,
  { planned, ...settling }: EventSettling & Pick<BatchNeeds, 'planned'>,
): Outcome | Error {
  try {
    switch (command.kind) {
      case 'posting':
        return settlePosting(set, command.posting, settling.recordedAt)
      case 'atomic':
        return settleAtomic(set, command, settling.recordedAt)
      case 'event':
        return settleEvent(set, plannedOf(planned, command), settling)
    }
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error))
  }
}

function plannedOf(planned: BatchNeeds['planned'], command: EventCommand): PlannedEvent {
  const event = planned.get(command)
  if (!event) throw new Error('the event was not planned')
  return event
}
