import type pg from 'pg'
import type { EntryFilter } from './entry-filter.ts'

/** Ids from `from` on, to below `to`. */
export interface IdRange {
  readonly from: string
  readonly to: string
}

/** All ids. The last id there could be is never made. */
export const allIds: IdRange = {
  from: '00000000-0000-0000-0000-000000000000',
  to: 'ffffffff-ffff-ffff-ffff-ffffffffffff',
}

/** How far the time in an id may be from the time of recording; the index of strays says the same. */
const slackMs = 60_000

/** What follows for the ids of entries from the times that are asked for. */
export interface IdBounds {
  /** No entry that matches has an id outside. */
  readonly range: IdRange
  /** No entry that matches has this id or one above, unless it was written later than it counts from. */
  readonly effectiveEnd: string
}

const unbounded: IdBounds = { range: allIds, effectiveEnd: allIds.to }

/**
 * The ids that entries of the times asked for can have. An entry counts from the time it was recorded
 * or from an earlier one, and its id carries the time of recording to the minute: of strays, of which
 * that is not true, there is an index, and where it has one of the times in question, nothing follows.
 */
export async function idBounds(client: pg.ClientBase, filter: EntryFilter): Promise<IdBounds> {
  const from = latest(filter.recordedFrom, filter.effectiveFrom)
  const { recordedTo: to, effectiveTo } = filter
  if ((from ?? to ?? effectiveTo) === undefined) return unbounded
  if (await hasStrays(client, from, to)) return unbounded
  return {
    range: {
      from: from === undefined ? allIds.from : idAt(Date.parse(from) - slackMs),
      to: to === undefined ? allIds.to : idAt(Date.parse(to) + slackMs),
    },
    effectiveEnd: effectiveTo === undefined ? allIds.to : idAt(Date.parse(effectiveTo) + slackMs),
  }
}

/** As in the index `ledger_entries_stray`. */
const isStray = `abs(
  date_part('epoch', e.recorded_at at time zone 'UTC')
    - ('x' || encode(substr(uuid_send(e.id), 1, 6), 'hex'))::bit(48)::bigint::double precision / 1000
) > 60`

async function hasStrays(
  client: pg.ClientBase,
  from: string | undefined,
  to: string | undefined,
): Promise<boolean> {
  const { rows } = await client.query<{ found: boolean }>(
    `select exists (
       select from ledger_entries e
       where ${isStray}
         and e.recorded_at >= $1::timestamptz and e.recorded_at < $2::timestamptz
     ) as found`,
    [from ?? '-infinity', to ?? 'infinity'],
  )
  return rows[0]?.found ?? true
}

function latest(a: string | undefined, b: string | undefined): string | undefined {
  if (a === undefined || b === undefined) return a ?? b
  return Date.parse(a) > Date.parse(b) ? a : b
}

/** The first UUIDv7 of a millisecond (RFC 9562): its first 48 bits are the time. */
function idAt(ms: number): string {
  const digits = Math.max(0, ms).toString(16).padStart(12, '0')
  return `${digits.slice(0, 8)}-${digits.slice(8)}-0000-0000-000000000000`
}
