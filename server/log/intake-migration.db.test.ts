import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { assets } from '../assets.ts'
import { migrate } from '../database/migrate.ts'
import { verifyLedger } from '../ledger/verify.ts'
import { createEmptyDatabase } from '../testing/database.ts'
import { openSealer } from '../testing/log.ts'

const entries = 2_345

let database: Awaited<ReturnType<typeof createEmptyDatabase>>
let owner: pg.Pool

/** As the database was before there was a log. */
beforeAll(async () => {
  database = await createEmptyDatabase()
  owner = new pg.Pool({ connectionString: database.ownerConnectionString })
  await owner.query(
    'create table schema_migrations (version integer primary key, name text not null, checksum text not null, applied_at timestamptz not null default now())',
  )
  for (const name of readdirSync(assets.migrationsDir).sort()) {
    if (Number(name.slice(0, 4)) >= 5) continue
    const sql = readFileSync(join(assets.migrationsDir, name), 'utf8')
    await owner.query(sql)
    await owner.query('insert into schema_migrations values ($1, $2, $3)', [
      Number(name.slice(0, 4)),
      name,
      createHash('sha256').update(sql).digest('hex'),
    ])
  }
})
afterAll(async () => {
  await owner.end()
  await database.drop()
})

it('gets the entries that are there already into the log, in the order of their ids', async () => {
  await owner.query(
    `insert into ledger_entries (user_id, id, flow, entry_type, amount_cents, currency, debit_account,
       credit_account, user_sequence, balance_after_cents, pending_after_cents, debt_after_cents, idempotency_key, actor,
       metadata, effective_at, recorded_at)
     select 'early', ('01926f3c-7a10-7cc4-9a5e-' || lpad(to_hex(n), 12, '0'))::uuid, 'credit', 'credit', 1,
       'USD', 'program:default:rewards', 'user:early:available', n, n, 0, 0, 'key-' || n, 'key:test', '{}',
       now(), now()
     from generate_series(1, $1::integer) as n`,
    [entries],
  )
  const { applied } = await migrate({
    connectionString: database.ownerConnectionString,
    log: () => {},
  })
  expect(applied).toContain('0005-tamper-evidence.sql')
  const logFaults = async () => {
    const { checks, tree_size: size } = await verifyLedger(owner, { full: true })
    const log = checks.filter(({ name }) => /^(heads|leaves|entries_are)_/.test(name))
    return { size, faults: log.flatMap(({ faults }) => faults) }
  }
  expect(await logFaults()).toEqual({ size: 0, faults: [] })
  await openSealer(owner).sealNow()
  expect(await logFaults()).toEqual({ size: entries, faults: [] })
  const { rows } = await owner.query<{ first: string; last: string }>(
    `select (select entry_ids[1] from log_tile_entries where tile_index = 0) as first,
       (select entry_ids[cardinality(entry_ids)] from log_tile_entries order by tile_index desc limit 1) as last`,
  )
  expect(rows[0]).toEqual({
    first: '01926f3c-7a10-7cc4-9a5e-000000000001',
    last: `01926f3c-7a10-7cc4-9a5e-${entries.toString(16).padStart(12, '0')}`,
  })
})
