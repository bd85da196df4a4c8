import type { LedgerEntry } from '@pineos/contract/ledger.ts'
import type pg from 'pg'
import { inTransaction } from '../database/transaction.ts'
import { cursorOf, type EntryPosition } from './entry-cursor.ts'
import { type EntryFilter, givenFilters } from './entry-filter.ts'
import { type EntryRow, entryFromRow } from './entry-row.ts'
import {
  endStatement,
  entriesStatement,
  matchesStatement,
  readingSettings,
  skipStatement,
  type WalkRequest,
} from './entry-statements.ts'
import { earlier, type Walk, walksFor } from './entry-walks.ts'
import { fewMatches } from './metadata-matches.ts'
import { allIds, idBounds } from './recording-times.ts'
import { entryToWire } from './wire.ts'

export interface PageRequest {
  readonly filter: EntryFilter
  readonly limit: number
  readonly position: EntryPosition
  /** How many entries each walk looks at, at most. */
  readonly examinedMax: number
}

export interface Page {
  readonly entries: LedgerEntry[]
  readonly nextCursor: string | null
}

/** What was found, and the id below which the rest is; null where nothing is left. */
interface Found {
  readonly rows: readonly EntryRow[]
  readonly nextBelow: string | null
}

interface Reading extends PageRequest, Omit<WalkRequest, 'walk'> {
  readonly client: pg.ClientBase
  /** The first of them is tried first. */
  readonly walks: readonly [Walk, ...Walk[]]
}

/**
 * Entries newest first: ids are UUIDv7, so their order is the order of time. However rare the matches
 * are, each walk looks at no more than `examinedMax` entries; a page that is not full by then says
 * where the next one goes on.
 */
export function readPage(pool: pg.Pool, request: PageRequest): Promise<Page> {
  return inTransaction(pool, async (client) => {
    await client.query(readingSettings)
    const bounds = await idBounds(client, request.filter)
    const { belowId = allIds.to, skip } = request.position
    const reading: Reading = {
      ...request,
      client,
      walks: walksFor(request.filter, bounds),
      ids: { ...bounds.range, to: earlier(bounds.range.to, belowId) },
    }
    return skip > 0 ? readAfterSkipping(reading, skip) : readMatches(reading)
  })
}

/** Tries one walk after the other until one fills the page or comes to its end. */
async function readMatches(reading: Reading): Promise<Page> {
  const { client, filter, position } = reading
  let furthest: (Found & { nextBelow: string }) | undefined
  for (const walk of reading.walks) {
    const { rows, nextBelow } = await follow(reading, walk)
    if (nextBelow === null || rows.length === reading.limit) {
      return pageOf({ rows, nextBelow }, position.isCommon)
    }
    if (!furthest || nextBelow < furthest.nextBelow) furthest = { rows, nextBelow }
  }
  if (!furthest) throw new Error('no walk to the entries was tried')
  if (filter.metadata === undefined || position.isCommon) return pageOf(furthest, position.isCommon)
  const matches = await fewMatches(client, filter.metadata)
  return matches ? pageOf(await readFew(reading, matches), false) : pageOf(furthest, true)
}

async function follow(reading: Reading, walk: Walk): Promise<Found> {
  const { client, limit } = reading
  // One more than asked tells of a next page.
  const { rows } = await client.query<EntryRow>(matchesStatement({ ...reading, walk }, limit + 1))
  const last = rows.length > limit ? rows[limit - 1] : undefined
  if (last) return { rows: rows.slice(0, limit), nextBelow: last.id }
  return { rows, nextBelow: await endOfWalk(reading, walk) }
}

async function endOfWalk(reading: Reading, walk: Walk): Promise<string | null> {
  const { rows } = await reading.client.query<{ id: string }>(endStatement({ ...reading, walk }))
  return rows[0]?.id ?? null
}

async function readFew(reading: Reading, matches: readonly string[]): Promise<Found> {
  const { client, limit } = reading
  const { rows } = await client.query<EntryRow>(entriesStatement(matches, reading, limit + 1))
  const last = rows.length > limit ? rows[limit - 1] : undefined
  return { rows: rows.slice(0, limit), nextBelow: last?.id ?? null }
}

/** Passes over matches first; where the walk does not meet so many, the next page passes over the rest. */
async function readAfterSkipping(reading: Reading, skip: number): Promise<Page> {
  const { client, filter, position, walks } = reading
  const [walk] = walks
  // Where the walk meets nothing but matches, none is looked at in vain.
  const isExact = givenFilters(filter).every((name) => name === walk.filter)
  const examinedMax = isExact ? skip : reading.examinedMax
  const { rows } = await client.query<{ skipped: number; last: string | null }>(
    skipStatement({ ...reading, walk, examinedMax }, skip),
  )
  const { skipped = 0, last = null } = rows[0] ?? {}
  if (last !== null && skipped === skip) {
    return readMatches({ ...reading, ids: { ...reading.ids, to: last } })
  }
  const nextBelow = isExact ? null : await endOfWalk(reading, walk)
  return pageOf({ rows: [], nextBelow }, position.isCommon, skip - skipped)
}

function pageOf({ rows, nextBelow }: Found, isCommon: boolean, skip = 0): Page {
  return {
    entries: rows.map((row) => entryToWire(entryFromRow(row))),
    nextCursor: nextBelow === null ? null : cursorOf({ belowId: nextBelow, skip, isCommon }),
  }
}
