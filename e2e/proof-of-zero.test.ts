import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Api, createApi } from './harness/api.ts'
import { withDatabase } from './harness/database.ts'
import { createLedger, type Ledger } from './harness/ledger.ts'
import { expectProblem } from './harness/problem.ts'
import { type RunningService, startService } from './harness/service.ts'
import { until } from './harness/until.ts'

let service: RunningService
let api: Api
let ledger: Ledger

beforeAll(async () => {
  service = await startService({ env: { PROOF_ROUND_MS: '1000' } })
  api = createApi(service)
  ledger = createLedger(api)
})
afterAll(async () => {
  await service.stop()
})

/** As somebody who has the database in his hands: without triggers. */
async function setBalance(userId: string, cents: number): Promise<void> {
  await withDatabase(service.databaseUrl, async (client) => {
    await client.query("set session_replication_role = 'replica'")
    const set = 'update user_balances set available_cents = $2 where user_id = $1'
    expect((await client.query(set, [userId, cents])).rowCount).toBe(1)
  })
}

async function listed(query = ''): Promise<string[]> {
  const { body } = await api.get(`/api/v1/ledger/quarantines${query}`)
  return body.quarantines.map((quarantine: { user_id: string }) => quarantine.user_id)
}

const lift = (user_id: string, fields: object = {}) =>
  api.post('/api/v1/ledger/quarantines/lift', { user_id, reason: 'Restored', ...fields }, null)

async function metrics(): Promise<string> {
  const { status, body } = await api.get('/metrics')
  expect(status).toBe(200)
  return String(body)
}

describe('an account that contradicts its entries', () => {
  it('is stopped by the service itself, alone, until somebody lifts its quarantine', async () => {
    await ledger.credit('ann', 100)
    await ledger.credit('ben', 100)
    const key = randomUUID()
    await setBalance('ann', 1_000_100)
    await until('the account is in quarantine', async () => (await listed()).includes('ann'))

    // Neither what is not there nor what is can be spent, and nothing is remembered under the key.
    const refused = await ledger.debit('ann', 50, {}, key)
    expectProblem(refused, 'account_quarantined')
    expectProblem(await ledger.debit('ann', 50, {}, key), 'account_quarantined')
    expect(refused.headers.get('idempotent-replayed')).toBeNull()
    expectProblem(await ledger.credit('ann', 1), 'account_quarantined')
    const { body: batch } = await api.post('/api/v1/ledger/batch', {
      operations: ['ann', 'ben'].map((user_id) => ({
        operation: 'credit',
        idempotency_key: randomUUID(),
        user_id,
        amount_cents: 1,
      })),
    })
    expect(batch.results.map((result: { status: number }) => result.status)).toEqual([409, 201])
    expect((await ledger.credit('ben', 1)).status).toBe(201)

    // Ready all the same, and it shows.
    const ready = await api.send('/readyz', {})
    expect(ready.status).toBe(200)
    expect(ready.body.details.proof_of_zero).toMatchObject({
      ok: false,
      quarantined_accounts: 1,
      quarantine_faults: { balances_equal_entries: 1 },
    })
    const text = await metrics()
    expect(text).toMatch(/^pineos_quarantined_accounts 1$/m)
    expect(text).toMatch(
      /^pineos_proof_faults{proof="quarantine",check="balances_equal_entries"} 1$/m,
    )
    expect(text).toMatch(/^pineos_proof_ok{proof="quarantine"} 0$/m)
    expect(service.output()).toContain('an account was put in quarantine')

    const stillFaulty = expectProblem(await lift('ann'), 'account_still_faulty')
    expect(stillFaulty.detail).toContain('balance 1000100')
    await setBalance('ann', 100)
    const lifted = await lift('ann')
    expect(lifted.status).toBe(200)
    expect(lifted.body).toMatchObject({ user_id: 'ann', reason: 'Restored', lifted_over: [] })
    expect(lifted.body.lifted_by).toMatch(/^key:/)
    expect(await ledger.debit('ann', 50, {}, key)).toMatchObject({
      status: 201,
      body: { is_duplicate: false, data: { balance_after_cents: 50 } },
    })
    expect(await listed()).toEqual([])
    expect(await listed('?all=true&limit=5')).toEqual(['ann'])
    expectProblem(await lift('ann'), 'account_not_quarantined')
  })

  it('can be lifted by force, and the faults are kept with the reason', async () => {
    await ledger.credit('cleo', 100)
    await setBalance('cleo', 90)
    await until('the account is in quarantine', async () => (await listed()).includes('cleo'))
    const { status, body } = await lift('cleo', { force: true, reason: 'A known loss' })
    expect(status).toBe(200)
    expect(body.lifted_over).toEqual([expect.stringContaining('balance 90')])
    expect((await ledger.balance('cleo')).balance_cents).toBe(90)
    await setBalance('cleo', 100)
  })

  it('is lifted only by a key that may, for a reason', async () => {
    const created = await api.post('/api/v1/keys', { name: 'Reader', scopes: ['ledger:read'] })
    const reader = createApi({ baseUrl: service.baseUrl, apiKey: created.body.secret })
    const request = { user_id: 'ann', reason: 'No' }
    expectProblem(
      await reader.post('/api/v1/ledger/quarantines/lift', request, null),
      'scope_missing',
    )
    expect((await reader.get('/api/v1/ledger/quarantines')).status).toBe(200)
    expectProblem(await lift('ann', { reason: '' }), 'validation_failed')
  })
})

