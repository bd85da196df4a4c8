import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import type { EventResult } from '@pineos/contract/events.ts'
import { afterEach, expect, test } from 'vitest'
import { feed } from './feed.ts'
import { createSender } from './sender.ts'

interface Answer {
  readonly status: number
  readonly body: unknown
  readonly headers?: Readonly<Record<string, string>>
}

let close: () => Promise<void> = async () => {}
afterEach(() => close())

/** A service that answers as the test says, for what the real one does only when it is in trouble. */
async function serve(answer: (path: string, body: string) => Answer) {
  const requests: string[] = []
  const waits: object[] = []
  const server = createServer(async (request: IncomingMessage, response) => {
    const body = await text(request)
    requests.push(`${request.url?.split('/').at(-1)} ${body}`)
    const reply = answer(request.url ?? '', body)
    response.writeHead(reply.status, { 'content-type': 'application/json', ...reply.headers })
    response.end(JSON.stringify(reply.body))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  close = () =>
    new Promise((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  // The address of a server that listens on a port is never a path.
  const { port } = server.address() as AddressInfo
  const log = { warn: (fields: object) => void waits.push(fields) }
  return {
    requests,
    waits,
    sender: createSender({ baseUrl: `http://127.0.0.1:${port}`, apiKey: 'k', log }),
  }
}

async function statusesOf(sender: Parameters<typeof feed>[0], lines: readonly string[]) {
  const results: EventResult[] = []
  await feed(sender, lines, (some) => results.push(...some))
  return results.map((result) => result.status)
}

const isBatch = (path: string) => path.endsWith('/batch')
const accepted = (body: string): Answer => {
  const { events } = JSON.parse(body) as { events: unknown[] }
  return { status: 200, body: { results: events.map(() => ({ status: 201 })) } }
}
const busy: Answer = { status: 503, body: {}, headers: { 'retry-after': '0' } }

test('sends batches of two hundred, and alone what is no JSON, in order', async () => {
  const { sender, requests } = await serve((path, body) =>
    isBatch(path) ? accepted(body) : { status: 400, body: { code: 'body_malformed' } },
  )
  const statuses = await statusesOf(sender, [
    ...Array<string>(250).fill('{}'),
    '{"id":',
    '{}',
    '{}',
  ])
  expect(statuses).toEqual([...Array<number>(250).fill(201), 400, 201, 201])
  expect(requests.map((request) => request.split(' ')[0])).toEqual([
    'batch',
    'batch',
    'events',
    'batch',
  ])
  expect(requests[2]).toBe('events {"id":')
})

// One line with a NUL makes the whole body unacceptable: its neighbours must not suffer for it.
test('finds the line for which a batch is refused as a whole, and sends the others', async () => {
  const isBad = (body: string) => body.includes('bad')
  const { sender, requests } = await serve((path, body) => {
    if (isBad(body)) return { status: 400, body: { code: 'body_malformed' } }
    return isBatch(path) ? accepted(body) : { status: 201, body: {} }
  })
  const lines = Array.from({ length: 200 }, (_, index) => (index === 77 ? '{"id":"bad"}' : '{}'))
  const statuses = await statusesOf(sender, lines)
  expect(statuses).toEqual(lines.map((line) => (isBad(line) ? 400 : 201)))
  expect(requests.length).toBeLessThan(20)
})

test('sends an event of a batch again that had to wait', async () => {
  const { sender } = await serve((path) =>
    isBatch(path)
      ? { status: 200, body: { results: [{ status: 201 }, { status: 503 }, { status: 201 }] } }
      : { status: 201, body: {} },
  )
  expect(await statusesOf(sender, ['{}', '{}', '{}'])).toEqual([201, 201, 201])
})

test('waits as long as Retry-After says and tries again', async () => {
  let refusals = 3
  const { sender, waits } = await serve((_path, body) => (refusals-- > 0 ? busy : accepted(body)))
  expect(await statusesOf(sender, ['{}', '{}'])).toEqual([201, 201])
  expect(waits).toEqual([1, 2, 3].map((attempt) => ({ attempt, waitMs: 0 })))
})

test('gives up after ten attempts', async () => {
  const { sender, requests } = await serve(() => busy)
  await expect(statusesOf(sender, ['{}', '{}'])).rejects.toThrow('after 10 attempts')
  expect(requests).toHaveLength(10)
})

test('ends with the problem where the key is not accepted', async () => {
  const { sender } = await serve(() => ({
    status: 401,
    body: { code: 'api_key_invalid', detail: 'The API key is not known.' },
  }))
  await expect(statusesOf(sender, ['{}', '{}'])).rejects.toThrow(
    '/api/v1/events/batch was refused with 401 (api_key_invalid): The API key is not known.',
  )
})

test('says how to start the service where it cannot be reached', async () => {
  const { sender } = await serve(() => busy)
  await close()
  close = async () => {}
  await expect(statusesOf(sender, ['{}'])).rejects.toThrow('Start it with: npm start')
})
