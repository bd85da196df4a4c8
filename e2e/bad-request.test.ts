import { randomUUID } from 'node:crypto'
import type { ProblemCode } from '@pineos/contract/problems.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Api, createApi } from './harness/api.ts'
import { createLedger, type Ledger } from './harness/ledger.ts'
import { expectProblem } from './harness/problem.ts'
import { expectProofOfZero } from './harness/proof-of-zero.ts'
import { requestHead, sendRaw } from './harness/raw-socket.ts'
import { type RunningService, startService } from './harness/service.ts'

let service: RunningService
let api: Api
let ledger: Ledger

beforeAll(async () => {
  service = await startService()
  api = createApi(service)
  ledger = createLedger(api)
})
afterAll(async () => {
  expect(await ledger.entryCount()).toBe(0)
  await expectProofOfZero(api)
  await service.stop()
})

describe('addresses', () => {
  it.each<[string, string, ProblemCode]>([
    ['an unknown route', '/api/v1/nothing', 'route_not_found'],
    ['a route of another version', '/api/v2/ledger/entries', 'route_not_found'],
    ['a route in capitals', '/API/V1/LEDGER/ENTRIES', 'route_not_found'],
    ['a balance of nobody', '/api/v1/ledger/balance/', 'route_not_found'],
    ['a percent sign alone', '/api/v1/ledger/balance/%', 'request_malformed'],
    ['half an escape', '/api/v1/ledger/balance/%e', 'request_malformed'],
    ['an escape that is not UTF-8', '/api/v1/ledger/balance/%ff', 'request_malformed'],
    ['a user with NUL', '/api/v1/ledger/balance/a%00b', 'validation_failed'],
    ['a user of 256 characters', `/api/v1/ledger/balance/${'u'.repeat(256)}`, 'validation_failed'],
    [
      'a user of 5,000 characters',
      `/api/v1/ledger/balance/${'u'.repeat(5_000)}`,
      'request_malformed',
    ],
    ['an entry that is no UUID', '/api/v1/ledger/entries/17', 'validation_failed'],
    ['a rule that is no UUID', '/api/v1/rules/17', 'validation_failed'],
    ['a source with NUL', '/api/v1/events/a%00/b', 'validation_failed'],
  ])('%s', async (_what, path, code) => {
    expectProblem(await api.get(path), code)
  })

  it('of files that are there for nobody', async () => {
    for (const path of ['/docs/assets/%00', '/assets/%00']) {
      expectProblem(await api.get(path), 'request_malformed')
    }
    for (const path of ['/docs/assets/..%2f..%2fmain.js', '/assets/..%2f..%2fpackage.json']) {
      expectProblem(await api.get(path), 'route_not_found')
    }
    const range = { range: 'bytes=99999999-' }
    const answer = await api.send('/docs/assets/swagger-ui.css', { headers: range })
    expectProblem(answer, 'request_malformed')
  })

  it('that ask for an escape in an unknown place are answered too', async () => {
    expectProblem(await api.get('/%ff'), 'request_malformed')
    expectProblem(await api.get('/nothing/a%00b'), 'route_not_found')
  })
})

