import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTestDatabase } from '../testing/database.ts'
import { journalSession } from '../testing/journal.ts'
import { journalSessionConfig, type Statement } from './connection.ts'
import { loadStatements } from './load.ts'
import { loadBalancesStatements } from './load-balances.ts'
import { loadCountersStatements } from './load-counters.ts'
import { loadEventsStatements } from './load-events.ts'
import { loadHoldsStatements } from './load-holds.ts'
import { saveBalancesStatements } from './save-balances.ts'
import { saveHoldsStatements } from './save-holds.ts'
import { savePositionsStatements } from './save-positions.ts'

const hotStatements = [
  ...loadStatements,
  ...loadBalancesStatements,
  ...loadEventsStatements,
  ...saveBalancesStatements,
  ...savePositionsStatements,
  ...loadCountersStatements,
  ...loadHoldsStatements,
  ...saveHoldsStatements,
]

describe('the plans of the journal', () => {
  let database: Awaited<ReturnType<typeof createTestDatabase>>
  let client: pg.Client

  beforeAll(async () => {
    database = await createTestDatabase()
    client = new pg.Client(journalSessionConfig(journalSession(database.connectionString)))
    await client.connect()
  })
  afterAll(async () => {
    await client.end()
    await database.drop()
  })

  // A plan that was cached while the tables were empty is kept; it must be the right one even then.
  it.each(hotStatements.map((statement) => [statement.name, statement] as const))(
    '%s finds its rows by index, planned on empty tables',
    async (_name, statement) => {
      const plan = await explain(client, statement)
      expect(plan).toMatch(/Index (Only )?Scan/)
      expect(plan).not.toMatch(/Seq Scan/)
      expect(plan).not.toMatch(/Hash|Merge/)
    },
  )
})

async function explain(client: pg.Client, { name, sql }: Statement): Promise<string> {
  const parameters = Math.max(0, ...[...sql.matchAll(/\$(\d+)/g)].map((match) => Number(match[1])))
  await client.query(`prepare ${name} as ${sql}`)
  const values = Array.from({ length: parameters }, () => 'null').join(', ')
  const { rows } = await client.query<{ 'QUERY PLAN': string }>(
    `explain execute ${name}${parameters > 0 ? ` (${values})` : ''}`,
  )
  return rows.map((row) => row['QUERY PLAN']).join('\n')
}
