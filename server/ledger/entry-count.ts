import type pg from 'pg'

/** How many entries there are, exactly and without a scan. */
export async function countAllEntries(pool: pg.Pool): Promise<number> {
  const { rows } = await pool.query<{ entries: string }>(
    'select coalesce(sum(entries), 0)::text as entries from ledger_totals',
  )
  return Number(rows[0]?.entries ?? 0)
}
