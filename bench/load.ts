import { randomUUID } from 'node:crypto'
import autocannon from 'autocannon'

export interface Load {
  readonly url: string
  readonly apiKey: string
  readonly connections: number
  readonly durationS: number
  /** What to send next: the path and, for a POST, the body. */
  readonly next: () => { readonly path: string; readonly body?: unknown }
}

export interface LoadResult {
  /** Answers a second over the whole run, only those with a status of success. */
  readonly perSecond: number
  readonly latencyMs: { readonly p50: number; readonly p99: number }
  readonly failures: number
}

/** Keeps the connections busy, each with one request after the other, and counts the answers. */
export async function runLoad(load: Load): Promise<LoadResult> {
  const result = await autocannon({
    url: load.url,
    connections: load.connections,
    duration: load.durationS,
    requests: [{ setupRequest: (request: autocannon.Request) => requestOf(load, request) }],
  })
  return {
    perSecond: result['2xx'] / result.duration,
    latencyMs: { p50: result.latency.p50, p99: result.latency.p99 },
    failures: result.non2xx + result.errors + result.timeouts,
  }
}

function requestOf(load: Load, request: autocannon.Request): autocannon.Request {
  const { path, body } = load.next()
  const authorization = `Bearer ${load.apiKey}`
  if (body === undefined) return { ...request, method: 'GET', path, headers: { authorization } }
  return {
    ...request,
    method: 'POST',
    path,
    headers: { authorization, 'content-type': 'application/json', 'idempotency-key': randomUUID() },
    body: JSON.stringify(body),
  }
}
