import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../testing/database.ts'
import { journalSession } from '../testing/journal.ts'
import type { JournalConnection, Statement } from './connection.ts'
import { JournalLink } from './link.ts'

const sleep: Statement = { name: 'test_sleep', sql: 'select pg_sleep(60)' }
const idleTimeout: Statement = {
  name: 'test_idle_timeout',
  sql: `select current_setting('idle_in_transaction_session_timeout') as value, current_user as role`,
}
const waitMs = 5_000

let database: TestDatabase
let owner: pg.Client

beforeAll(async () => {
  database = await createTestDatabase()
  owner = new pg.Client({ connectionString: database.ownerConnectionString })
  await owner.connect()
})
afterAll(async () => {
  await owner.end()
  await database.drop()
})

function linkWith(limits: Partial<ReturnType<typeof journalSession>['limits']> = {}): JournalLink {
  const session = journalSession(database.connectionString)
  return new JournalLink({ ...session, limits: { ...session.limits, ...limits } })
}

async function isThere({ identity }: JournalConnection): Promise<boolean> {
  const { rowCount } = await owner.query(
    'select from pg_stat_activity where pid = $1 and backend_start = $2',
    [identity.pid, identity.startedAt],
  )
  return rowCount === 1
}

describe('the link of the journal', () => {
  it('goes on with the connection that it has', async () => {
    const link = linkWith()
    const connection = await link.connection()
    expect(await link.connection()).toBe(connection)
    expect(await isThere(connection)).toBe(true)
    await link.drop()
    await vi.waitFor(async () => expect(await isThere(connection)).toBe(false), waitMs)
  })

  // Its transaction would keep its locks, and the same batch would wait for them when it runs again.
  it('ends a session that has lost its connection and goes on without knowing', async () => {
    const link = linkWith({ queryTimeoutMs: 500, statementTimeoutMs: 60_000 })
    const lost = await link.connection()
    await expect(lost.query(sleep, [])).rejects.toThrow('Query read timeout')
    await link.drop()
    expect(await isThere(lost)).toBe(true)
    const connection = await link.connection()
    expect(connection.identity).not.toEqual(lost.identity)
    await vi.waitFor(async () => expect(await isThere(lost)).toBe(false), waitMs)
    await link.drop()
  })

  it('leaves a session alone that only has the number of the lost one', async () => {
    const link = linkWith()
    const lost = await link.connection()
    Object.assign(lost.identity, { startedAt: new Date(0).toISOString() })
    await owner.query('select pg_terminate_backend($1)', [lost.identity.pid])
    await vi.waitFor(() => expect(lost.isBroken).toBe(true), waitMs)
    const bystander = await linkWith().connection()
    Object.assign(lost.identity, { pid: bystander.identity.pid })
    await link.connection()
    expect(await isThere(bystander)).toBe(true)
    await bystander.close()
    await link.drop()
  })

  // What a process holds that is gone without a word, the others wait for as long as this.
  it('opens sessions that are not idle inside of a transaction for long, in the role of the service', async () => {
    const link = linkWith({ idleInTransactionTimeoutMs: 60_000 })
    const { rows } = await (await link.connection()).query(idleTimeout, [])
    expect(rows).toEqual([{ value: '2s', role: 'pineos_service' }])
    await link.drop()
  })
})
