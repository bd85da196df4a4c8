import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { createClient, ProblemError } from './client.ts'

interface Seen {
  readonly method: string | undefined
  readonly url: string | undefined
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

let server: Server | undefined
const seen: Seen[] = []

/** A server that gives the prepared answers one after the other; `reset` breaks the connection. */
async function serve(
  ...answers: readonly (readonly [status: number, body: unknown, type?: string] | 'reset')[]
): Promise<string> {
  seen.length = 0
  server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk) => (body += String(chunk)))
    request.on('end', () => {
      const answer = answers[seen.length] ?? [500, {}]
      seen.push({ method: request.method, url: request.url, headers: request.headers, body })
      if (answer === 'reset') return void request.socket.destroy()
      const [status, content, type] = answer
      response.writeHead(status, {
        'content-type': type ?? (status < 400 ? 'application/json' : 'application/problem+json'),
      })
      response.end(JSON.stringify(content))
    })
  })
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

afterEach(() => {
  server?.closeAllConnections()
  server?.close()
})

const problem = {
  type: 'x',
  title: 't',
  status: 409,
  detail: 'd',
  code: 'already_reversed',
  request_id: 'r',
}

describe('the client', () => {
  it('sends path, query, key and body as the contract says, and gives status and body', async () => {
    const baseUrl = await serve([200, { balance_cents: 5 }], [201, { is_duplicate: false }])
    const client = createClient({ baseUrl, apiKey: 'secret' })
    const balance = await client.getBalance({
      parameters: { user_id: 'a/ü' },
      query: { currency: 'USD' },
    })
    expect(balance.status).toBe(200)
    expect(seen[0]).toMatchObject({
      method: 'GET',
      url: '/api/v1/ledger/balance/a%2F%C3%BC?currency=USD',
    })
    expect(seen[0]?.headers.authorization).toBe('Bearer secret')
    const posted = await client.credit({
      body: { user_id: 'a', amount_cents: 1 },
      idempotencyKey: 'mine',
    })
    expect(posted).toMatchObject({ status: 201, body: { is_duplicate: false } })
    expect(seen[1]).toMatchObject({ method: 'POST', body: '{"user_id":"a","amount_cents":1}' })
    expect(seen[1]?.headers['idempotency-key']).toBe('mine')
  })

  it('fails with the problem where the service refuses', async () => {
    const baseUrl = await serve([409, problem])
    const refused = createClient({ baseUrl }).credit({ body: { user_id: 'a', amount_cents: 1 } })
    await expect(refused).rejects.toBeInstanceOf(ProblemError)
    await expect(refused).rejects.toMatchObject({ problem })
  })

  it('repeats a money request under one key after a lost connection and after 503', async () => {
    const baseUrl = await serve('reset', [503, { ...problem, status: 503 }], [201, {}])
    await createClient({ baseUrl }).debit({ body: { user_id: 'a', amount_cents: 1 } })
    const keys = seen.map((request) => request.headers['idempotency-key'])
    expect(keys).toHaveLength(3)
    expect(keys[0]).toMatch(/^[0-9a-f-]{36}$/)
    expect(new Set(keys).size).toBe(1)
  })

  it('gives up after the attempts it was given', async () => {
    const baseUrl = await serve('reset', 'reset', [200, {}])
    await expect(createClient({ baseUrl, attemptsMax: 2 }).livez({})).rejects.toThrow()
    expect(seen).toHaveLength(2)
  })

  it('gives a declared 503 at once instead of asking again', async () => {
    const notReady = { status: 'not_ready', checks: {} }
    const baseUrl = await serve([503, notReady, 'application/json'], [200, {}])
    const answer = await createClient({ baseUrl }).readyz({})
    expect(answer).toMatchObject({ status: 503, body: notReady })
    expect(seen).toHaveLength(1)
  })

  it('never repeats what could be done twice', async () => {
    const baseUrl = await serve([503, { ...problem, status: 503 }], [201, {}])
    const created = createClient({ baseUrl }).createKey({
      body: { name: 'x', scopes: ['ledger:read'] },
    })
    await expect(created).rejects.toBeInstanceOf(ProblemError)
    expect(seen).toHaveLength(1)
  })

  it('does not take an answer that the route never gives', async () => {
    const baseUrl = await serve([202, {}])
    await expect(createClient({ baseUrl }).livez({})).rejects.toThrow('never answers')
  })

  it('says that it reads JSON where another form was asked for', async () => {
    const baseUrl = await serve([200, 'line,user_sequence', 'text/csv; charset=utf-8'])
    const statement = createClient({ baseUrl }).getStatement({
      parameters: { user_id: 'a' },
      query: { format: 'csv' },
    })
    await expect(statement).rejects.toThrow('the client reads JSON')
  })
})
