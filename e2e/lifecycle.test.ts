import { randomUUID } from 'node:crypto'
import {
  createEmptyDatabase,
  createTestDatabase,
  type TestDatabase,
} from '@pineos/server/testing/database.ts'
import type pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Api, createApi } from './harness/api.ts'
import { withDatabase, withUrlParts } from './harness/database.ts'
import { createLedger } from './harness/ledger.ts'
import { expectProofOfZero } from './harness/proof-of-zero.ts'
import { type RunningService, startService } from './harness/service.ts'
import { until } from './harness/until.ts'

const lockUser = "select from user_balances where user_id = 'locked' for update"

describe('a service that is told to stop', () => {
  it('is alive and serves until its drain delay is over, while readiness says no', async () => {
    const service = await startService({ env: { DRAIN_DELAY_MS: '1500' } })
    const api = createApi(service)
    const ledger = createLedger(api)
    service.process.kill('SIGTERM')
    await until('readiness says no', async () => {
      return (await api.send('/readyz', {})).status === 503
    })
    const { body } = await api.send('/readyz', {})
    expect(body).toEqual({
      status: 'not_ready',
      checks: { database: true, migrations: true, journal: true, accepting: false },
      details: expect.objectContaining({
        proof_of_zero: expect.objectContaining({ ok: true, quarantined_accounts: 0 }),
      }),
    })
    expect((await api.send('/livez', {})).status).toBe(200)
    expect((await api.send('/health', {})).status).toBe(200)
    expect((await ledger.credit('late', 5)).status).toBe(201)
    await expectProofOfZero(api)
    expect(await service.stop()).toBe(0)
  })

  it('finishes what is under way, then ends with 0', async () => {
    const database = await createTestDatabase()
    const service = await startService({ databaseUrl: database.connectionString })
    const ledger = createLedger(createApi(service))
    await ledger.credit('locked', 1)
    const answer = await withDatabase(database.connectionString, async (client) => {
      // The journal has to wait for this row, so the credit is under way when the signal comes.
      await client.query('begin')
      await client.query(lockUser)
      const crediting = ledger.credit('locked', 10)
      await until('the credit waits for the row', async () => {
        const { rowCount } = await client.query(
          "select from pg_stat_activity where wait_event_type = 'Lock' and application_name = 'pineos-journal'",
        )
        return rowCount === 1
      })
      service.process.kill('SIGTERM')
      await until('the service says that it stops', () => service.output().includes('Stopping'))
      await client.query('rollback')
      return crediting
    })
    expect(answer.status).toBe(201)
    expect(await service.stop()).toBe(0)
    const stored = await withDatabase(database.connectionString, (client) =>
      client.query('select from ledger_entries where id = $1', [answer.body.data.id]),
    )
    expect(stored.rowCount).toBe(1)
    await database.drop()
  })

  it('loses and doubles nothing of a load that it is under', async () => {
    const database = await createTestDatabase()
    const options = { databaseUrl: database.connectionString, apiKey: `load-${randomUUID()}` }
    const first = await startService(options)
    const before = createLedger(createApi(first))
    const keys = Array.from({ length: 400 }, () => randomUUID())
    let answered = 0
    const sending = Promise.all(
      keys.map(async (key) => {
        try {
          return (await before.credit('load', 1, {}, key)).status
        } catch {
          return 'unanswered'
        } finally {
          answered += 1
        }
      }),
    )
    await until('the load is under way', () => answered > 0)
    const [statuses, code] = await Promise.all([sending, first.stop()])
    expect(code).toBe(0)

    const second = await startService(options)
    const after = createLedger(createApi(second))
    for (const [index, key] of keys.entries()) {
      const { status } = await after.credit('load', 1, {}, key)
      // What was acknowledged is there; what was not answered may or may not be.
      if (statuses[index] === 201) expect(status).toBe(200)
      else expect([200, 201]).toContain(status)
    }
    expect(await after.balance('load')).toMatchObject({
      balance_cents: keys.length,
      version: keys.length,
    })
    await expectProofOfZero(createApi(second))
    await second.stop()
    await database.drop()
  })
})

