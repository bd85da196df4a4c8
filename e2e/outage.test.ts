import { randomUUID } from 'node:crypto'
import { createTestDatabase, type TestDatabase } from '@pineos/server/testing/database.ts'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type Api, createApi } from './harness/api.ts'
import { withDatabase } from './harness/database.ts'
import { createLedger, type Ledger } from './harness/ledger.ts'
import { expectProblem, expectProblemDocument } from './harness/problem.ts'
import { expectProofOfZero } from './harness/proof-of-zero.ts'
import { requestHead, sendRaw } from './harness/raw-socket.ts'
import { type RunningService, startService } from './harness/service.ts'
import { startTcpProxy, type TcpProxy } from './harness/tcp-proxy.ts'
import { until } from './harness/until.ts'

const queueMax = 3

let database: TestDatabase
let proxy: TcpProxy
let service: RunningService
let api: Api
let ledger: Ledger

beforeAll(async () => {
  database = await createTestDatabase()
  proxy = await startTcpProxy(database.connectionString)
  service = await startService({
    databaseUrl: proxy.databaseUrl,
    env: {
      LOG_LEVEL: 'silent',
      REQUEST_TIMEOUT_MS: '1000',
      JOURNAL_DEADLINE_MS: '700',
      JOURNAL_QUEUE_MAX: String(queueMax),
    },
  })
  api = createApi(service)
  ledger = createLedger(api)
})
afterEach(async () => {
  await until('the service is ready again', async () => {
    return (await api.send('/readyz', {})).status === 200
  })
})
afterAll(async () => {
  await expectProofOfZero(api)
  await service.stop()
  await proxy.stop()
  await database.drop()
})

/** While the work runs nothing reaches the database, and nobody says so. */
async function whilePaused<Result>(work: () => Promise<Result>): Promise<Result> {
  proxy.pause()
  try {
    return await work()
  } finally {
    proxy.resume()
  }
}

describe('while the database cannot be reached', () => {
  it('reads are refused, the health endpoints say so, and the process stays alive', async () => {
    await ledger.credit('ann', 5)
    await proxy.cut()
    const answer = await api.get('/api/v1/ledger/balance/ann')
    expectProblem(answer, 'database_unavailable')
    expect(answer.headers.get('retry-after')).toMatch(/^\d+$/)
    expectProblem(await api.get('/api/v1/rules'), 'database_unavailable')
    expectProblem(await api.get('/api/v1/ledger/verify'), 'database_unavailable')
    const stranger = createApi({ baseUrl: service.baseUrl, apiKey: `unknown-${randomUUID()}` })
    expectProblem(await stranger.get('/api/v1/rules'), 'database_unavailable')

    const health = await api.send('/health', {})
    expect([health.status, health.body.status]).toEqual([503, 'unhealthy'])
    const readiness = await api.send('/readyz', {})
    expect(readiness.status).toBe(503)
    expect(readiness.body).toEqual({
      status: 'not_ready',
      checks: { database: false, migrations: false, journal: false, accepting: true },
      details: {
        journal: { waiting: expect.any(Number), waiting_max: queueMax },
        proof_of_zero: null,
      },
    })
    expect((await api.send('/livez', {})).status).toBe(200)

    await proxy.mend()
    await until('the database is reached again', async () => {
      return (await api.get('/api/v1/ledger/balance/ann')).status === 200
    })
    expect(await ledger.balance('ann')).toMatchObject({ balance_cents: 5 })
  })

  it('a posting whose outcome is not known is said to be so, and the retry tells the truth', async () => {
    const key = randomUUID()
    const answer = await whilePaused(() => ledger.credit('ben', 7, {}, key))
    expectProblem(answer, 'outcome_unknown')
    expect(answer.headers.get('retry-after')).toMatch(/^\d+$/)
    let retried = answer
    await until('the retry has an answer', async () => {
      retried = await ledger.credit('ben', 7, {}, key)
      return retried.status < 500
    })
    expect(retried.body.data).toMatchObject({ user_id: 'ben', amount_cents: 7 })
    expect(await ledger.balance('ben')).toMatchObject({ balance_cents: 7, version: 1 })
  })

  it('an event is not lost and not paid twice when its sender retries', async () => {
    await api.post('/api/v1/rules', {
      name: 'Always',
      rule_json: { always: true, actions: [{ type: 'credit', user: 'to', amount_cents: 3 }] },
    })
    const event = { id: 'outage-1', type: 'test', data: { to: 'cleo' } }
    const answer = await whilePaused(() => api.post('/api/v1/events', event, null))
    expectProblem(answer, 'outcome_unknown')
    await until('the retry has an answer', async () => {
      return (await api.post('/api/v1/events', event, null)).status < 500
    })
    expect(await ledger.balance('cleo')).toMatchObject({ balance_cents: 3, version: 1 })
  })
})

