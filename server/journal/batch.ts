import type { Judgement } from '@pineos/core/program/judgement.ts'
import type { EventCommand, IncomingEvent, JournalCommand, KeyedPosting } from './command.ts'
import type { JournalConnection } from './connection.ts'
import { loadPostings } from './load.ts'
import { loadEvents } from './load-events.ts'
import type { AtomicOutcome, EventOutcome, PostingOutcome } from './outcome.ts'
import { allSent } from './pipeline.ts'
import { isClash, save } from './save.ts'
import { settleAtomic, settlePosting } from './settle.ts'
import { type JudgedEvent, layOut, settleEvent } from './settle-event.ts'
import { decisionKey, WorkingSet } from './working-set.ts'

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
  /** RFC 3339, UTC: the time of all entries of the batch. */
  readonly recordedAt: string
  /** Lock the balances when they are loaded, where clashes with other processes are likely. */
  readonly locks: boolean
}

/** The outcome of each command, in order; an Error where deciding it failed unexpectedly. */
export type BatchResult =
  | {
      readonly kind: 'committed'
      readonly outcomes: readonly (Outcome | Error)[]
      /** Nothing had to be written. */
      readonly isUnchanged: boolean
    }
  | { readonly kind: 'clash' }

/**
 * Loads what the commands need, settles them in order and commits what they change, once. `clash`
 * where another writer was first: nothing was changed, and the batch can simply run again. Errors of
 * the database pass through; after one during the commit it is not known whether it took effect.
 */
export async function runBatch(
  connection: JournalConnection,
  commands: readonly JournalCommand[],
  context: BatchContext,
): Promise<BatchResult> {
  const set = new WorkingSet()
  const judged = await judgeEvents(connection, set, { commands, context })
  const postings = commands.flatMap((command) => postingsOf(command, judged))
  const begun = context.locks ? connection.control('begin') : undefined
  const [loaded] = await Promise.all([
    loadPostings(connection, set, postings, context.locks),
    begun,
  ])
  const outcomes = commands.map((command) =>
    settle(set, command, { judged, recordedAt: context.recordedAt }),
  )
  if (set.isUnchanged) {
    if (context.locks) await connection.control('rollback')
    return { kind: 'committed', outcomes, isUnchanged: true }
  }
  try {
    // The commit goes out with the rest: after a statement that failed it rolls back instead.
    await allSent([
      context.locks ? undefined : connection.control('begin'),
      save(connection, set, { loaded, recordedAt: context.recordedAt }),
      connection.control('commit'),
    ])
  } catch (error) {
    if (isClash(error)) return { kind: 'clash' }
    throw error
  }
  return { kind: 'committed', outcomes, isUnchanged: false }
}

type JudgedEvents = ReadonlyMap<EventCommand, JudgedEvent>

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
      return judged.get(command)?.actions.flatMap((action) => action.posting ?? []) ?? []
  }
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
      case 'event': {
        const event = judged.get(command)
        if (!event) throw new Error('the event was not judged')
        return settleEvent(set, event, recordedAt)
      }
    }
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error))
  }
}
