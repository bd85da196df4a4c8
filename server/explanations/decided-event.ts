import type { Confirmation, RuleResult } from '@pineos/contract/rules.ts'
import type { JudgedEvent } from '@pineos/core/rules/evaluation/event-facts.ts'
import type pg from 'pg'
import { Failure } from '../failure.ts'
import type { KeptRead } from '../journal/decision-history.ts'

/** A stored event with its place in the order in which events came in. */
export interface StoredEventRow {
  readonly source: string
  readonly id: string
  readonly type: string
  readonly user_id: string | null
  readonly occurred_at: Date
  readonly received_at: Date
  /** As the database writes it, to the microsecond. */
  readonly came_in: string
  readonly data: Readonly<Record<string, unknown>>
  readonly command_id: string
}

export interface DecisionRow {
  /** The id of the one rule that was asked; empty for all. */
  readonly scope: string
  readonly rule_set_version: bigint
  readonly rules_evaluated: number
  readonly rules_triggered: number
  readonly results: RuleResult[]
  readonly confirmations: Confirmation[] | null
  /** What was read of counters for it. */
  readonly history: readonly KeptRead[] | null
  readonly command_id: string
  readonly decided_at: Date
}

export interface DecidedEvent {
  readonly event: StoredEventRow
  /** That of all rules first, then in the order in which they were made. */
  readonly decisions: readonly DecisionRow[]
}

/** The event with everything that was decided on it. Fails with `event_not_found`. */
export async function readDecidedEvent(
  pool: pg.Pool,
  { source, id }: { source: string; id: string },
): Promise<DecidedEvent> {
  const { rows: events } = await pool.query<StoredEventRow>(
    `select source, id, type, user_id, occurred_at, received_at, received_at::text as came_in, data,
       command_id
     from events where source = $1::text and id = $2::text`,
    [source, id],
  )
  const event = events[0]
  if (!event) throw new Failure('event_not_found', `There is no event ${id} of source ${source}.`)
  const { rows: decisions } = await pool.query<DecisionRow>(
    `select scope, rule_set_version, rules_evaluated, rules_triggered, results, confirmations,
       history, command_id, decided_at
     from decisions where source = $1::text and event_id = $2::text
     order by scope <> '', decided_at, scope`,
    [source, id],
  )
  return { event, decisions }
}

/** The event as rules see it. */
export function judgedEventOf({ type, user_id, occurred_at, data }: StoredEventRow): JudgedEvent {
  return { type, userId: user_id, atMs: occurred_at.getTime(), data }
}
