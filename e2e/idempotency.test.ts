import { randomUUID } from 'node:crypto'
import { createTestDatabase } from '@pineos/server/testing/database.ts'
import { describe, expect, it } from 'vitest'
import { type Api, createApi } from './harness/api.ts'
import { createLedger, type Ledger } from './harness/ledger.ts'
import { expectProblem } from './harness/problem.ts'
import { expectProofOfZero } from './harness/proof-of-zero.ts'
import { serveProved } from './harness/served.ts'
import { type RunningService, startService } from './harness/service.ts'

let service: RunningService
let api: Api
let ledger: Ledger

serveProved((served) => {
  ;({ service, api, ledger } = served)
})

/** Sends the body as this very text. */
function postText(text: string, key: string) {
  return api.send('/api/v1/ledger/credit', {
    method: 'POST',
    headers: {
      authorization: `Bearer ${service.apiKey}`,
      'content-type': 'application/json',
      'idempotency-key': key,
    },
    body: text,
  })
}

describe('the same request', () => {
  it('is the same with quotes around its key and without', async () => {
    const key = randomUUID()
    const first = await ledger.credit('quoted', 5, {}, `"${key}"`)
    expect(first.status).toBe(201)
    expect(first.body.data.idempotency_key).toBe(key)
    const second = await ledger.credit('quoted', 5, {}, key)
    expect(second.status).toBe(200)
    expect(second.body.data).toEqual(first.body.data)
  })

  it('is the same whatever the order of its members, its white space and the way of its numbers and letters', async () => {
    const key = randomUUID()
    const first = await postText(
      '{"user_id":"order","amount_cents":100,"metadata":{"a":1,"b":{"c":"é","d":2}}}',
      key,
    )
    expect(first.status).toBe(201)
    for (const text of [
      ' { "metadata" : { "b" : { "d" : 2, "c" : "é" }, "a" : 1 },\n"amount_cents":100,\t"user_id":"order" } ',
      '{"user_id":"\\u006frder","amount_cents":1e2,"metadata":{"a":1.0,"b":{"c":"\\u00e9","d":2}}}',
    ]) {
      const again = await postText(text, key)
      expect(again.status).toBe(200)
      expect(again.body).toEqual({ ...first.body, is_duplicate: true })
    }
  })

  it('has one effect when 20 of it come at once, and all get its answer', async () => {
    const key = randomUUID()
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => ledger.credit('crowd', 9, {}, key)),
    )
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1)
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(19)
    expect(new Set(answers.map(({ body }) => body.data.id))).toHaveLength(1)
    expect(await ledger.balance('crowd')).toMatchObject({ balance_cents: 9, version: 1 })
  })

  it('takes a key of 1 and of 255 visible characters', async () => {
    for (const key of ['~', `!${'k'.repeat(254)}`]) {
      const first = await ledger.credit('key-sizes', 1, {}, key)
      expect([first.status, first.body.data.idempotency_key]).toEqual([201, key])
    }
    const tooLong = await ledger.credit('key-sizes', 1, {}, 'k'.repeat(256))
    expectProblem(tooLong, 'idempotency_key_invalid')
  })

  // Rotation of a key must not turn a retry into a second payment.
  it('is the same with another API key of the same owner', async () => {
    const created = await api.post('/api/v1/keys', { name: 'Rotated', scopes: ['ledger:write'] })
    const rotated = createApi({ baseUrl: service.baseUrl, apiKey: created.body.secret })
    const key = randomUUID()
    const first = await ledger.credit('rotation', 12, {}, key)
    const again = await createLedger(rotated).credit('rotation', 12, {}, key)
    expect(again.status).toBe(200)
    // The answer is that of the first request, so it still names the key that made it.
    expect(again.body.data).toEqual(first.body.data)
  })

  it('is the same after the service was started again', async () => {
    const database = await createTestDatabase()
    const options = { databaseUrl: database.connectionString, apiKey: service.apiKey }
    const key = randomUUID()
    const before = await startService(options)
    const first = await createLedger(createApi(before)).credit('restarted', 70, {}, key)
    const refused = await createLedger(createApi(before)).debit('restarted', 71, {}, `${key}-debit`)
    await before.stop()
    const after = await startService(options)
    const again = await createLedger(createApi(after)).credit('restarted', 70, {}, key)
    expect(again.body).toEqual({ ...first.body, is_duplicate: true })
    const stillRefused = await createLedger(createApi(after)).debit(
      'restarted',
      71,
      {},
      `${key}-debit`,
    )
    expect(stillRefused.headers.get('idempotent-replayed')).toBe('true')
    expect({ ...stillRefused.body, request_id: '' }).toEqual({ ...refused.body, request_id: '' })
    await expectProofOfZero(createApi(after))
    await after.stop()
    await database.drop()
  })
})

