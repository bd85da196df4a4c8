import type { RuleResult } from '@pineos/contract/rules.ts'
import type { CounterIncrement } from '@pineos/core/rules/evaluation/contribution.ts'
import type pg from 'pg'
import type { BoundStatement } from '../journal/connection.ts'
import { CounterChanges } from '../journal/counter-changes.ts'
import { saveCounters } from '../journal/save-counters.ts'
import { EventCounts } from './event-counts.ts'
import { counterFrom, type MetricDefinition, type NamedCounter } from './metric-definition.ts'

/** Events that are counted in one transaction. */
const backfillEventsMax = 500

/** Metrics that are counted together: of one version, and as far as each other. */
export interface CollectingMetrics {
  readonly fromSetVersion: bigint
  readonly timezone: string
  readonly cursor: EventCursor
  readonly counters: readonly NumberedCounter[]
}

export interface NumberedCounter extends NamedCounter {
  readonly number: number
}

interface EventCursor {
  readonly source: string
  readonly id: string
}

/** Before every event. */
const firstEvent: EventCursor = { source: '', id: '' }

interface MetricRow {
  readonly number: number
  readonly definition: MetricDefinition
  readonly timezone: string
  readonly from_set_version: bigint
  readonly cursor_source: string | null
  readonly cursor_id: string | null
}

/** The metrics that are still collected since the earliest version, or since the one that is named. */
export async function collecting(
  client: pg.ClientBase,
  version: bigint | null = null,
): Promise<CollectingMetrics | null> {
  const { rows } = await client.query<MetricRow>(
    `select number, definition, timezone, from_set_version, cursor_source, cursor_id
     from rule_metrics
     where state = 'collecting' and ($1::bigint is null or from_set_version = $1::bigint)
     order by from_set_version, number`,
    [version?.toString() ?? null],
  )
  const [first] = rows
  if (!first) return null
  const { timezone, from_set_version: fromSetVersion, cursor_source, cursor_id } = first
  // Those that were registered together get on together.
  const together = rows.filter((row) => row.from_set_version === fromSetVersion)
  return {
    fromSetVersion,
    timezone,
    cursor: { source: cursor_source ?? '', id: cursor_id ?? '' },
    counters: together.map((row) => ({ ...counterFrom(row.definition), number: row.number })),
  }
}

interface CountedRow {
  readonly source: string
  readonly id: string
  readonly type: string
  readonly user_id: string | null
  readonly occurred_at: Date
  readonly data: Readonly<Record<string, unknown>>
  readonly began_referral: boolean
  readonly decisions: readonly (readonly RuleResult[])[] | null
}

/** Counts one page of events into the metrics, within the transaction of the client; false at the end. */
export async function backfillPage(
  client: pg.ClientBase,
  metrics: CollectingMetrics | null,
  now: Date,
): Promise<boolean> {
  if (!metrics) return false
  const { counters, fromSetVersion } = metrics
  const page = await countPage(client, metrics)
  for (const { statement, values } of page.statements)
    await client.query(statement.sql, [...values])
  await client.query(
    `update rule_metrics
     set cursor_source = $2::text, cursor_id = $3::text,
       events_counted = events_counted + $4::bigint,
       events_total = coalesce(events_total, (
         select count(*) from events where rule_set_version < $5::bigint
       )),
       state = case when $6::boolean then 'ready' else state end,
       ready_at = case when $6::boolean then $7::timestamptz end
     where number = any ($1::integer[])`,
    [
      counters.map(({ number }) => number),
      page.cursor.source,
      page.cursor.id,
      page.events,
      fromSetVersion.toString(),
      page.isLast,
      now,
    ],
  )
  return !page.isLast
}

interface CountedPage {
  readonly events: number
  readonly cursor: EventCursor
  readonly isLast: boolean
  readonly statements: readonly BoundStatement[]
}

async function countPage(client: pg.ClientBase, metrics: CollectingMetrics): Promise<CountedPage> {
  const { cursor, counters, timezone, fromSetVersion } = metrics
  const changes = new CounterChanges()
  const rows = await readPage(client, { cursor, fromSetVersion })
  const increments = incrementsOf(rows, new EventCounts(counters, timezone))
  for (const increment of increments) changes.add(increment)
  const numbers = new Map(counters.map(({ metricId, number }) => [metricId, number]))
  const last = rows.at(-1)
  return {
    events: rows.length,
    cursor: last ? { source: last.source, id: last.id } : cursor,
    isLast: rows.length < backfillEventsMax,
    statements: saveCounters(changes.list(), (metricId) => numbers.get(metricId)),
  }
}

function incrementsOf(
  rows: readonly CountedRow[],
  counts: EventCounts,
): readonly CounterIncrement[] {
  return rows.flatMap((row) =>
    counts.incrementsOf({
      type: row.type,
      userId: row.user_id,
      occurredAt: row.occurred_at,
      data: row.data,
      beganReferral: row.began_referral,
      decisions: row.decisions ?? [],
    }),
  )
}

/** The events after the cursor that were judged before the version, with what was decided before it. */
async function readPage(
  client: pg.ClientBase,
  { cursor, fromSetVersion }: { cursor: EventCursor; fromSetVersion: bigint },
): Promise<readonly CountedRow[]> {
  const { rows } = await client.query<CountedRow>(
    `select e.source, e.id, e.type, e.user_id, e.occurred_at, e.data,
       r.source is not null as began_referral,
       (select json_agg(d.results order by d.scope) from decisions d
        where d.source = e.source and d.event_id = e.id and d.rule_set_version < $3::bigint
       ) as decisions
     from events e
     left join referrals r on r.source = e.source and r.event_id = e.id
     where (e.source, e.id) > ($1::text, $2::text) and e.rule_set_version < $3::bigint
     order by e.source, e.id
     limit ${backfillEventsMax}`,
    [cursor.source, cursor.id, fromSetVersion.toString()],
  )
  return rows
}

/** After every version of the rule set. */
const lastSetVersion = 9_223_372_036_854_775_807n

interface Recount extends Pick<CollectingMetrics, 'counters' | 'timezone'> {
  /** Which increments are kept. */
  readonly isCounted: (increment: CounterIncrement) => boolean
}

/** Everything that all events have added to the counters, counted again page by page. */
export async function recount(
  client: pg.ClientBase,
  { counters, timezone, isCounted }: Recount,
): Promise<CounterChanges> {
  const changes = new CounterChanges()
  const counts = new EventCounts(counters, timezone)
  for (let cursor = firstEvent; ; ) {
    const rows = await readPage(client, { cursor, fromSetVersion: lastSetVersion })
    for (const increment of incrementsOf(rows, counts)) {
      if (isCounted(increment)) changes.add(increment)
    }
    const last = rows.at(-1)
    if (!last || rows.length < backfillEventsMax) return changes
    cursor = { source: last.source, id: last.id }
  }
}
