import { recountedEventsMax } from '@pineos/contract/explanations.ts'
import type { RuleResult } from '@pineos/contract/rules.ts'
import { CountersInMemory } from '@pineos/core/program/counters-in-memory.ts'
import type { PublishedRule } from '@pineos/core/rules/compiled/rule-set.ts'
import {
  type CounterRead,
  type Counters,
  noTotals,
  type Totals,
} from '@pineos/core/rules/evaluation/history.ts'
import type pg from 'pg'
import type { KeptRead } from '../journal/decision-history.ts'
import { EventCounts } from '../rules/event-counts.ts'
import { countersOf, metricName } from '../rules/metric-definition.ts'
import type { DecisionRow, StoredEventRow } from './decided-event.ts'

/** Events counted at a time. */
const pageEventsMax = 500

/** Counters as they stood before a decision, as far as they are kept or can be counted again. */
export interface HistoryAsOf {
  readonly counters: Counters
  /** Why what the counters do not give is unknown, to go on after a colon. */
  readonly unknownReason: string
}

export interface HistoryAsOfOptions {
  readonly pool: pg.Pool
  readonly timezone: string
  readonly event: StoredEventRow
  readonly decision: DecisionRow | undefined
  readonly eventsMax?: number
}

const notKept = 'what it came to was not kept with the decision'

/** What the decision was told of counters, and nothing else. */
export async function keptHistory(
  { pool, decision }: Pick<HistoryAsOfOptions, 'pool' | 'decision'>,
  reads: readonly CounterRead[],
): Promise<Counters> {
  const numbers = await numbersOf(pool, reads)
  const kept = new Map((decision?.history ?? []).map((read) => [keptKey(read), read]))
  return (read) => {
    const number = numbers.get(metricName(read.metricId))
    const found = number === undefined ? undefined : kept.get(keptKey({ ...read, metric: number }))
    // How many values there were was kept, and not which: one more may be one of them.
    return found && !read.isDistinct ? totalsOf(found) : undefined
  }
}

/**
 * What these reads have come to before the decision. What was not kept with it is counted again from the
 * events before it, where they are not too many.
 */
export async function historyAsOf(
  options: HistoryAsOfOptions,
  reads: readonly CounterRead[],
  rule: PublishedRule,
): Promise<HistoryAsOf> {
  const kept = await keptHistory(options, reads)
  if (reads.every((read) => kept(read))) return { counters: kept, unknownReason: notKept }
  const max = options.eventsMax ?? recountedEventsMax
  const before = await countBefore(options, max)
  if (before > max) {
    const unknownReason = `${notKept}, and more than ${max} events came before it, too many to count again`
    return { counters: kept, unknownReason }
  }
  const counted = await recounted(options, rule)
  const counters = (read: CounterRead) => kept(read) ?? counted.read(read)
  return { counters, unknownReason: notKept }
}

async function numbersOf(
  pool: pg.Pool,
  reads: readonly CounterRead[],
): Promise<ReadonlyMap<string, number>> {
  if (reads.length === 0) return new Map()
  const { rows } = await pool.query<{ name: string; number: number }>(
    'select name, number from rule_metrics where name = any ($1::text[])',
    [[...new Set(reads.map(({ metricId }) => metricName(metricId)))]],
  )
  return new Map(rows.map(({ name, number }) => [name, number]))
}

function keptKey({ metric, owner, from, to }: Pick<KeptRead, 'metric' | 'owner' | 'from' | 'to'>) {
  return JSON.stringify([metric, owner, from, to])
}

function totalsOf({ count, sum, min, max }: KeptRead): Totals {
  const bound = (text: string | null) => (text === null ? null : BigInt(text))
  return { ...noTotals, count, sum: BigInt(sum), min: bound(min), max: bound(max) }
}

/** How many events came in before this one, up to one more than may be counted again. */
async function countBefore({ pool, event }: HistoryAsOfOptions, max: number): Promise<number> {
  const { rows } = await pool.query<{ events: bigint }>(
    `select count(*) as events from (
       select from events where (received_at, command_id) < ($1::timestamptz, $2::uuid)
       limit $3::integer
     ) before`,
    [event.came_in, event.command_id, max + 1],
  )
  return Number(rows[0]?.events ?? 0)
}

interface CountedRow {
  readonly type: string
  readonly user_id: string | null
  readonly occurred_at: Date
  readonly data: Readonly<Record<string, unknown>>
  readonly began_referral: boolean
  readonly decisions: readonly (readonly RuleResult[])[] | null
  readonly came_in: string
  readonly command_id: string
}

async function recounted(
  options: HistoryAsOfOptions,
  { id, rule }: PublishedRule,
): Promise<CountersInMemory> {
  const counts = new EventCounts(countersOf(id, rule), options.timezone)
  const counters = new CountersInMemory()
  let place = { came_in: '-infinity', command_id: '00000000-0000-0000-0000-000000000000' }
  for (;;) {
    const rows = await readBefore(options, place)
    for (const row of rows) {
      counters.add(
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
    const last = rows.at(-1)
    if (!last || rows.length < pageEventsMax) return counters
    place = last
  }
}

/** The events after the place that came in before this one, with what was decided until then. */
async function readBefore(
  { pool, event, decision }: HistoryAsOfOptions,
  place: { readonly came_in: string; readonly command_id: string },
): Promise<readonly CountedRow[]> {
  // An event that was judged before by another rule has counted by then, and so it does here.
  const isCounted = decision !== undefined && decision.command_id !== event.command_id
  const { rows } = await pool.query<CountedRow>(
    `select e.type, e.user_id, e.occurred_at, e.data, r.source is not null as began_referral,
       (select json_agg(d.results order by d.scope) from decisions d
        where d.source = e.source and d.event_id = e.id and d.decided_at <= $5::timestamptz
          and (e.command_id <> $4::uuid or d.command_id = $4::uuid)
       ) as decisions,
       e.received_at::text as came_in, e.command_id
     from events e
     left join referrals r on r.source = e.source and r.event_id = e.id
     where (e.received_at, e.command_id) > ($1::timestamptz, $2::uuid)
       and (e.received_at, e.command_id) ${isCounted ? '<=' : '<'} ($3::timestamptz, $4::uuid)
     order by e.received_at, e.command_id
     limit ${pageEventsMax}`,
    [
      place.came_in,
      place.command_id,
      event.came_in,
      event.command_id,
      decision?.decided_at ?? event.received_at,
    ],
  )
  return rows
}
