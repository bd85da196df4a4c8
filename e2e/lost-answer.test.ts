import { randomUUID } from 'node:crypto'
import { createTestDatabase, type TestDatabase } from '@pineos/server/testing/database.ts'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Answer, type Api, createApi } from './harness/api.ts'
import { withDatabase } from './harness/database.ts'
import { createLedger, type Ledger } from './harness/ledger.ts'
import { expectProblemDocument } from './harness/problem.ts'
import { expectProofOfZero } from './harness/proof-of-zero.ts'
import { publishRule } from './harness/rules.ts'
import { type RunningService, startService } from './harness/service.ts'
import { startTcpProxy, type TcpProxy } from './harness/tcp-proxy.ts'
import { until } from './harness/until.ts'

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
    env: { LOG_LEVEL: 'silent', DATABASE_LOCK_TIMEOUT_MS: '9000' },
  })
  api = createApi(service)
  ledger = createLedger(api)
})
afterAll(async () => {
  await expectProofOfZero(api)
  await service.stop()
  await proxy.stop()
  await database.drop()
})

const keyCount = 'select count(*)::integer as count from idempotency_records'

/**
 * Sends the request and breaks the connection to the database between the commit and its answer, so
 * that the service has to find out what became of it.
 */
async function losingTheAnswer(send: () => Promise<Answer>): Promise<Answer> {
  return withDatabase(database.connectionString, async (client) => {
    const count = async () => (await client.query<{ count: number }>(keyCount)).rows[0]?.count ?? 0
    const before = await count()
    // The commit has to wait for this table; by then all that it needs was loaded.
    await client.query('begin')
    await client.query('lock table idempotency_records in share mode')
    const answer = send()
    await until('the commit waits for the table', async () => {
      const { rowCount } = await client.query(
        `select from pg_stat_activity where wait_event_type = 'Lock'
           and application_name = 'pineos-journal' and datname = current_database()`,
      )
      return rowCount === 1
    })
    proxy.holdAnswers()
    await client.query('commit')
    await until('it was committed', async () => (await count()) > before)
    proxy.sever()
    return answer
  })
}

it('gives the first answer to a credit whose commit was not answered, and posts it once', async () => {
  const key = randomUUID()
  const answer = await losingTheAnswer(() => ledger.credit('ann', 5, {}, key))
  expect(answer.status).toBe(201)
  expect(answer.body.is_duplicate).toBe(false)
  const again = await ledger.credit('ann', 5, {}, key)
  expect(again.body).toEqual({ ...answer.body, is_duplicate: true })
  expect(await ledger.balance('ann')).toMatchObject({ balance_cents: 5, version: 1 })
})

it('gives a refusal as the first one', async () => {
  const answer = await losingTheAnswer(() => ledger.debit('ben', 5))
  expect(answer.body.code).toBe('insufficient_balance')
  expect(answer.headers.get('idempotent-replayed')).toBeNull()
})

it('pays an event once, and calls it new', async () => {
  await publishRule(api, 'lost')
  const event = { id: 'lost-1', type: 't', data: { story: 'lost', referrer_id: 'cleo' } }
  const answer = await losingTheAnswer(() => api.post('/api/v1/events', event, null))
  expect(answer.status).toBe(201)
  expect(answer.body).toMatchObject({ is_duplicate: false, decision: { rules_triggered: 1 } })
  expect(await ledger.balance('cleo')).toMatchObject({ balance_cents: 500, version: 1 })
})

it.each([
  ['posted', 3, [201, 201]],
  ['refused', 1_000, [409, 400]],
])(
  'tells of an atomic batch that was %s what it would have told',
  async (what, debit, statuses) => {
    const operations = [
      { operation: 'credit', amount_cents: 4 },
      { operation: 'debit', amount_cents: debit },
    ].map((operation) => ({ ...operation, user_id: `atom-${what}`, idempotency_key: randomUUID() }))
    const body = { operations, atomic: true }
    const answer = await losingTheAnswer(() => api.post('/api/v1/ledger/batch', body, null))
    const { results } = answer.body
    expect(results.map((result: { status: number }) => result.status)).toEqual(statuses)
    if (what === 'refused') expectProblemDocument(results[0].problem, 'batch_aborted')
    expect((await ledger.balance(`atom-${what}`)).version).toBe(what === 'posted' ? 2 : 0)
  },
)