describe('an empty database', () => {
  it('is migrated once by three services that start at the same time', async () => {
    const database = await createEmptyDatabase()
    const options = { databaseUrl: database.connectionString, apiKey: `race-${randomUUID()}` }
    const services = await Promise.all([1, 2, 3].map(() => startService(options)))
    const applied = await withDatabase(database.connectionString, async (client) => {
      const { rows } = await client.query<{ version: number }>(
        'select version from schema_migrations order by version',
      )
      return rows.map((row) => row.version)
    })
    expect(applied).toEqual(applied.map((_version, index) => index + 1))
    expect(applied.length).toBeGreaterThan(0)
    for (const service of services) {
      const api = createApi(service)
      expect((await api.send('/readyz', {})).status).toBe(200)
      expect((await createLedger(api).credit('ann', 1)).status).toBe(201)
    }
    const [first] = services
    if (first) await expectProofOfZero(createApi(first))
    for (const service of services) expect(await service.stop()).toBe(0)
    await database.drop()
  })
})

describe('a database of somebody else', () => {
  const password = 'plain'
  const owner = `owner_${randomUUID().replaceAll('-', '')}`
  const narrow = `narrow_${randomUUID().replaceAll('-', '')}`
  let database: TestDatabase

  beforeAll(async () => {
    database = await createEmptyDatabase()
    await asSuperuser(async (client) => {
      for (const role of [owner, narrow]) {
        await client.query(`create role ${role} login password '${password}'`)
      }
    })
  })
  afterAll(async () => {
    const cluster = withUrlParts(database.connectionString, { database: 'postgres' })
    await database.drop()
    await withDatabase(cluster, (client) => client.query(`drop role ${owner}; drop role ${narrow}`))
  })

  const asSuperuser = <Result>(work: (client: pg.Client) => Promise<Result>) =>
    withDatabase(database.connectionString, work)
  const urlOf = (username: string) =>
    withUrlParts(database.connectionString, { username, password })

  async function expectWorking(service: RunningService): Promise<Api> {
    const api = createApi(service)
    const ledger = createLedger(api)
    const { status, body } = await ledger.credit('ann', 10)
    expect(status).toBe(201)
    expect((await ledger.reverse(body.data.id)).status).toBe(201)
    expect((await api.post('/api/v1/rules/seed-examples', undefined, null)).status).toBeLessThan(
      300,
    )
    const event = { id: randomUUID(), type: 't', data: {} }
    expect((await api.post('/api/v1/events', event, null)).status).toBe(201)
    expect((await api.post('/api/v1/keys', { name: 'k', scopes: ['keys:read'] })).status).toBe(201)
    await expectProofOfZero(api)
    return api
  }

  async function refusalOf(username: string, statement: string): Promise<string | undefined> {
    return withDatabase(urlOf(username), async (client) => {
      try {
        await client.query(statement)
        return undefined
      } catch (error) {
        return (error as pg.DatabaseError).code
      }
    })
  }

  it('does for a user who may create no roles: it says so once, and the triggers still refuse', async () => {
    await asSuperuser(async (client) => {
      const { rows } = await client.query<{ name: string }>('select current_database() as name')
      await client.query(`alter database ${rows[0]?.name} owner to ${owner}`)
    })
    const service = await startService({
      databaseUrl: urlOf(owner),
      env: { LOG_LEVEL: 'info' },
    })
    await expectWorking(service)
    expect(service.output().match(/may not create roles/g)).toHaveLength(1)
    expect(service.output()).not.toContain(password)
    expect(await service.stop()).toBe(0)
    for (const statement of [
      'update ledger_entries set amount_cents = 1',
      'delete from ledger_entries',
      'truncate ledger_entries',
    ]) {
      expect(await refusalOf(owner, statement)).toBe('23001')
    }
  })

  it('does for a narrow user, where another one may migrate', async () => {
    const service = await startService({
      databaseUrl: urlOf(narrow),
      env: { MIGRATION_DATABASE_URL: urlOf(owner), LOG_LEVEL: 'info' },
    })
    await expectWorking(service)
    expect(service.output()).not.toMatch(/may not create roles/)
    expect(await service.stop()).toBe(0)
    for (const statement of [
      'update ledger_entries set amount_cents = 1',
      'delete from ledger_entries',
      'truncate ledger_entries',
      'delete from user_balances',
      'alter table ledger_entries disable trigger all',
      'drop table ledger_entries',
    ]) {
      expect(await refusalOf(narrow, statement)).toBe('42501')
    }
  })
})