describe('queries', () => {
  it.each([
    ['a page of nothing', 'entries?limit=0', '/query/limit'],
    ['a page beyond 1,000', 'entries?limit=1001', '/query/limit'],
    ['half a page', 'entries?limit=1.5', '/query/limit'],
    ['a page in words', 'entries?limit=ten', '/query/limit'],
    ['an empty limit', 'entries?limit=', '/query/limit'],
    ['a limit twice', 'entries?limit=1&limit=2', '/query/limit'],
    ['a negative offset', 'entries?offset=-1', '/query/offset'],
    ['an offset beyond a million', 'entries?offset=1000001', '/query/offset'],
    ['a cursor that no page has given', 'entries?cursor=bm90LWEtY3Vyc29y', '/query/cursor'],
    ['a cursor that is SQL', "entries?cursor=' or 1=1 --", '/query/cursor'],
    ['a cursor of 201 characters', `entries?cursor=${'c'.repeat(201)}`, '/query/cursor'],
    ['an empty cursor', 'entries?cursor=', '/query/cursor'],
    ['an empty user', 'entries?user_id=', '/query/user_id'],
    ['a user with NUL', 'entries?user_id=a%00b', '/query/user_id'],
    ['an unknown currency', 'entries?currency=ABC', '/query/currency'],
    ['an unknown type', 'entries?entry_type=confirm', '/query/entry_type'],
    ['an unknown filter', 'entries?user=alice', '/query/user'],
    ['a filter named __proto__', 'entries?__proto__=1', '/query/__proto__'],
    ['a currency in lower case', 'balance/alice?currency=usd', '/query/currency'],
    ['a time that is none', 'balance/alice?at=yesterday', '/query/at'],
    ['a time before the year 1', 'balance/alice?at=0001-01-01T00:00:00%2B00:01', '/query/at'],
    ['a time after the year 9999', 'balance/alice?at=9999-12-31T23:59:59-00:01', '/query/at'],
    ['a query where none is taken', 'accounts?currency=EUR', '/query/currency'],
    ['the 30th of February', 'balance/alice?at=2027-02-30T00:00:00Z', '/query/at'],
    ['a proof that is neither full nor not', 'verify?full=maybe', '/query/full'],
  ])('%s', async (_what, path, pointer) => {
    const answer = await api.get(`/api/v1/ledger/${path}`)
    const { errors } = expectProblem(answer, 'validation_failed')
    expect(new Set(errors.map((error: { pointer: string }) => error.pointer))).toEqual(
      new Set([pointer]),
    )
  })
})

describe('what is unusual and proper is taken', () => {
  it.each([
    'balance/alice?at=0001-01-01T00:00:00Z',
    'balance/alice?at=9999-12-31T23:59:59.999999999Z',
    'balance/alice?at=2027-01-01T00:00:00-23:59',
    'balance/alice?at=2027-01-01t00:00:00z',
    'entries?limit=1000&offset=1000000',
    'verify/?full=false',
  ])('%s', async (path) => {
    expect((await api.get(`/api/v1/ledger/${path}`)).status).toBe(200)
  })

  it.each([
    ['HTTP/1.0 without a host', ['GET /health HTTP/1.0']],
    ['an expectation', ['GET /health HTTP/1.1', 'Host: localhost', 'Expect: the-best']],
    [
      'an upgrade',
      ['GET /health HTTP/1.1', 'Host: localhost', 'Connection: Upgrade', 'Upgrade: websocket'],
    ],
    ['an absolute address', ['GET http://localhost/health HTTP/1.1', 'Host: localhost']],
  ])('%s', async (_what, lines) => {
    const answer = await sendRaw(service.baseUrl, requestHead(lines))
    expect(answer.body).toMatchObject({ status: 'healthy' })
  })
})

describe('a money request', () => {
  // Whoever believes that a parameter counts would be paid in another currency.
  it('is refused with a query, which it would pass over', async () => {
    const answer = await api.post('/api/v1/ledger/credit?currency=EUR', {
      user_id: 'queried',
      amount_cents: 1,
    })
    const { errors } = expectProblem(answer, 'validation_failed')
    expect(errors).toMatchObject([{ pointer: '/query/currency', code: 'unknown_property' }])
  })

  it('is refused with two keys', async () => {
    const body = '{"user_id":"two-keys","amount_cents":1}'
    const head = requestHead([
      'POST /api/v1/ledger/credit HTTP/1.1',
      'Host: localhost',
      `Authorization: Bearer ${service.apiKey}`,
      'Content-Type: application/json',
      `Content-Length: ${body.length}`,
      'Idempotency-Key: first',
      'Idempotency-Key: second',
    ])
    expectProblem(await sendRaw(service.baseUrl, head + body), 'idempotency_key_invalid')
  })
})

