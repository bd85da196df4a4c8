import type pg from 'pg'

/**
 * Runs the work in one transaction on a connection of the pool: committed when it returns, rolled
 * back when it throws. For everything but the money path, which is the journal's.
 */
export async function inTransaction<Result>(
  pool: pg.Pool,
  work: (client: pg.PoolClient) => Promise<Result>,
): Promise<Result> {
  const client = await pool.connect()
  try {
    const result = await transactionOn(client, () => work(client))
    client.release()
    return result
  } catch (error) {
    // The state of the connection is not known after a failure: it is closed, which rolls back.
    client.release(true)
    throw error
  }
}

/** The same on a connection that the caller has; one that failed is the caller's to close. */
export async function transactionOn<Result>(
  client: pg.ClientBase,
  work: () => Promise<Result>,
): Promise<Result> {
  await client.query('begin')
  const result = await work()
  await client.query('commit')
  return result
}
