import type { Judgement } from '@pineos/core/program/judgement.ts'
import type { Clock } from '../clock.ts'
import { databaseErrorKind } from '../database/database-error.ts'
import type { EventCommand, IncomingEvent, JournalCommand, KeyedPosting } from './command.ts'
import type { BoundStatement, JournalConnection } from './connection.ts'
import { loadPostings } from './load.ts'
import { loadEvents } from './load-events.ts'
import type { AtomicOutcome, EventOutcome, PostingOutcome } from './outcome.ts'
import { allSent } from './pipeline.ts'
import { isClash, saveStatements } from './save.ts'
import type { Loaded, SaveContext } from './save-context.ts'
import { settleAtomic, settlePosting } from './settle.ts'
import { type JudgedEvent, layOut, settleEvent } from './settle-event.ts'
import { decisionKey, WorkingSet } from './working-set.ts'
import { beginLocked, type LockMode } from './writer-lock.ts'

export type Outcome = PostingOutcome | AtomicOutcome | EventOutcome

/** The published rules of one version. */
export interface RuleBookEdition {
  readonly version: bigint
  /** Null where `ruleId` names a rule that is not published. */
  judge(event: IncomingEvent, ruleId: string | null): Judgement | null
}

export interface RuleBook {
  /** The rules as of this version or a later one, loaded where they are not at hand. */
  edition(version: bigint): Promise<RuleBookEdition>
}

export interface BatchContext {
  readonly ruleBook: RuleBook
  /** A new UUIDv7. */
  readonly newId: () => string
  readonly clock: Clock
  /** Exclusive where clashes with other processes are likely. */
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

type JudgedEvents = ReadonlyMap<EventCommand, JudgedEvent>

interface BatchNeeds {
  readonly loaded: Loaded
  readonly judged: JudgedEvents
}

async function load(
  connection: JournalConnection,
  set: WorkingSet,
  { commands, context }: { commands: readonly JournalCommand[]; context: BatchContext },
): Promise<BatchNeeds> {
  const judged = await judgeEvents(connection, set, { commands, context })
  const postings = commands.flatMap((command) => postingsOf(command, judged))
  const isTimed = context.lockMode === 'exclusive'
  return { judged, loaded: await loadPostings(connection, set, postings, isTimed) }
}

function settleAll(
  set: WorkingSet,
  commands: readonly JournalCommand[],
  { judged, loaded, clock, newId }: BatchNeeds & Pick<BatchContext, 'clock' | 'newId'>,
): { outcomes: readonly (Outcome | Error)[]; context: SaveContext } {
  // One time for all entries of the batch. That of a balance is later, and so is the end of a closed
  // period, where a process whose clock is ahead was there: the times of entries never go back.
  const closedUntilMs = set.closedUntil === null ? 0 : Date.parse(set.closedUntil)
  const atMs = Math.max(clock.now().getTime(), loaded.updatedAtMs, closedUntilMs)
  const recordedAt = new Date(atMs).toISOString()
  const outcomes = commands.map((command) => settle(set, command, { judged, recordedAt }))
  const saving = { loaded, recordedAt, batchId: newId() }
  return { outcomes, context: saving }
}

async function judgeEvents(
  connection: JournalConnection,
  set: WorkingSet,
  { commands, context }: { commands: readonly JournalCommand[]; context: BatchContext },
): Promise<JudgedEvents> {
  const judged = new Map<EventCommand, JudgedEvent>()
  const events = commands.filter((command) => command.kind === 'event')
  if (events.length === 0) return judged
  const version = await loadEvents(connection, set, events)
  const edition = await context.ruleBook.edition(version)
  for (const command of events) {
    const { source, id: eventId } = command.event
    const isDecided = set.decisions.get(
      decisionKey({ source, eventId, scope: command.ruleId ?? '' }),
    )
    const judgement = isDecided ? null : edition.judge(command.event, command.ruleId)
    judged.set(
      command,
      layOut(command, { judgement, ruleSetVersion: edition.version }, context.newId),
    )
  }
  return judged
}

function postingsOf(command: JournalCommand, judged: JudgedEvents): readonly KeyedPosting[] {
  switch (command.kind) {
    case 'posting':
      return [command.posting]
    case 'atomic':
      return command.postings
    case 'event':
      return judgedOf(judged, command).actions.flatMap((action) => action.posting ?? [])
  }
}

function judgedOf(judged: JudgedEvents, command: EventCommand): JudgedEvent {
  const event = judged.get(command)
  if (!event) throw new Error('the event was not judged')
  return event
}

/** One bad command never hurts its neighbours: what it throws is its own outcome. */
function settle(
  set: WorkingSet,
  command: JournalCommand,
  { judged, recordedAt }: { judged: JudgedEvents; recordedAt: string },
): Outcome | Error {
  try {
    switch (command.kind) {
      case 'posting':
        return settlePosting(set, command.posting, recordedAt)
      case 'atomic':
        return settleAtomic(set, command, recordedAt)
      case 'event':
        return settleEvent(set, judgedOf(judged, command), recordedAt)
    }
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error))
  }
}
