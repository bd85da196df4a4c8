import type pg from 'pg'
import type { Queries } from '../journal/load-counters.ts'

/** The statements of the journal, for questions outside of it. */
export function poolQueries(pool: pg.Pool): Queries {
  return { query: ({ sql }, values) => pool.query({ text: sql, values: [...values] }) }
}