describe('another request under a used key is refused', () => {
  const first = { user_id: 'first', amount_cents: 100, metadata: { a: 1 } }

  it.each([
    ['another amount', 'credit', { ...first, amount_cents: 101 }, ['amount_cents']],
    ['another user', 'credit', { ...first, user_id: 'other' }, ['user_id']],
    ['other metadata', 'credit', { ...first, metadata: { a: 2 } }, ['metadata']],
    ['a field more', 'credit', { ...first, reward_id: 'r' }, ['reward_id']],
    ['a field less', 'credit', { user_id: 'first', amount_cents: 100 }, ['metadata']],
    ['the default currency by name', 'credit', { ...first, currency: 'USD' }, ['currency']],
    ['another route', 'debit', first, ['operation']],
    [
      'another route and body',
      'reverse',
      { entry_id: '01926f3c-7a10-7cc4-9a5e-0c6a5f6f3b11', reason: 'r' },
      ['amount_cents', 'entry_id', 'metadata', 'operation', 'reason', 'user_id'],
    ],
  ])('with %s', async (_what, operation, body, fields) => {
    const key = randomUUID()
    expect((await api.post('/api/v1/ledger/credit', first, key)).status).toBe(201)
    const before = await ledger.entryCount()
    const answer = await api.post(`/api/v1/ledger/${operation}`, body, key)
    expect(expectProblem(answer, 'idempotency_key_reused').fields).toEqual(fields)
    expect(await ledger.entryCount()).toBe(before)
    const original = await api.post('/api/v1/ledger/credit', first, key)
    expect(original.status).toBe(200)
  })
})

describe('a business refusal is remembered', () => {
  it('of a debit, also once the balance would allow it', async () => {
    const key = randomUUID()
    const first = await ledger.debit('poor', 500, {}, key)
    expectProblem(first, 'insufficient_balance')
    expect(first.headers.get('idempotent-replayed')).toBeNull()
    await ledger.credit('poor', 1_000)
    const again = await ledger.debit('poor', 500, {}, key)
    const problem = expectProblem(again, 'insufficient_balance')
    expect(again.headers.get('idempotent-replayed')).toBe('true')
    expect(problem).toMatchObject({ available_cents: 0, required_cents: 500 })
    expect(await ledger.balance('poor')).toMatchObject({ balance_cents: 1_000, version: 1 })
    expect((await ledger.debit('poor', 500)).status).toBe(201)
  })

  it('of an entry that is not there, and of one in the wrong state', async () => {
    const missing = randomUUID()
    const credited = await ledger.credit('stateful', 40)
    await ledger.reverse(credited.body.data.id)
    for (const [entryId, code] of [
      [missing, 'entry_not_found'],
      [credited.body.data.id, 'already_reversed'],
    ] as const) {
      const key = randomUUID()
      const first = await ledger.reverse(entryId, {}, key)
      expectProblem(first, code)
      expect(first.headers.get('idempotent-replayed')).toBeNull()
      const again = await ledger.reverse(entryId, {}, key)
      expectProblem(again, code)
      expect(again.headers.get('idempotent-replayed')).toBe('true')
    }
  })

  it('of another request, which the key then refuses', async () => {
    const key = randomUUID()
    await ledger.debit('once-poor', 500, {}, key)
    const other = await ledger.credit('once-poor', 500, {}, key)
    expectProblem(other, 'idempotency_key_reused')
  })
})

describe('the key stays free', () => {
  it('after a request that was not valid', async () => {
    const key = randomUUID()
    expectProblem(await ledger.credit('careless', -1, {}, key), 'validation_failed')
    expectProblem(await postText('{"user_id":', key), 'body_malformed')
    expect((await ledger.credit('careless', 1, {}, key)).status).toBe(201)
  })

  it('after a request without the right to make it', async () => {
    const key = randomUUID()
    const stranger = createApi({ baseUrl: service.baseUrl, apiKey: 'no-such-key-anywhere' })
    expectProblem(await createLedger(stranger).credit('careless', 1, {}, key), 'api_key_invalid')
    const { body } = await api.post('/api/v1/keys', { name: 'Reader', scopes: ['ledger:read'] })
    const reader = createApi({ baseUrl: service.baseUrl, apiKey: body.secret })
    expectProblem(await createLedger(reader).credit('careless', 1, {}, key), 'scope_missing')
    expect((await ledger.credit('careless', 1, {}, key)).status).toBe(201)
  })
})
