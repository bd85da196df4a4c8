import { randomUUID } from 'node:crypto'
import type { Route } from '@pineos/contract/route.ts'
import { routes } from '@pineos/contract/routes.ts'
import { type Scope, scopeNames } from '@pineos/contract/scopes.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Answer, type Api, createApi } from './harness/api.ts'
import { type Fleet, startFleet } from './harness/fleet.ts'
import { createLedger } from './harness/ledger.ts'
import { expectProblem } from './harness/problem.ts'
import { expectProofOfZero } from './harness/proof-of-zero.ts'
import { startService } from './harness/service.ts'
import { until } from './harness/until.ts'

let fleet: Fleet
let api: Api
let baseUrl: string

beforeAll(async () => {
  fleet = await startFleet(2)
  api = fleet.api(0)
  baseUrl = fleet.services[0]?.baseUrl ?? ''
})
afterAll(async () => {
  await expectProofOfZero(api)
  await fleet.stop()
})

// Object.entries loses the type of the table; it is the only source of the routes.
const guarded = (Object.entries(routes) as [string, Route][]).filter(
  ([, route]) => route.scope !== 'public',
)

/** A request to the route with nothing in it that could be right. */
function call(route: Route, authorization: string | undefined): Promise<Answer> {
  const path = route.path.replaceAll(/\{\w+\}/g, randomUUID())
  return api.send(path, {
    method: route.method,
    headers: authorization === undefined ? {} : { authorization },
  })
}

async function createKey(scopes: readonly Scope[], by: Api = api): Promise<Answer['body']> {
  const { status, body } = await by.post('/api/v1/keys', { name: scopes.join(' '), scopes }, null)
  expect(status).toBe(201)
  return body
}

describe('every route that is not public', () => {
  it.each(guarded)('refuses %s without a key, and says how one is sent', async (_name, route) => {
    for (const authorization of [undefined, '', 'Basic YTpi', 'Bearer', 'Bearer a b']) {
      const answer = await call(route, authorization)
      expectProblem(answer, 'api_key_missing')
      expect(answer.headers.get('www-authenticate')).toBe('Bearer')
    }
  })

  it.each(guarded)('refuses %s with a key that nobody knows', async (_name, route) => {
    const unknown = [
      'x',
      `pk_${'a'.repeat(43)}`,
      'x'.repeat(2_000),
      "' or 1=1 --".replaceAll(' ', ''),
    ]
    for (const secret of unknown) {
      const answer = await call(route, `Bearer ${secret}`)
      expectProblem(answer, 'api_key_invalid')
      expect(JSON.stringify(answer.body)).not.toContain(secret.repeat(2))
    }
  })

  it('takes a key with its scope and refuses those with the others, naming what is missing', async () => {
    for (const scope of scopeNames) {
      const { secret } = await createKey([scope])
      for (const [, route] of guarded) {
        const answer = await call(route, `Bearer ${secret}`)
        if (route.scope === scope) {
          expect([401, 403]).not.toContain(answer.status)
        } else {
          expect(expectProblem(answer, 'scope_missing').detail).toContain(route.scope)
        }
      }
    }
  })
})

describe('public routes', () => {
  it.each([
    '/',
    '/health',
    '/livez',
    '/readyz',
    '/openapi.json',
    '/docs',
    '/redoc',
    '/docs/problems',
  ])('%s answers without a key', async (path) => {
    expect((await api.send(path, {})).status).toBe(200)
    expect((await api.send(path, { headers: { authorization: 'Bearer x' } })).status).toBe(200)
  })
})

