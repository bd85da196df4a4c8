import type { Period } from '@pineos/contract/periods.ts'
import type pg from 'pg'

const periodsMax = 1_000

interface PeriodRow {
  readonly closed_until: Date
  readonly closed_at: Date
  readonly actor: string
  readonly summed_at: Date | null
  readonly sums: Period['sums']
}

/** The closed periods with their sums, latest first; the one that ends at `until` where it is given. */
export async function readPeriods(pool: pg.Pool, until: string | null): Promise<Period[]> {
  const { rows } = await pool.query<PeriodRow>(
    `select c.closed_until, c.closed_at, c.actor, s.summed_at, coalesce((
       select json_agg(json_build_object('account', account, 'currency', currency,
         'debits_cents', debits_cents, 'credits_cents', credits_cents) order by currency, account)
       from closed_period_sums p where p.closed_until = c.closed_until
     ), '[]') as sums
     from closed_periods c
     left join summed_periods s on s.closed_until = c.closed_until
     where $1::timestamptz is null or c.closed_until = $1::timestamptz
     order by c.closed_until desc
     limit ${periodsMax}`,
    [until],
  )
  return rows.map((row) => ({
    closed_until: row.closed_until.toISOString(),
    closed_at: row.closed_at.toISOString(),
    actor: row.actor,
    summed_at: row.summed_at?.toISOString() ?? null,
    sums: row.sums,
  }))
}
