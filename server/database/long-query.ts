import type pg from 'pg'

/** How long a proof over all entries may take. */
export const verificationTimeoutMs = 600_000

/** A query over everything: the driver's own timeout is made for short reads. */
export function longQuery<Row extends pg.QueryResultRow>(
  client: pg.ClientBase,
  text: string,
  values: readonly unknown[] = [],
): Promise<pg.QueryResult<Row>> {
  // @types/pg does not list the timeout among the options of one query.
  const config = {
    text,
    values: [...values],
    query_timeout: verificationTimeoutMs,
  } as pg.QueryConfig
  return client.query<Row>(config)
}
