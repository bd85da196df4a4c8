import { randomUUID } from 'node:crypto'
import type { ProblemCode } from '@pineos/contract/problems.ts'
import { describe, expect, it } from 'vitest'
import type { Answer, Api } from './harness/api.ts'
import type { Ledger } from './harness/ledger.ts'
import { expectProblem } from './harness/problem.ts'
import { serveProved } from './harness/served.ts'
import type { RunningService } from './harness/service.ts'

let service: RunningService
let api: Api
let ledger: Ledger

serveProved((served) => {
  ;({ service, api, ledger } = served)
})

function postCredit(body: string | Buffer, key: string, contentType = 'application/json') {
  return api.send('/api/v1/ledger/credit', {
    method: 'POST',
    headers: {
      authorization: `Bearer ${service.apiKey}`,
      'content-type': contentType,
      'idempotency-key': key,
    },
    body,
  })
}

/** The answer is the problem, nothing was stored, and the key can still be used. */
async function expectRefusedWithoutTrace(
  send: (key: string) => Promise<Answer>,
  code: ProblemCode,
): Promise<Answer['body']> {
  const key = randomUUID()
  const before = await ledger.entryCount()
  const problem = expectProblem(await send(key), code)
  expect(await ledger.entryCount()).toBe(before)
  expect((await ledger.credit('key-check', 1, {}, key)).status).toBe(201)
  return problem
}

const valid = { user_id: 'valid', amount_cents: 1 }

describe('a field that cannot be is refused with a pointer to it', () => {
  it.each([
    ['an amount of zero', '/amount_cents', { amount_cents: 0 }],
    ['a negative amount', '/amount_cents', { amount_cents: -100 }],
    ['half a cent', '/amount_cents', { amount_cents: 0.5 }],
    ['an amount beyond 2^53 - 1', '/amount_cents', { amount_cents: 2 ** 53 }],
    ['a vast amount', '/amount_cents', { amount_cents: 1e300 }],
    ['an amount in a text', '/amount_cents', { amount_cents: '100' }],
    ['an amount of null', '/amount_cents', { amount_cents: null }],
    ['an amount of true', '/amount_cents', { amount_cents: true }],
    ['an amount in a list', '/amount_cents', { amount_cents: [100] }],
    ['no amount', '/amount_cents', { amount_cents: undefined }],
    ['an unknown currency', '/currency', { currency: 'ZZZ' }],
    ['a currency in lower case', '/currency', { currency: 'usd' }],
    ['a currency of two letters', '/currency', { currency: 'US' }],
    ['a currency of null', '/currency', { currency: null }],
    ['a user without a name', '/user_id', { user_id: '' }],
    ['a user of 256 characters', '/user_id', { user_id: 'u'.repeat(256) }],
    ['a user of 256 emoji', '/user_id', { user_id: '🌲'.repeat(256) }],
    ['a user that is a number', '/user_id', { user_id: 7 }],
    ['a user of null', '/user_id', { user_id: null }],
    ['no user', '/user_id', { user_id: undefined }],
    ['a reward without a name', '/reward_id', { reward_id: '' }],
    ['a reward of 256 characters', '/reward_id', { reward_id: 'r'.repeat(256) }],
    ['an unknown status', '/reward_status', { reward_status: 'approved' }],
    ['metadata in a list', '/metadata', { metadata: [1] }],
    ['metadata in a text', '/metadata', { metadata: 'note' }],
    ['metadata of null', '/metadata', { metadata: null }],
    ['metadata beyond 16 KiB', '/metadata', { metadata: { note: 'x'.repeat(16_384) } }],
    ['an unknown property', '/amount', { amount: 1 }],
    ['the original name of metadata', '/extra_data', { extra_data: {} }],
    ['a property that every object has', '/toString', { toString: 1 }],
    ['a property with a slash', '/a~1b~0', { 'a/b~': 1 }],
  ])('%s', async (_what, pointer, change) => {
    const body = JSON.stringify({ ...valid, ...change })
    const problem = await expectRefusedWithoutTrace(
      (key) => postCredit(body, key),
      'validation_failed',
    )
    const errors: { pointer: string; code: string; detail: string }[] = problem.errors
    expect(errors.map((error) => error.pointer)).toContain(`/body${pointer}`)
    for (const error of errors) expect(error.detail).toMatch(/\.$/)
  })

  it('all at once where there are several', async () => {
    const answer = await postCredit('{"user_id":"","amount_cents":0,"note":1}', randomUUID())
    const { errors } = expectProblem(answer, 'validation_failed')
    expect(errors.map((error: { pointer: string }) => error.pointer).sort()).toEqual([
      '/body/amount_cents',
      '/body/note',
      '/body/user_id',
    ])
  })
})