describe('methods', () => {
  it.each([
    ['PUT', '/api/v1/ledger/credit', 'POST'],
    ['GET', '/api/v1/ledger/credit/', 'POST'],
    ['PATCH', '/api/v1/rules', 'GET, POST'],
    ['DELETE', '/api/v1/ledger/entries/01926f3c-7a10-7cc4-9a5e-0c6a5f6f3b11', 'GET'],
    ['PUT', '/api/v1/keys/01926f3c-7a10-7cc4-9a5e-0c6a5f6f3b11', 'DELETE'],
    ['PUT', '/api/v1/rules/evaluate', 'GET, PATCH, POST'],
    ['POST', '/health', 'GET'],
    ['OPTIONS', '/api/v1/ledger/credit', 'POST'],
  ])('%s %s is refused with the methods that are taken', async (method, path, allowed) => {
    const authorization = `Bearer ${service.apiKey}`
    const answer = await api.send(path, { method, headers: { authorization } })
    expectProblem(answer, 'method_not_allowed')
    expect(answer.headers.get('allow')?.split(', ').sort().join(', ')).toBe(allowed)
  })

  it('nobody knows are refused on unknown routes as such', async () => {
    expectProblem(await api.send('/nothing', { method: 'DELETE' }), 'route_not_found')
  })
})

describe('what is not even HTTP', () => {
  it.each([
    ['words', 'hello there\r\n\r\n'],
    ['an unknown method', requestHead(['BREW /api/v1/ledger/entries HTTP/1.1', 'Host: localhost'])],
    ['a version that does not exist', requestHead(['GET / HTTP/9.9', 'Host: localhost'])],
    ['no host', requestHead(['GET /api/v1/ledger/entries HTTP/1.1', 'Accept: */*'])],
    ['a header without a colon', requestHead(['GET / HTTP/1.1', 'Host: localhost', 'broken'])],
    ['a header with NUL', requestHead(['GET / HTTP/1.1', 'Host: localhost', 'X-A: a\0b'])],
    [
      'headers beyond 16 KiB',
      requestHead(['GET / HTTP/1.1', 'Host: localhost', `X-A: ${'a'.repeat(20_000)}`]),
    ],
    [
      'a length that is none',
      requestHead(['POST / HTTP/1.1', 'Host: localhost', 'Content-Length: ten']),
    ],
    [
      'two lengths',
      requestHead(['POST / HTTP/1.1', 'Host: localhost', 'Content-Length: 1', 'Content-Length: 2']),
    ],
    [
      'a length beside chunks, as smugglers send it',
      requestHead([
        'POST / HTTP/1.1',
        'Host: localhost',
        'Content-Length: 5',
        'Transfer-Encoding: chunked',
      ]),
    ],
  ])('%s', async (_what, bytes) => {
    expectProblem(await sendRaw(service.baseUrl, bytes), 'request_malformed')
  })
})

describe('bodies that are too large', () => {
  const post = (path: string, headers: readonly string[]) =>
    requestHead([
      `POST ${path} HTTP/1.1`,
      'Host: localhost',
      `Authorization: Bearer ${service.apiKey}`,
      'Content-Type: application/json',
      `Idempotency-Key: ${randomUUID()}`,
      ...headers,
    ])

  it.each([
    ['/api/v1/ledger/credit', 256 * 1024],
    ['/api/v1/ledger/batch', 4 * 1024 * 1024],
    ['/api/v1/events', 256 * 1024],
    ['/api/v1/events/batch', 4 * 1024 * 1024],
  ])('are refused by %s before they are read', async (path, bytesMax) => {
    const announced = post(path, [`Content-Length: ${bytesMax + 1}`])
    expectProblem(await sendRaw(service.baseUrl, announced), 'body_too_large')
  })

  it('are refused where they do not say their size', async () => {
    const size = 256 * 1024 + 1
    const head = post('/api/v1/ledger/credit', ['Transfer-Encoding: chunked'])
    const chunk = `${size.toString(16)}\r\n${' '.repeat(size)}\r\n`
    expectProblem(await sendRaw(service.baseUrl, head + chunk), 'body_too_large')
  })

  it('are read up to the limit', async () => {
    const answer = await api.send('/api/v1/ledger/credit', {
      method: 'POST',
      headers: {
        authorization: `Bearer ${service.apiKey}`,
        'content-type': 'application/json',
        'idempotency-key': randomUUID(),
      },
      body: '{}'.padEnd(256 * 1024),
    })
    expectProblem(answer, 'validation_failed')
  })
})
