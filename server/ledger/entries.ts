import { entriesExaminedMax, entryOffsetMax } from '@pineos/contract/entries.ts'
import type { EntryState } from '@pineos/contract/ledger.ts'
import { initialPosition } from '@pineos/core/ledger/entry.ts'
import { flows } from '@pineos/core/ledger/flows.ts'
import type pg from 'pg'
import { Failure } from '../failure.ts'
import { positionOf } from './entry-cursor.ts'
import { type EntryFilter, type FilterName, givenFilters } from './entry-filter.ts'
import { type Page, readPage } from './entry-page.ts'
import { type EntryRow, entryColumns, entryFromRow } from './entry-row.ts'
import { entryToWire } from './wire.ts'

export interface EntryListRequest {
  readonly filter: EntryFilter
  readonly limit: number
  /** Matching entries to pass over. */
  readonly offset: number
  /** `nextCursor` of the page before. */
  readonly cursor?: string | undefined
}

export interface EntryList extends Page {
  /** Exact for all entries, one user and one currency; null under other filters, where it would be a scan. */
  readonly total: number | null
}

export interface Entries {
  /**
   * Entries newest first. A page may be short though more follow: only a null `nextCursor` ends the
   * list. Fails with `validation_failed` on a cursor that is none.
   */
  list(request: EntryListRequest): Promise<EntryList>
  /** One entry and what became of it. Fails with `entry_not_found`. */
  get(id: string): Promise<EntryState>
}

export interface EntriesOptions {
  readonly pool: pg.Pool
  /** How many entries a walk looks at for a page, at most. */
  readonly examinedMax?: number
}

export function createEntries(options: EntriesOptions): Entries {
  const { pool, examinedMax = entriesExaminedMax } = options
  return {
    async list({ filter, limit, offset, cursor }) {
      const start = cursor === undefined ? { skip: 0, isCommon: false } : positionOf(cursor)
      const position = { ...start, skip: Math.min(start.skip + offset, entryOffsetMax) }
      const [page, total] = await Promise.all([
        readPage(pool, { filter, limit, position, examinedMax }),
        countEntries(pool, filter),
      ])
      return { ...page, total }
    },
    get: (id) => readEntry(pool, id),
  }
}

const countedFilters: ReadonlySet<FilterName> = new Set<FilterName>(['userId', 'currency'])

async function countEntries(pool: pg.Pool, filter: EntryFilter): Promise<number | null> {
  if (!givenFilters(filter).every((name) => countedFilters.has(name))) return null
  const currency = filter.currency ?? null
  const { rows } =
    filter.userId === undefined
      ? await pool.query<{ total: string }>(
          `select coalesce(sum(entries), 0)::text as total from ledger_totals
           where $1::text is null or currency = $1::text`,
          [currency],
        )
      : await pool.query<{ total: string }>(
          // The version of a balance counts its entries.
          `select coalesce(sum(version), 0)::text as total from user_balances
           where user_id = $1::text and ($2::text is null or currency = $2::text)`,
          [filter.userId, currency],
        )
  return Number(rows[0]?.total ?? 0)
}

interface PositionRow {
  readonly position_pending: bigint | null
  readonly position_reversed: bigint | null
  readonly position_expired: bigint | null
  readonly position_unspent: bigint | null
}

async function readEntry(pool: pg.Pool, id: string): Promise<EntryState> {
  const { rows } = await pool.query<EntryRow & PositionRow>(
    `select ${entryColumns}, p.pending_cents as position_pending, p.reversed_cents as position_reversed,
       p.expired_cents as position_expired, p.unspent_cents as position_unspent
     from ledger_entries e
     left join entry_positions p on p.user_id = e.user_id and p.entry_id = e.id
     where e.id = $1::uuid`,
    [id],
  )
  const row = rows[0]
  if (!row) throw new Failure('entry_not_found', `There is no ledger entry ${id}.`)
  const related = await pool.query<EntryRow>(
    `select ${entryColumns} from ledger_entries e
     where e.user_id = $1::text and e.related_entry_id = $2::uuid
     order by e.user_sequence`,
    [row.user_id, id],
  )
  const entry = entryFromRow(row)
  const initial = initialPosition(entry)
  const reversedCents = row.position_reversed ?? initial.reversedCents
  const expiredCents = row.position_expired ?? initial.expiredCents
  return {
    data: entryToWire(entry),
    pending_cents: Number(row.position_pending ?? initial.pendingCents),
    reversed_cents: Number(reversedCents),
    expired_cents: Number(expiredCents),
    unspent_cents:
      entry.expiresAt === null || flows[entry.flow].reversedBy === null
        ? null
        : Number(row.position_unspent ?? initial.unspentCents),
    reversible_cents: flows[entry.flow].reversedBy
      ? Number(entry.amountCents - reversedCents - expiredCents)
      : 0,
    related: related.rows.map((relatedRow) => entryToWire(entryFromRow(relatedRow))),
  }
}