describe('a body that cannot be kept as it was sent is refused', () => {
  const nested = (depth: number) =>
    `{"user_id":"deep","amount_cents":1,"metadata":${'{"a":'.repeat(depth - 2)}{}${'}'.repeat(depth - 2)}}`

  it.each<[string, string | Buffer, ProblemCode]>([
    ['an empty body', '', 'validation_failed'],
    ['null', 'null', 'validation_failed'],
    ['a list', `[${JSON.stringify(valid)}]`, 'validation_failed'],
    ['a text', '"credit"', 'validation_failed'],
    ['a number', '17', 'validation_failed'],
    ['half an object', '{"user_id":"a",', 'body_malformed'],
    ['something after the object', `${JSON.stringify(valid)} {}`, 'body_malformed'],
    ['single quotes', "{'user_id':'a','amount_cents':1}", 'body_malformed'],
    ['a comment', '{"user_id":"a",/* */"amount_cents":1}', 'body_malformed'],
    ['NaN', '{"user_id":"a","amount_cents":NaN}', 'body_malformed'],
    ['a number beyond all bounds', '{"user_id":"a","amount_cents":1e400}', 'body_malformed'],
    ['its negative', '{"user_id":"a","amount_cents":-1e400}', 'body_malformed'],
    ['a user with NUL', '{"user_id":"a\\u0000b","amount_cents":1}', 'body_malformed'],
    ['a raw NUL', '{"user_id":"a\0b","amount_cents":1}', 'body_malformed'],
    ['a lone surrogate', '{"user_id":"a\\ud83d","amount_cents":1}', 'body_malformed'],
    [
      'surrogates in the wrong order',
      '{"user_id":"\\udf32\\ud83c","amount_cents":1}',
      'body_malformed',
    ],
    [
      'NUL in a name',
      '{"user_id":"a","amount_cents":1,"metadata":{"\\u0000":1}}',
      'body_malformed',
    ],
    ['__proto__', '{"user_id":"a","amount_cents":1,"__proto__":{"x":1}}', 'body_malformed'],
    [
      '__proto__ in metadata',
      '{"user_id":"a","amount_cents":1,"metadata":{"__proto__":{}}}',
      'body_malformed',
    ],
    [
      'a masked __proto__',
      '{"user_id":"a","amount_cents":1,"\\u005f_proto__":{"x":1}}',
      'body_malformed',
    ],
    [
      'a constructor with a prototype',
      '{"user_id":"a","amount_cents":1,"constructor":{"prototype":{}}}',
      'body_malformed',
    ],
    ['nesting of 33 levels', nested(33), 'body_malformed'],
    ['nesting of 60,000 levels', nested(40_000), 'body_malformed'],
    ['a list of 60,000 levels', '['.repeat(60_000) + ']'.repeat(60_000), 'body_malformed'],
    [
      'bytes that are not UTF-8',
      Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d]),
      'body_malformed',
    ],
    [
      'a user in Latin-1',
      Buffer.from('{"user_id":"é","amount_cents":1}', 'latin1'),
      'body_malformed',
    ],
  ])('%s', async (_what, body, code) => {
    await expectRefusedWithoutTrace((key) => postCredit(body, key), code)
  })

  it('but not at 32 levels, nor metadata of just 16 KiB', async () => {
    expect((await postCredit(nested(32), randomUUID())).status).toBe(201)
    const metadata = { note: 'x'.repeat(16_384 - '{"note":""}'.length) }
    const body = JSON.stringify({ ...valid, metadata })
    expect((await postCredit(body, randomUUID())).status).toBe(201)
  })
})

describe('a media type other than JSON is refused', () => {
  it.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/xml',
    'application/jsonp',
    'nonsense',
  ])('%s', async (contentType) => {
    await expectRefusedWithoutTrace(
      (key) => postCredit(JSON.stringify(valid), key, contentType),
      'media_type_unsupported',
    )
  })

  it('but JSON with a charset is JSON', async () => {
    const type = 'application/json; charset=utf-8'
    expect((await postCredit(JSON.stringify(valid), randomUUID(), type)).status).toBe(201)
  })
})

describe('user ids', () => {
  it.each([
    ['one character', 'u'],
    ['255 characters', 'u'.repeat(255)],
    ['255 emoji', '🌲'.repeat(255)],
    ['emoji with joiners', '👩‍👩‍👧‍👦'],
    ['right-to-left text', 'مستخدم'],
    ['a slash, a percent sign and a colon', 'a/b%2Fc:d'],
    ['quotes and a semicolon', `x'; drop table ledger_entries; --"`],
    ['only white space', ' \t\n'],
    ['a dot', '..'],
    ['a name that objects have', '__proto__'],
  ])('of %s are kept as they are', async (_what, userId) => {
    const { status, body } = await ledger.credit(userId, 3)
    expect(status).toBe(201)
    expect(body.data.user_id).toBe(userId)
    const page = await api.get(`/api/v1/ledger/entries?user_id=${encodeURIComponent(userId)}`)
    expect(page.body.entries.map((entry: { id: string }) => entry.id)).toEqual([body.data.id])
    // A path segment of dots would be taken away by the client before it is sent.
    if (userId === '..') return
    expect(await ledger.balance(userId)).toMatchObject({ user_id: userId, balance_cents: 3 })
  })

  // Two ways to write one letter are two users: nobody may be paid by a likeness.
  it('are not made alike', async () => {
    await ledger.credit('caf\u00e9', 1)
    await ledger.credit('cafe\u0301', 2)
    expect(await ledger.balance('caf\u00e9')).toMatchObject({ balance_cents: 1 })
    expect(await ledger.balance('cafe\u0301')).toMatchObject({ balance_cents: 2 })
  })
})