describe('an API key', () => {
  it('is created with its secret shown once, works at once, and is listed without it', async () => {
    const answer = await api.post(
      '/api/v1/keys',
      { name: 'Shop 🌲', scopes: ['ledger:read'] },
      null,
    )
    expect(answer.headers.get('cache-control')).toBe('no-store')
    const { data, secret } = answer.body
    expect(data).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      name: 'Shop 🌲',
      owner_id: 'default',
      prefix: secret.slice(0, 11),
      scopes: ['ledger:read'],
      created_at: expect.stringMatching(/Z$/),
      last_used_at: null,
      revoked_at: null,
    })
    const shop = createApi({ baseUrl, apiKey: secret })
    expect((await shop.get('/api/v1/ledger/balance/alice')).status).toBe(200)
    const list = await api.get('/api/v1/keys')
    const listed = list.body.keys.find((key: { id: string }) => key.id === data.id)
    expect(listed).toMatchObject({ name: 'Shop 🌲', prefix: data.prefix })
    for (const hidden of [secret, fleet.services[0]?.apiKey]) {
      expect(JSON.stringify(list.body)).not.toContain(hidden)
    }
    expect(list.body.keys[0]).toMatchObject({ name: 'Bootstrap key', scopes: [...scopeNames] })
  })

  it('is accepted however the scheme is written', async () => {
    const { secret } = await createKey(['ledger:read'])
    for (const scheme of ['Bearer', 'bearer', 'BEARER', 'Bearer  ']) {
      const headers = { authorization: `${scheme} ${secret}` }
      expect((await api.send('/api/v1/ledger/balance/alice', { headers })).status).toBe(200)
    }
  })

  it('names the key that posted in the entry, never its secret', async () => {
    const { data, secret } = await createKey(['ledger:write'])
    const { body } = await createLedger(createApi({ baseUrl, apiKey: secret })).credit('actor', 1)
    expect(body.data.actor).toBe(`key:${data.id}`)
  })

  it('cannot grant more than it has', async () => {
    const { secret } = await createKey(['keys:write', 'ledger:read'])
    const deputy = createApi({ baseUrl, apiKey: secret })
    const before = (await api.get('/api/v1/keys')).body.keys.length
    const answer = await deputy.post('/api/v1/keys', {
      name: 'Raised',
      scopes: ['ledger:read', 'ledger:write'],
    })
    expect(expectProblem(answer, 'scope_missing').detail).toContain('ledger:write')
    expect((await api.get('/api/v1/keys')).body.keys).toHaveLength(before)
    const created = await createKey(['ledger:read'], deputy)
    expect(created.data.scopes).toEqual(['ledger:read'])
  })

  it('is refused once it is revoked: at once where that was asked, soon by the other processes', async () => {
    const { data, secret } = await createKey(['ledger:read'])
    const balance = '/api/v1/ledger/balance/alice'
    const keyed = fleet.services.map((service) =>
      createApi({ baseUrl: service.baseUrl, apiKey: secret }),
    )
    // Both processes know the key by now, so the second has to forget it by itself.
    for (const each of keyed) expect((await each.get(balance)).status).toBe(200)
    const revoked = await api.delete(`/api/v1/keys/${data.id}`)
    expect(revoked.status).toBe(200)
    expect(revoked.body).toMatchObject({ id: data.id, revoked_at: expect.stringMatching(/Z$/) })
    const [here, elsewhere] = keyed
    expectProblem((await here?.get(balance)) as Answer, 'api_key_invalid')
    await until('the other process refuses the key', async () => {
      return (await elsewhere?.get(balance))?.status === 401
    })
    const again = await api.delete(`/api/v1/keys/${data.id}`)
    expect(again.body.revoked_at).toBe(revoked.body.revoked_at)
  })

  it('that does not exist cannot be revoked', async () => {
    expectProblem(await api.delete(`/api/v1/keys/${randomUUID()}`), 'key_not_found')
    expectProblem(await api.delete('/api/v1/keys/17'), 'validation_failed')
  })

  it('of the configuration stays revoked when the service is started again', async () => {
    const { body } = await api.get('/api/v1/keys')
    const apiKey = `second-bootstrap-${randomUUID()}`
    const databaseUrl = fleet.databaseUrl
    const first = await startService({ databaseUrl, apiKey })
    expect((await createApi(first).get('/api/v1/keys')).body.keys).toHaveLength(
      body.keys.length + 1,
    )
    await first.stop()
    const { keys } = (await api.get('/api/v1/keys')).body
    await api.delete(`/api/v1/keys/${keys.at(-1).id}`)
    const second = await startService({ databaseUrl, apiKey })
    expectProblem(await createApi(second).get('/api/v1/keys'), 'api_key_invalid')
    expect(second.output()).not.toContain(apiKey)
    await second.stop()
  })
})

