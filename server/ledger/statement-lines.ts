import type { AccountKind } from '@pineos/core/ledger/accounts.ts'
import type { Entry } from '@pineos/core/ledger/entry.ts'
import { flows } from '@pineos/core/ledger/flows.ts'
import type pg from 'pg'
import { type Moment, sequenceAtInstant } from './balance-at.ts'
import { type EntryRow, entryColumns, entryFromRow } from './entry-row.ts'
import { flowTable } from './flow-effects.ts'

/** What a user has in the three accounts, in minor units. */
export interface Amounts {
  readonly availableCents: bigint
  readonly pendingCents: bigint
  readonly debtCents: bigint
}

/** An entry, what it adds to each account, and what is there after it in the order of the statement. */
export interface StatementLine {
  readonly entry: Entry
  readonly change: Amounts
  readonly running: Amounts
}

/** How far a statement has been read. */
export interface Position {
  /** The last entry before it, in the order of the axis. */
  readonly sequence: bigint
  /** RFC 3339 in UTC, or `-infinity`: when that entry counts, or where the statement begins. */
  readonly effectiveAt: string
  /** The last entry before it that counts from when it was recorded. */
  readonly onTimeSequence: bigint
  /** What the user had after it. */
  readonly running: Amounts
}

/** The entries that a statement is of. */
export interface LineRange {
  readonly userId: string
  readonly currency: string
  readonly axis: Moment['axis']
  /** The last entry that had been recorded before the end of the statement. */
  readonly lastRecorded: bigint
  /** No entry later in the sequence than this one is known. */
  readonly through: bigint
  /** RFC 3339 in UTC: entries that count from then on do not belong to it. */
  readonly to: string
}

/** Statements of SQL, each by a name and planned once; a test holds them to the indexes. */
export const recordedLines = {
  name: 'read_statement_recorded',
  text: `
    select ${entryColumns}
    from ledger_entries e
    where e.user_id = $1::text and e.currency = $2::text
      and e.user_sequence > $3::bigint and e.user_sequence <= $4::bigint
    order by e.user_sequence
    limit $5::integer`,
}

// The same from an instant on: those recorded later than the third parameter.
export const recordedLinesFrom = {
  name: 'read_statement_recorded_from',
  text: `
    with recursive ${sequenceAtInstant}
    select ${entryColumns}
    from ledger_entries e
    where e.user_id = $1::text and e.currency = $2::text
      and e.user_sequence > (select a.user_sequence from at_instant a)
    order by e.user_sequence
    limit $4::integer`,
}

// Those that count from when they were recorded follow the sequence; the others are few and have an
// index of their own. None counts from later than that; the comparison is written as the opposite of
// the condition of this index because an equality would be taken for a rare one.
export const effectiveLines = {
  name: 'read_statement_effective',
  text: `
    with on_time as (
      select ${entryColumns}
      from ledger_entries e
      where e.user_id = $1::text and e.currency = $2::text
        and e.user_sequence > $3::bigint and e.user_sequence <= $4::bigint
        and e.effective_at >= e.recorded_at
      order by e.user_sequence
      limit $5::integer
    ),
    backdated as (
      select ${entryColumns}
      from ledger_entries e
      where e.user_id = $1::text and e.currency = $2::text and e.effective_at < e.recorded_at
        and e.effective_at >= $6::timestamptz and e.effective_at < $8::timestamptz
        and (e.effective_at, e.user_sequence) > ($6::timestamptz, $7::bigint)
        and e.user_sequence <= $9::bigint
      order by e.effective_at, e.user_sequence
      limit $5::integer
    )
    select * from (select * from on_time union all select * from backdated) as e
    order by e.effective_at, e.user_sequence
    limit $5::integer`,
}

// What counts from the same instant as an entry and comes after it. Of those on time that is what
// follows in the sequence up to the last one of the instant (the fifth parameter).
export const sameInstant = {
  name: 'read_statement_same_instant',
  text: `
    select coalesce(sum(e.amount_cents * f.available), 0)::bigint as available_cents,
      coalesce(sum(e.amount_cents * f.pending), 0)::bigint as pending_cents,
      coalesce(sum(e.amount_cents * f.debt), 0)::bigint as debt_cents
    from (
      select e.flow, e.amount_cents
      from ledger_entries e
      where e.user_id = $1::text and e.currency = $2::text and e.user_sequence > $4::bigint
        and e.user_sequence <= $5::bigint and e.effective_at >= e.recorded_at
        and e.effective_at = $3::timestamptz
      union all
      select e.flow, e.amount_cents
      from ledger_entries e
      where e.user_id = $1::text and e.currency = $2::text and e.effective_at < e.recorded_at
        and e.effective_at = $3::timestamptz and e.user_sequence > $4::bigint
        and e.user_sequence <= $6::bigint
    ) as e
    join ${flowTable} on f.flow = e.flow`,
}

