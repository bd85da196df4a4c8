import pg from 'pg'

const matchesMax = 1_000
const timeoutMs = 250

/**
 * The ids of all entries whose metadata contains the object, where they are few; undefined where they
 * are many or not found in short time. The index of metadata gives them in no order and all at once,
 * so it is of use for the rare alone. Has to come last in a transaction: it may leave it failed.
 */
export async function fewMatches(
  client: pg.ClientBase,
  metadata: Readonly<Record<string, unknown>>,
): Promise<readonly string[] | undefined> {
  await client.query(
    `select set_config('statement_timeout', $1::text, true), set_config('enable_bitmapscan', 'on', true)`,
    [String(timeoutMs)],
  )
  try {
    const { rows } = await client.query<{ id: string }>(
      `select e.id from ledger_entries e
       where e.metadata @> $1::jsonb and e.metadata <> '{}'::jsonb
       limit $2::integer`,
      [metadata, matchesMax + 1],
    )
    await client.query('set local statement_timeout to default')
    return rows.length > matchesMax ? undefined : rows.map(({ id }) => id)
  } catch (error) {
    // query_canceled
    if (error instanceof pg.DatabaseError && error.code === '57014') return undefined
    throw error
  }
}