describe('with more work than it can take', () => {
  it('the service refuses what does not fit into its queue before any work', async () => {
    const operations = Array.from({ length: queueMax + 1 }, () => ({
      operation: 'credit',
      idempotency_key: randomUUID(),
      user_id: 'dora',
      amount_cents: 1,
    }))
    const body = { operations, atomic: true }
    const answer = await api.post('/api/v1/ledger/batch', body, null)
    expectProblem(answer, 'journal_overloaded')
    expect(answer.headers.get('retry-after')).toMatch(/^\d+$/)
    expect(await ledger.balance('dora')).toMatchObject({ version: 0 })
    const single = await api.post('/api/v1/ledger/batch', { operations }, null)
    const statuses = single.body.results.map((result: { status: number }) => result.status)
    expect(statuses).toEqual([...Array.from({ length: queueMax }, () => 201), 503])
    expectProblemDocument(single.body.results[queueMax].problem, 'journal_overloaded')
    expect(await ledger.balance('dora')).toMatchObject({ balance_cents: queueMax })
  })

  it('what was refused was not done, and its key is free', async () => {
    const keys = Array.from({ length: 12 }, () => randomUUID())
    const answers = await whilePaused(() =>
      Promise.all(keys.map((key) => ledger.credit('eve', 1, {}, key))),
    )
    const refused = keys.filter((_key, index) => answers[index]?.body.code === 'journal_overloaded')
    expect(refused.length).toBeGreaterThanOrEqual(keys.length - 2 * queueMax)
    await until('the queue is empty', async () => (await ledger.debit('eve', 9)).status < 500)
    const before = (await ledger.balance('eve')).version
    const [key] = refused
    expect((await ledger.credit('eve', 1, {}, key)).status).toBe(201)
    expect((await ledger.balance('eve')).version).toBe(before + 1)
  })
})

describe('a request that does not arrive', () => {
  it('is ended with an answer, whether its head or its body is missing', async () => {
    const head = ['POST /api/v1/ledger/credit HTTP/1.1', 'Host: localhost']
    const late = [
      sendRaw(service.baseUrl, `${head.join('\r\n')}\r\n`),
      sendRaw(
        service.baseUrl,
        requestHead([
          ...head,
          `Authorization: Bearer ${service.apiKey}`,
          'Content-Type: application/json',
          `Idempotency-Key: ${randomUUID()}`,
          'Content-Length: 100',
        ]),
      ),
    ]
    for (const answer of await Promise.all(late)) expectProblem(answer, 'request_timeout')
  })
})

describe('a posting that the database itself refuses', () => {
  it('fails alone, without a word of SQL, and its neighbours are posted', async () => {
    await withDatabase(database.connectionString, async (client) => {
      await client.query(`
        create function refuse_cursed() returns trigger language plpgsql as $$
        begin raise exception 'select secret from ledger_entries: cursed'; end $$;
        create trigger refuse_cursed before insert on ledger_entries
          for each row when (new.user_id = 'cursed') execute function refuse_cursed()`)
    })
    const operation = (user_id: string) => ({
      operation: 'credit',
      idempotency_key: randomUUID(),
      user_id,
      amount_cents: 4,
    })
    const { body } = await api.post(
      '/api/v1/ledger/batch',
      { operations: [operation('finn'), operation('cursed'), operation('gil')] },
      null,
    )
    expect(body.results.map((result: { status: number }) => result.status)).toEqual([201, 500, 201])
    expectProblemDocument(body.results[1].problem, 'internal_error')
    const key = randomUUID()
    expectProblem(await ledger.credit('cursed', 4, {}, key), 'internal_error')

    await withDatabase(database.connectionString, (client) =>
      client.query('drop trigger refuse_cursed on ledger_entries; drop function refuse_cursed'),
    )
    // Not remembered: what went wrong on our side is no answer to keep.
    expect((await ledger.credit('cursed', 4, {}, key)).status).toBe(201)
    for (const user of ['finn', 'cursed', 'gil']) {
      expect(await ledger.balance(user)).toMatchObject({ balance_cents: 4, version: 1 })
    }
  })
})