describe('other operations refuse what cannot be', () => {
  const id = '01926f3c-7a10-7cc4-9a5e-0c6a5f6f3b11'

  it.each<[string, string, unknown, string]>([
    ['a reversal without a reason', 'reverse', { entry_id: id }, '/reason'],
    ['a reversal with an empty reason', 'reverse', { entry_id: id, reason: '' }, '/reason'],
    ['a reason of 501 characters', 'reverse', { entry_id: id, reason: 'r'.repeat(501) }, '/reason'],
    [
      'a reversal of zero',
      'reverse',
      { entry_id: id, reason: 'r', amount_cents: 0 },
      '/amount_cents',
    ],
    ['an entry that is no UUID', 'reverse', { entry_id: '17', reason: 'r' }, '/entry_id'],
    ['an entry that is SQL', 'reverse', { entry_id: "' or 1=1 --", reason: 'r' }, '/entry_id'],
    ['a confirmation of nothing', 'confirm', {}, '/entry_id'],
    ['a confirmation of a part', 'confirm', { entry_id: id, amount_cents: 1 }, '/amount_cents'],
    ['a debit with a reward', 'debit', { ...valid, reward_id: 'r' }, '/reward_id'],
    ['a debit of zero', 'debit', { ...valid, amount_cents: 0 }, '/amount_cents'],
  ])('%s', async (_what, operation, body, pointer) => {
    const problem = await expectRefusedWithoutTrace(
      (key) => api.post(`/api/v1/ledger/${operation}`, body, key),
      'validation_failed',
    )
    expect(problem.errors).toMatchObject([{ pointer: `/body${pointer}` }])
  })

  it.each<[string, string, unknown, string]>([
    ['an event without an id', '/api/v1/events', { type: 't', data: {} }, '/body/id'],
    ['an event with an empty id', '/api/v1/events', { id: '', type: 't', data: {} }, '/body/id'],
    [
      'an event of 256 characters',
      '/api/v1/events',
      { id: 'i'.repeat(256), type: 't', data: {} },
      '/body/id',
    ],
    ['an event without a type', '/api/v1/events', { id: 'i', data: {} }, '/body/type'],
    ['an event without data', '/api/v1/events', { id: 'i', type: 't' }, '/body/data'],
    [
      'data beyond 64 KiB',
      '/api/v1/events',
      { id: 'i', type: 't', data: { x: 'x'.repeat(65_536) } },
      '/body/data',
    ],
    [
      'a time that is none',
      '/api/v1/events',
      { id: 'i', type: 't', data: {}, occurred_at: '2027-02-29T00:00:00Z' },
      '/body/occurred_at',
    ],
    [
      'a time before the year 1',
      '/api/v1/events',
      { id: 'i', type: 't', data: {}, occurred_at: '0001-01-01T00:00:00+00:01' },
      '/body/occurred_at',
    ],
    [
      'a time after the year 9999',
      '/api/v1/events',
      { id: 'i', type: 't', data: {}, occurred_at: '9999-12-31T23:59:59-00:01' },
      '/body/occurred_at',
    ],
    [
      'a time without a zone',
      '/api/v1/events',
      { id: 'i', type: 't', data: {}, occurred_at: '2027-02-28T00:00:00' },
      '/body/occurred_at',
    ],
    [
      'an event id that is a number',
      '/api/v1/rules/evaluate',
      { event_data: { event_id: 7 } },
      '/body/event_data/event_id',
    ],
    ['an evaluation of nothing', '/api/v1/rules/evaluate', {}, '/body/event_data'],
    ['a rule without a name', '/api/v1/rules', { rule_json: {} }, '/body/name'],
    ['a rule that is a text', '/api/v1/rules', { name: 'n', rule_json: 'x' }, '/body/rule_json'],
    [
      'a key with an unknown scope',
      '/api/v1/keys',
      { name: 'n', scopes: ['all'] },
      '/body/scopes/0',
    ],
    ['a key without scopes', '/api/v1/keys', { name: 'n', scopes: [] }, '/body/scopes'],
    [
      'a key with a scope twice',
      '/api/v1/keys',
      { name: 'n', scopes: ['keys:read', 'keys:read'] },
      '/body/scopes',
    ],
  ])('%s', async (_what, path, body, pointer) => {
    const problem = expectProblem(await api.post(path, body), 'validation_failed')
    const pointers = problem.errors.map((error: { pointer: string }) => error.pointer)
    expect(pointers).toContain(pointer)
  })
})
