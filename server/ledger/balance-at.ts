import type { UserBalance } from '@pineos/core/ledger/entry.ts'
import type pg from 'pg'
import { flowTable } from './flow-effects.ts'

/** A moment on one of the two axes of time. Instants are RFC 3339. */
export type Moment =
  /** As it had been recorded by then. */
  | { readonly axis: 'recorded'; readonly at: string }
  /** As it counts at that time, by what was known later: by everything where `knownAt` is null. */
  | { readonly axis: 'effective'; readonly at: string; readonly knownAt: string | null }

export interface BalanceAt {
  readonly balance: UserBalance
  /** The last entry of the sequence that was recorded by then and known; zero where there was none. */
  readonly sequence: bigint
  /** RFC 3339 in UTC: when the latest entry of it was recorded; null where there is none. */
  readonly updatedAt: string | null
}

/**
 * The last of a user's entries that was recorded by an instant (the third parameter), as `at_instant`
 * with the column `user_sequence`, zero where there is none. Recorded times never decrease along a
 * sequence, so it is found by halving: twenty look-ups among a million entries, none where the instant
 * is after the last of them, and nothing that has to be kept for it. The first two parameters are user
 * and currency.
 */
export const sequenceAtInstant = `
  halving (low, high) as (
    select case when b.updated_at <= $3::timestamptz then b.version else 0 end, b.version
    from user_balances b where b.user_id = $1::text and b.currency = $2::text
    union all
    select case when e.recorded_at <= $3::timestamptz then e.user_sequence else h.low end,
      case when e.recorded_at <= $3::timestamptz then h.high else e.user_sequence - 1 end
    from halving h
    join ledger_entries e on e.user_id = $1::text and e.currency = $2::text
      and e.user_sequence = (h.low + h.high + 1) / 2
    where h.low < h.high
  ),
  at_instant (user_sequence) as (
    select coalesce((select h.low from halving h where h.low = h.high), 0)
  )`

// The fourth parameter is the last entry of the sequence that is known.
const known = `
  with recursive ${sequenceAtInstant},
  known (user_sequence, recorded_by) as materialized (
    select least(a.user_sequence, $4::bigint), $3::timestamptz from at_instant a
  )`

/** Statements of SQL, each by a name and planned once; a test holds them to the indexes. */
export const recordedBalance = {
  name: 'read_balance_recorded',
  text: `${known}
    select coalesce(e.balance_after_cents, 0) as available_cents,
      coalesce(e.pending_after_cents, 0) as pending_cents,
      coalesce(e.debt_after_cents, 0) as debt_cents,
      k.user_sequence as version, k.user_sequence, e.recorded_at as updated_at
    from known k
    left join ledger_entries e on e.user_id = $1::text and e.currency = $2::text
      and e.user_sequence = k.user_sequence`,
}

// Up to the instant entries count in the order in which they were recorded. Those that were recorded
// later and count from before it are few, and have an index of their own. The instant is taken from
// a row that is there already: PostgreSQL takes them for many, and would start workers to read these few.
export const effectiveBalance = {
  name: 'read_balance_effective',
  text: `${known}
    select coalesce(e.balance_after_cents, 0) + l.available_cents as available_cents,
      coalesce(e.pending_after_cents, 0) + l.pending_cents as pending_cents,
      coalesce(e.debt_after_cents, 0) + l.debt_cents as debt_cents,
      k.user_sequence + l.entries as version, k.user_sequence,
      greatest(e.recorded_at, l.recorded_at) as updated_at
    from known k
    cross join lateral (
      select coalesce(sum(e.amount_cents * f.available), 0)::bigint as available_cents,
        coalesce(sum(e.amount_cents * f.pending), 0)::bigint as pending_cents,
        coalesce(sum(e.amount_cents * f.debt), 0)::bigint as debt_cents,
        count(*) as entries, max(e.recorded_at) as recorded_at
      from ledger_entries e join ${flowTable} on f.flow = e.flow
      where e.user_id = $1::text and e.currency = $2::text and e.effective_at < e.recorded_at
        and e.effective_at <= $5::timestamptz and e.recorded_at > k.recorded_by
        and e.recorded_at <= $6::timestamptz and e.user_sequence <= $4::bigint
    ) l
    left join ledger_entries e on e.user_id = $1::text and e.currency = $2::text
      and e.user_sequence = k.user_sequence`,
}

interface BalanceAtRow {
  readonly available_cents: bigint
  readonly pending_cents: bigint
  readonly debt_cents: bigint
  readonly version: bigint
  readonly user_sequence: bigint
  readonly updated_at: Date | null
}

/** The balance of whom, and by which entries: those of the sequence up to `through`, all where it is absent. */
export interface BalanceOf {
  readonly userId: string
  readonly currency: string
  readonly through?: bigint
}

/** The largest bigint of PostgreSQL: later than any place in a sequence. */
export const throughAll = 2n ** 63n - 1n

/** The balance of a user at a moment; zeros where there was no entry by then. */
export async function balanceAt(
  pool: pg.Pool,
  { userId, currency, through = throughAll }: BalanceOf,
  moment: Moment,
): Promise<BalanceAt> {
  const at = utc(moment.at)
  const { rows } =
    moment.axis === 'recorded'
      ? await pool.query<BalanceAtRow>({
          ...recordedBalance,
          values: [userId, currency, at, through],
        })
      : await pool.query<BalanceAtRow>({
          ...effectiveBalance,
          values: [userId, currency, ...effectiveValues(at, { moment, through })],
        })
  const row = rows[0]
  if (!row) throw new Error('a balance at a moment is always one row')
  return {
    balance: {
      userId,
      currency,
      availableCents: row.available_cents,
      pendingCents: row.pending_cents,
      debtCents: row.debt_cents,
      expiringCents: 0n,
      version: row.version,
      isQuarantined: false,
    },
    sequence: row.user_sequence,
    updatedAt: row.updated_at?.toISOString() ?? null,
  }
}

function effectiveValues(
  at: string,
  { moment, through }: { moment: Moment & { axis: 'effective' }; through: bigint },
): unknown[] {
  const knownAt = moment.knownAt && utc(moment.knownAt)
  const recordedBy = knownAt !== null && knownAt < at ? knownAt : at
  return [recordedBy, through, at, knownAt ?? 'infinity']
}

/** In UTC: PostgreSQL takes fewer offsets than RFC 3339 has, and one form compares as text. */
function utc(instant: string): string {
  return new Date(instant).toISOString()
}