/** The lines after an entry of the sequence, in its order, with the balances that the entries carry. */
export async function readRecordedLines(
  pool: pg.Pool,
  { userId, currency, lastRecorded }: Pick<LineRange, 'userId' | 'currency' | 'lastRecorded'>,
  { after, limit }: { after: bigint; limit: number },
): Promise<StatementLine[]> {
  const { rows } = await pool.query<EntryRow>({
    ...recordedLines,
    values: [userId, currency, after, lastRecorded, limit],
  })
  return rows.map(recordedLine)
}

/** The first lines that were recorded later than an instant (RFC 3339 in UTC), in their order. */
export async function readRecordedLinesFrom(
  pool: pg.Pool,
  { userId, currency }: Pick<LineRange, 'userId' | 'currency'>,
  { recordedAfter, limit }: { recordedAfter: string; limit: number },
): Promise<StatementLine[]> {
  const { rows } = await pool.query<EntryRow>({
    ...recordedLinesFrom,
    values: [userId, currency, recordedAfter, limit],
  })
  return rows.map(recordedLine)
}

function recordedLine(row: EntryRow): StatementLine {
  const entry = entryFromRow(row)
  const running = {
    availableCents: entry.balanceAfterCents,
    pendingCents: entry.pendingAfterCents,
    debtCents: entry.debtAfterCents,
  }
  return { entry, change: changeOf(entry), running }
}

/** The lines after a position in the order in which they count, with balances added up from there. */
export async function readEffectiveLines(
  pool: pg.Pool,
  range: LineRange,
  { from, limit }: { from: Position; limit: number },
): Promise<StatementLine[]> {
  const { userId, currency, lastRecorded, through, to } = range
  const { rows } = await pool.query<EntryRow>({
    ...effectiveLines,
    values: [
      userId,
      currency,
      from.onTimeSequence,
      lastRecorded,
      limit,
      from.effectiveAt,
      from.sequence,
      to,
      through,
    ],
  })
  let { running } = from
  return rows.map((row) => {
    const entry = entryFromRow(row)
    const change = changeOf(entry)
    running = added(running, change)
    return { entry, change, running }
  })
}

/** What the entries add that count from the same instant as an entry and come after it. */
export async function readSameInstant(
  pool: pg.Pool,
  { userId, currency, through }: Pick<LineRange, 'userId' | 'currency' | 'through'>,
  after: { effectiveAt: string; sequence: bigint; lastRecorded: bigint },
): Promise<Amounts> {
  const { rows } = await pool.query<{
    available_cents: bigint
    pending_cents: bigint
    debt_cents: bigint
  }>({
    ...sameInstant,
    values: [userId, currency, after.effectiveAt, after.sequence, after.lastRecorded, through],
  })
  const row = rows[0]
  if (!row) throw new Error('a sum is always one row')
  return {
    availableCents: row.available_cents,
    pendingCents: row.pending_cents,
    debtCents: row.debt_cents,
  }
}

/** Where a statement goes on after a line of it. */
export function positionAfter(before: Position, { entry, running }: StatementLine): Position {
  const isOnTime = entry.effectiveAt === entry.recordedAt
  return {
    sequence: entry.userSequence,
    effectiveAt: entry.effectiveAt,
    onTimeSequence: isOnTime ? entry.userSequence : before.onTimeSequence,
    running,
  }
}

function changeOf({ flow, amountCents }: Entry): Amounts {
  const { from, to } = flows[flow]
  const on = (kind: AccountKind) =>
    (to === kind ? amountCents : 0n) - (from === kind ? amountCents : 0n)
  return {
    availableCents: on('user_available'),
    pendingCents: on('user_pending'),
    // A debt grows where its account is debited.
    debtCents: -on('user_debt'),
  }
}

function added(first: Amounts, second: Amounts): Amounts {
  return {
    availableCents: first.availableCents + second.availableCents,
    pendingCents: first.pendingCents + second.pendingCents,
    debtCents: first.debtCents + second.debtCents,
  }
}

/** What is left of the first without the second. */
export function difference(first: Amounts, second: Amounts): Amounts {
  return {
    availableCents: first.availableCents - second.availableCents,
    pendingCents: first.pendingCents - second.pendingCents,
    debtCents: first.debtCents - second.debtCents,
  }
}