describe('the metrics', () => {
  it('need a key with their scope', async () => {
    expectProblem(await api.send('/metrics', {}), 'api_key_missing')
    const create = (scopes: string[]) => api.post('/api/v1/keys', { name: 'Scraper', scopes })
    const scraperOf = async (scopes: string[]) =>
      createApi({ baseUrl: service.baseUrl, apiKey: (await create(scopes)).body.secret })
    expectProblem(await (await scraperOf(['ledger:read'])).get('/metrics'), 'scope_missing')
    const answer = await (await scraperOf(['metrics:read'])).get('/metrics')
    expect(answer.status).toBe(200)
    expect(answer.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/)
  })

  it('tell of requests, journal, ledger, proofs and process', async () => {
    await ledger.credit('dan', 1)
    await api.get('/nothing/of/the/kind')
    expect((await api.get('/api/v1/ledger/verify')).body.ok).toBe(true)
    await until('the sums were looked at', async () =>
      (await metrics()).includes('pineos_proof_ok{proof="sums"}'),
    )
    const text = await metrics()
    const route = 'method="POST",route="/api/v1/ledger/credit",status="201"'
    const count = new RegExp(
      `^pineos_http_request_duration_seconds_count{${route}} ([1-9]\\d*)$`,
      'm',
    ).exec(text)
    expect(text).toContain(
      `pineos_http_request_duration_seconds_bucket{le="+Inf",${route}} ${count?.[1]}\n`,
    )
    expect(text).toMatch(/route="none",status="404"/)
    expect(text).not.toContain('of/the/kind')
    for (const line of [
      /^pineos_info{version="[^"]+"} 1$/,
      /^pineos_journal_queue_length 0$/,
      /^pineos_journal_queue_max 20000$/,
      /^pineos_journal_batch_size_count [1-9]/,
      /^pineos_journal_batch_duration_seconds_count [1-9]/,
      /^pineos_journal_clashes_total \d+$/,
      /^pineos_journal_outages_total 0$/,
      /^pineos_database_up 1$/,
      /^pineos_ledger_entries [1-9]\d*$/,
      /^pineos_proof_ok{proof="complete"} 1$/,
      /^pineos_proof_ok{proof="sums"} 1$/,
      /^pineos_proof_age_seconds{proof="(incremental|round|sums|complete)"} \d/,
      /^process_cpu_seconds_total \d/,
      /^nodejs_eventloop_lag_seconds \d/,
    ])
      expect(text).toMatch(new RegExp(line.source, 'm'))
  })

  it('are open to everybody where the operator has said so', async () => {
    const open = await startService({ env: { METRICS_PUBLIC: 'true' } })
    const answer = await createApi(open).send('/metrics', {})
    expect(answer.status).toBe(200)
    expect(answer.body).toContain('pineos_info')
    await open.stop()
  })
})
