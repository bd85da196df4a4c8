import type pg from 'pg'

/**
 * The numbers of the advisory locks, each a purpose: two purposes under one number would wait for each
 * other. The stripes and the writers' lock of the journal are pairs of numbers and so apart from these.
 */
export const advisoryLocks = {
  sealing: 30_212,
  maturity: 30_213,
  proof: 30_214,
  periodSums: 30_215,
  backfill: 30_216,
} as const

/**
 * Does the work on a connection of the pool while no other process does work under the same lock; gives
 * `otherwise` at once where one does. The lock belongs to the session: it goes with a process that dies,
 * and no transaction is open while it is held.
 */
export async function alone<Result>(
  pool: pg.Pool,
  { lock, otherwise }: { lock: number; otherwise: Result },
  work: (client: pg.PoolClient) => Promise<Result>,
): Promise<Result> {
  const client = await pool.connect()
  try {
    const { rows } = await client.query<{ is_held: boolean }>(
      'select pg_try_advisory_lock($1::integer) as is_held',
      [lock],
    )
    const isHeld = rows[0]?.is_held === true
    const result = isHeld ? await work(client) : otherwise
    if (isHeld) await client.query('select pg_advisory_unlock($1::integer)', [lock])
    client.release()
    return result
  } catch (error) {
    // The lock goes with the session, and so does a transaction that was not closed.
    client.release(true)
    throw error
  }
}
