import { simulatedEventsMax, warmUpEventsMax } from '@pineos/contract/simulations.ts'
import type { PastEvent } from '@pineos/core/program/simulation.ts'
import type pg from 'pg'
import type { SimulatedRange } from './simulation-store.ts'

/** Events read at a time. */
export const pageEventsMax = 500

/** A place in the order in which events came in; the time as the database writes it, to the microsecond. */
export interface Place {
  readonly came_in: string
  readonly command_id: string
}

/** Which events a simulation goes through. */
export interface PastRange {
  /** The first of all, null where there is none. */
  readonly start: Place | null
  /** The first that it tells of; those before it only count. */
  readonly first: Place | null
  /** Exclusive. */
  readonly until: Date
  readonly eventsTotal: number
  /** Since when history is counted, where there was more of it; else null. */
  readonly historyFrom: Date | null
}

export interface BoundsOfRange {
  readonly eventsMax?: number
  readonly warmUpMax?: number
}

/** More events than one simulation goes through. */
export class RangeTooLarge extends Error {}

/**
 * Finds the events in question, and those before them as far as history is needed. Fails with
 * `RangeTooLarge`.
 */
export async function findRange(
  pool: pg.Pool,
  { range, needsHistory }: { range: SimulatedRange; needsHistory: boolean },
  { eventsMax = simulatedEventsMax, warmUpMax = warmUpEventsMax }: BoundsOfRange = {},
): Promise<PastRange> {
  const until = untilOf(range)
  const first = await firstOf(pool, range, until)
  if (!first) return { start: null, first, until, eventsTotal: 0, historyFrom: null }
  const events = await countBetween(pool, { first, until, max: eventsMax })
  if (events > eventsMax)
    throw new RangeTooLarge(
      `More than ${eventsMax} events came in within the range; ask for a shorter one.`,
    )
  const history = needsHistory ? await historyBefore(pool, first, warmUpMax) : null
  return {
    start: history?.start ?? first,
    first,
    until,
    eventsTotal: events + (history?.events ?? 0),
    historyFrom: history?.from ?? null,
  }
}

/** What comes in after it was asked for is none of it, so that it is the same however often it runs. */
function untilOf({ to, askedAt }: SimulatedRange): Date {
  const end = new Date(askedAt.getTime() + 1)
  return to !== null && to < end ? to : end
}

async function firstOf(
  pool: pg.Pool,
  { last, from }: SimulatedRange,
  until: Date,
): Promise<Place | null> {
  if (last !== null) {
    const { rows } = await pool.query<Place>(
      `select received_at::text as came_in, command_id
       from events where received_at < $1::timestamptz
       order by received_at desc, command_id desc offset $2::integer limit 1`,
      [until, last - 1],
    )
    if (rows[0]) return rows[0]
  }
  const { rows } = await pool.query<Place>(
    `select received_at::text as came_in, command_id
     from events
     where received_at >= coalesce($1::timestamptz, '-infinity') and received_at < $2::timestamptz
     order by received_at, command_id limit 1`,
    [from, until],
  )
  return rows[0] ?? null
}

async function countBetween(
  pool: pg.Pool,
  { first, until, max }: { first: Place; until: Date; max: number },
): Promise<number> {
  const { rows } = await pool.query<{ events: bigint }>(
    `select count(*) as events
     from (
       select from events
       where (received_at, command_id) >= ($1::timestamptz, $2::uuid) and received_at < $3::timestamptz
       limit $4::integer
     ) counted`,
    [first.came_in, first.command_id, until, max + 1],
  )
  return Number(rows[0]?.events ?? 0)
}

interface HistoryBefore {
  readonly start: Place | null
  readonly events: number
  readonly from: Date | null
}

async function historyBefore(pool: pg.Pool, first: Place, max: number): Promise<HistoryBefore> {
  const before = [first.came_in, first.command_id]
  const { rows } = await pool.query<Place & { received_at: Date }>(
    `select received_at::text as came_in, command_id, received_at
     from events where (received_at, command_id) < ($1::timestamptz, $2::uuid)
     order by received_at desc, command_id desc offset $3::integer limit 2`,
    [...before, max - 1],
  )
  const [oldest, cut] = rows
  if (oldest && cut) return { start: oldest, events: max, from: oldest.received_at }
  const { rows: counted } = await pool.query<{ events: bigint }>(
    `select count(*) as events
     from events where (received_at, command_id) < ($1::timestamptz, $2::uuid)`,
    before,
  )
  const events = Number(counted[0]?.events ?? 0)
  return { start: events === 0 ? null : fromTheFirst, events, from: null }
}

/** Before every event that there can be. */
const fromTheFirst: Place = {
  came_in: '-infinity',
  command_id: '00000000-0000-0000-0000-000000000000',
}

/** Where the next page begins. */
export interface PageBound {
  readonly place: Place
  /** The event at the place is read already. */
  readonly isAfter: boolean
  readonly eventsMax: number
}

export interface PastEventRow extends Place {
  readonly source: string
  readonly id: string
  readonly type: string
  readonly user_id: string | null
  readonly occurred_at: Date
  readonly data: Readonly<Record<string, unknown>>
  /** False for those that only go before the events in question. */
  readonly is_in_range: boolean
}

export interface Page {
  readonly events: readonly PastEventRow[]
  readonly isLast: boolean
}

/** Reads a page by its place: nothing is held open between two pages. */
export async function readPage(
  pool: pg.Pool,
  { first, until }: Pick<PastRange, 'first' | 'until'>,
  { place, isAfter, eventsMax }: PageBound,
): Promise<Page> {
  const { rows } = await pool.query<PastEventRow>(
    `select source, id, type, user_id, occurred_at, data, received_at::text as came_in, command_id,
       (received_at, command_id) >= ($4::timestamptz, $5::uuid) as is_in_range
     from events
     where (received_at, command_id) ${isAfter ? '>' : '>='} ($1::timestamptz, $2::uuid)
       and received_at < $3::timestamptz
     order by received_at, command_id limit $6::integer`,
    [place.came_in, place.command_id, until, first?.came_in, first?.command_id, eventsMax],
  )
  return { events: rows, isLast: rows.length < eventsMax }
}

/** The event as rules see it. */
export function pastEvent(row: PastEventRow): PastEvent {
  const { source, id, type, user_id: userId, occurred_at, data } = row
  return { source, id, type, userId, atMs: occurred_at.getTime(), data }
}