describe('answers', () => {
  it('carry a request id: the one that came with the request where it is a proper one', async () => {
    const withId = (id: string) => api.send('/nothing', { headers: { 'x-request-id': id } })
    const given = await withId('order-4711:retry.2')
    expect(given.headers.get('x-request-id')).toBe('order-4711:retry.2')
    expect(given.body.request_id).toBe('order-4711:retry.2')
    for (const improper of ['two words', 'x'.repeat(101), '<script>', '']) {
      const made = await withId(improper)
      expect(made.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/)
      expect(made.body.request_id).toBe(made.headers.get('x-request-id'))
    }
    const [one, other] = [await api.get('/api/v1/keys'), await api.get('/api/v1/keys')]
    expect(one.headers.get('x-request-id')).not.toBe(other.headers.get('x-request-id'))
  })

  it('forbid a browser to guess, to frame or to run anything', async () => {
    for (const path of ['/api/v1/keys', '/nothing', '/health']) {
      const { headers } = await api.get(path)
      expect(headers.get('x-content-type-options')).toBe('nosniff')
      expect(headers.get('content-security-policy')).toMatch(/default-src 'none'/)
      expect(headers.get('content-security-policy')).toMatch(/frame-ancestors 'none'/)
      expect(headers.get('x-powered-by')).toBeNull()
      expect(headers.get('server')).toBeNull()
    }
    const page = await api.send('/', { headers: { accept: 'text/html' } })
    const policy = page.headers.get('content-security-policy') ?? ''
    expect(policy).toMatch(/script-src 'self'(;|$)/)
    expect(page.body).not.toMatch(/<script(?![^>]*\bsrc=)[^>]*>/)
  })
})

describe('other origins', () => {
  const preflight = (to: Api, origin: string, method: string) =>
    to.send('/api/v1/keys', {
      method: 'OPTIONS',
      headers: {
        origin,
        'access-control-request-method': method,
        'access-control-request-headers': 'authorization,idempotency-key',
      },
    })

  it('are told nothing unless they are configured', async () => {
    const origin = 'https://evil.example'
    const answers = [
      await preflight(api, origin, 'POST'),
      await api.send('/health', { headers: { origin } }),
    ]
    for (const { headers } of answers) {
      expect(headers.get('access-control-allow-origin')).toBeNull()
    }
  })

  it('that are configured may call, by every method of the contract, and no others', async () => {
    const service = await startService({
      databaseUrl: fleet.databaseUrl,
      env: { CORS_ORIGINS: 'https://admin.example,http://localhost:5173' },
    })
    const open = createApi(service)
    for (const method of new Set(guarded.map(([, route]) => route.method))) {
      const { status, headers } = await preflight(open, 'https://admin.example', method)
      expect(status).toBe(204)
      expect(headers.get('access-control-allow-origin')).toBe('https://admin.example')
      expect(headers.get('access-control-allow-methods')?.split(/, */)).toContain(method)
      expect(headers.get('access-control-allow-headers')).toMatch(/idempotency-key/)
      expect(headers.get('access-control-allow-credentials')).toBeNull()
    }
    const foreign = await preflight(open, 'https://evil.example', 'POST')
    expect(foreign.headers.get('access-control-allow-origin')).toBeNull()
    const answer = await open.send('/health', { headers: { origin: 'http://localhost:5173' } })
    expect(answer.headers.get('access-control-allow-origin')).toBe('http://localhost:5173')
    expect(answer.headers.get('access-control-expose-headers')).toMatch(/Idempotent-Replayed/)
    expect(answer.headers.get('vary')).toMatch(/Origin/)
    await service.stop()
  })
})
