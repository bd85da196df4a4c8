import pg from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../testing/database.ts'
import { entryColumns, sections } from './sections.ts'

/** Tables that an export leaves out, each with the reason. */
const leftOut: Readonly<Record<string, string>> = {
  api_keys: 'secrets stay where they are',
  schema_migrations: 'the other database has its own',
  simulations: 'they can be run again',
  user_balances: 'computed from the entries and positions',
  account_stripes: 'computed from the entries',
  ledger_totals: 'computed from the entries',
  log_tree: 'computed from the entries',
  log_tiles: 'computed from the entries',
  log_tile_entries: 'computed from the entries',
  log_intake: 'sealed before the export',
  proof_progress: 'the other database begins anew',
  proof_results: 'the other database proves itself',
}

/** Columns that are left out of tables that are exported. */
const columnsLeftOut = new Set(['rule_set.singleton'])

let database: TestDatabase
let pool: pg.Pool

beforeAll(async () => {
  database = await createTestDatabase()
  pool = new pg.Pool({ connectionString: database.ownerConnectionString })
})
afterAll(async () => {
  await pool.end()
  await database.drop()
})

// A table or a column that a migration adds would otherwise be missing from every export, silently.
it('exports every column of every table, or says why not', async () => {
  const { rows } = await pool.query<{ table_name: string; column_name: string }>(
    `select table_name, column_name from information_schema.columns where table_schema = 'public'`,
  )
  const exported = new Map<string, ReadonlySet<string>>([
    ['ledger_entries', new Set(Object.keys(entryColumns))],
    ...sections.map(({ table, columns }) => [table, new Set(Object.keys(columns))] as const),
  ])
  const missing = rows.filter(({ table_name: table, column_name: column }) => {
    if (table in leftOut || columnsLeftOut.has(`${table}.${column}`)) return false
    return !exported.get(table)?.has(column)
  })
  expect(missing).toEqual([])
  expect(rows.length).toBeGreaterThan(100)
})
