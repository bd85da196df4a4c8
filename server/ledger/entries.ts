import type { EntryState, LedgerEntry } from '@pineos/contract/ledger.ts'
import { initialPosition } from '@pineos/core/ledger/entry.ts'
import { flows } from '@pineos/core/ledger/flows.ts'
import type pg from 'pg'
import { Failure } from '../failure.ts'
import { type EntryRow, entryColumns, entryFromRow } from './entry-row.ts'
import { entryToWire } from './wire.ts'

export interface EntryFilter {
  readonly userId?: string | undefined
  readonly currency?: string | undefined
  readonly entryType?: string | undefined
}

export interface EntryPageRequest extends EntryFilter {
  readonly limit: number
  readonly offset: number
  /** The id after which the page begins, from `nextCursor` of the page before. */
  readonly cursor?: string | undefined
}

export interface EntryPage {
  readonly entries: LedgerEntry[]
  /** Exact for all entries and for one user; null under other filters, where it would be a scan. */
  readonly total: number | null
  readonly nextCursor: string | null
}

export interface Entries {
  /** Entries newest first. Fails with `validation_failed` on a cursor that is none. */
  list(request: EntryPageRequest): Promise<EntryPage>
  /** One entry and what became of it. Fails with `entry_not_found`. */
  get(id: string): Promise<EntryState>
}

export function createEntries({ pool }: { pool: pg.Pool }): Entries {
  return {
    async list(request) {
      const [entries, total] = await Promise.all([
        readPage(pool, request),
        countEntries(pool, request),
      ])
      const last = entries.length > request.limit ? entries[request.limit - 1] : undefined
      return {
        entries: entries.slice(0, request.limit),
        total,
        nextCursor: last ? Buffer.from(last.id).toString('base64url') : null,
      }
    },
    get: (id) => readEntry(pool, id),
  }
}

/** Ids are UUIDv7, so their order is the order of time; one row more than asked tells of a next page. */
async function readPage(pool: pg.Pool, request: EntryPageRequest): Promise<LedgerEntry[]> {
  const conditions: string[] = []
  const values: unknown[] = []
  const add = (condition: string, value: unknown) => {
    values.push(value)
    conditions.push(condition.replace('?', `$${values.length}`))
  }
  if (request.userId !== undefined) add('e.user_id = ?::text', request.userId)
  if (request.currency !== undefined) add('e.currency = ?::text', request.currency)
  if (request.entryType !== undefined) add('e.entry_type = ?::text', request.entryType)
  if (request.cursor !== undefined) add('e.id < ?::uuid', idOfCursor(request.cursor))
  const { rows } = await pool.query<EntryRow>(
    `select ${entryColumns}
     from ledger_entries e
     ${conditions.length > 0 ? `where ${conditions.join(' and ')}` : ''}
     order by e.id desc
     limit $${values.length + 1}::integer offset $${values.length + 2}::integer`,
    [...values, request.limit + 1, request.offset],
  )
  return rows.map((row) => entryToWire(entryFromRow(row)))
}

const uuidPattern = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

function idOfCursor(cursor: string): string {
  const id = Buffer.from(cursor, 'base64url').toString()
  if (uuidPattern.test(id)) return id
  const fault = {
    pointer: '/query/cursor',
    code: 'cursor_invalid',
    detail: 'The cursor is not one that a page has given.',
  }
  throw new Failure('validation_failed', fault.detail, { errors: [fault] })
}

async function countEntries(pool: pg.Pool, filter: EntryFilter): Promise<number | null> {
  if (filter.entryType !== undefined) return null
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
