import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../testing/database.ts'
import { journalSession } from '../testing/journal.ts'
import { createProbe, type WritingHealth } from './probe.ts'
import { createPool } from './session.ts'

let database: TestDatabase
let pool: pg.Pool
let owner: pg.Client

beforeAll(async () => {
  database = await createTestDatabase()
  const session = journalSession(database.connectionString)
  pool = createPool({ ...session, connectionsMax: 1, onError: () => {} })
  owner = new pg.Client({ connectionString: database.ownerConnectionString })
  await owner.connect()
})
afterAll(async () => {
  await pool.end()
  await owner.end()
  await database.drop()
})

function isWritable(health: WritingHealth): Promise<boolean> {
  return createProbe({ pool, health, isAccepting: () => true }).isWritable()
}

async function temporaryBytes(): Promise<bigint> {
  // The one session of the pool tells the statistics at once what it has done.
  await pool.query('select pg_stat_force_next_flush()')
  const { rows } = await owner.query<{ temp_bytes: bigint }>(
    'select temp_bytes from pg_stat_database where datname = current_database()',
  )
  return rows[0]?.temp_bytes ?? 0n
}

describe('whether the database takes what is written', () => {
  it('is not asked where nothing speaks against it, and is known while a batch waits', async () => {
    const before = await temporaryBytes()
    expect(await isWritable({ isStuck: false, isDoubted: false })).toBe(true)
    expect(await isWritable({ isStuck: true, isDoubted: true })).toBe(false)
    expect(await temporaryBytes()).toBe(before)
  })

  // Were the rows kept in memory, a full disk would pass for one with room.
  it('is found out by bytes on the disk after a doubt', async () => {
    const before = await temporaryBytes()
    expect(await isWritable({ isStuck: false, isDoubted: true })).toBe(true)
    expect(await temporaryBytes()).toBeGreaterThan(before + 1_000_000n)
  })
})
