import type pg from 'pg'
import { advisoryLocks } from '../database/session-lock.ts'
import { inTransaction } from '../database/transaction.ts'
import { Failure } from '../failure.ts'
import { accountMovements } from '../ledger/account-movements.ts'

const summingTimeoutMs = 600_000

/**
 * Closes the period that ends at `until` (RFC 3339 in UTC): from its commit on no entry can count from
 * before it. False where it was closed already. Fails with `period_closed` where a later one is, and
 * with `period_not_over`.
 */
export async function closePeriod(
  pool: pg.Pool,
  { until, closedAt, actor }: { until: string; closedAt: string; actor: string },
): Promise<boolean> {
  if (until > closedAt) {
    throw new Failure('period_not_over', `The period would end at ${until}; it is ${closedAt}.`)
  }
  return await inTransaction(pool, async (client) => {
    // Every save of entries reads this table in the statement that inserts them. The lock waits for
    // those under way, and those that come after it see the period.
    await client.query('lock table closed_periods in access exclusive mode')
    const { rows } = await client.query<{ closed_until: Date; is_same: boolean }>(
      `select closed_until, closed_until = $1::timestamptz as is_same
       from closed_periods where closed_until >= $1::timestamptz order by closed_until limit 1`,
      [until],
    )
    const later = rows[0]
    if (later?.is_same) return false
    if (later) {
      const detail = `Everything before ${later.closed_until.toISOString()} is closed.`
      throw new Failure('period_closed', detail)
    }
    await client.query(
      `insert into closed_periods (closed_until, closed_at, actor)
       values ($1::timestamptz, $2::timestamptz, $3::text)`,
      [until, closedAt, actor],
    )
    return true
  })
}

/**
 * Takes the sums of the closed periods that have none yet. It may read every entry, which is why it
 * is done after the period was closed; nothing that it sums can change any more. Where it was
 * interrupted, the next call does it.
 */
export function sumClosedPeriods(pool: pg.Pool, summedAt: string): Promise<void> {
  return inTransaction(pool, async (client) => {
    const { rowCount } = await client.query(
      `select from closed_periods c
       where not exists (select from summed_periods s where s.closed_until = c.closed_until)`,
    )
    if (rowCount === 0) return
    await client.query(`select set_config('statement_timeout', $1::text, true)`, [
      String(summingTimeoutMs),
    ])
    await client.query('select pg_advisory_xact_lock($1::integer)', [advisoryLocks.periodSums])
    // The driver's own timeout is made for short statements; @types/pg does not list it among the options of one query.
    const long = (text: string, values: unknown[]) =>
      client.query({ text, values, query_timeout: summingTimeoutMs } as pg.QueryConfig)
    await long(
      `insert into closed_period_sums (closed_until, account, currency, debits_cents, credits_cents)
       select c.closed_until, a.account, e.currency, sum(a.debits), sum(a.credits)
       from closed_periods c
       join ledger_entries e on e.effective_at < c.closed_until
       ${accountMovements}
       where not exists (select from summed_periods s where s.closed_until = c.closed_until)
       group by 1, 2, 3`,
      [],
    )
    await long(
      `insert into summed_periods (closed_until, summed_at)
       select c.closed_until, $1::timestamptz from closed_periods c
       where not exists (select from summed_periods s where s.closed_until = c.closed_until)`,
      [summedAt],
    )
  })
}
