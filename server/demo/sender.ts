import { setTimeout as delay } from 'node:timers/promises'
import type { ProblemDocument } from '@pineos/contract/primitives.ts'

export interface SenderLog {
  warn(fields: object, message: string): void
}

export interface SenderOptions {
  readonly baseUrl: string
  readonly apiKey: string
  readonly log: SenderLog
  readonly signal?: AbortSignal
}

export interface SentRequest {
  readonly method: 'GET' | 'POST'
  readonly path: string
  /** Sent as it is, so that broken bodies can be sent as well. */
  readonly body?: string
  readonly idempotencyKey?: string
}

export interface SentAnswer {
  readonly status: number
  readonly body: unknown
  readonly retryAfterMs: number
}

/** Requests to the service that wait and try again while it asks for patience. */
export interface Sender {
  /** The answer, whatever it is. Throws where the service cannot be reached, or stays at 503. */
  send(request: SentRequest): Promise<SentAnswer>
  /** The body of a good answer; any other is an Error that tells the problem. */
  get<Body>(path: string): Promise<Body>
  post<Body>(path: string, content?: Pick<SentRequest, 'body' | 'idempotencyKey'>): Promise<Body>
}

const attemptsMax = 10
const retryAfterDefaultMs = 1_000
const retryAfterMaxMs = 10_000
const requestTimeoutMs = 60_000

export function createSender({ baseUrl, apiKey, log, signal }: SenderOptions): Sender {
  const request = async ({ method, path, body, idempotencyKey }: SentRequest) => {
    const response = await fetch(new URL(path, baseUrl), {
      method,
      headers: {
        authorization: `Bearer ${apiKey}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }),
      },
      ...(body === undefined ? {} : { body }),
      signal: AbortSignal.any([AbortSignal.timeout(requestTimeoutMs), ...(signal ? [signal] : [])]),
    })
    return {
      status: response.status,
      body: (await response.json()) as unknown,
      retryAfterMs: retryAfterMs(response.headers.get('retry-after')),
    }
  }

  const pause = async (attempt: number, waitMs: number) => {
    if (attempt >= attemptsMax) {
      throw new Error(`The service at ${baseUrl} still has no capacity after ${attempt} attempts.`)
    }
    log.warn({ attempt, waitMs }, 'the service asks to be tried again')
    await delay(waitMs, undefined, signal ? { signal } : {})
  }

  const send = async (sent: SentRequest): Promise<SentAnswer> => {
    for (let attempt = 1; ; attempt++) {
      const answer = await request(sent).catch((error: unknown) => {
        signal?.throwIfAborted()
        throw new Error(`The service at ${baseUrl} cannot be reached. Start it with: npm start`, {
          cause: error,
        })
      })
      if (answer.status !== 503) return answer
      await pause(attempt, answer.retryAfterMs)
    }
  }

  const good = async <Body>(sent: SentRequest): Promise<Body> => {
    const answer = await send(sent)
    if (answer.status >= 300) throw refusal(answer, sent.path)
    // The service serialises its replies by the schemas from which these shapes are derived.
    return answer.body as Body
  }

  return {
    send,
    get: (path) => good({ method: 'GET', path }),
    post: (path, content = {}) => good({ method: 'POST', path, ...content }),
  }
}

/** The problem of an answer as an error that people can read. */
export function refusal({ status, body }: SentAnswer, path: string): Error {
  const { detail = 'no reason given', code = 'unknown' } = (body ?? {}) as Partial<ProblemDocument>
  return new Error(`${path} was refused with ${status} (${code}): ${detail}`)
}

/** Retry-After in seconds (RFC 9110, 10.2.3), bounded; a date is not understood and means the default. */
function retryAfterMs(header: string | null): number {
  const isSeconds = header !== null && /^\d+$/.test(header)
  return isSeconds ? Math.min(Number(header) * 1_000, retryAfterMaxMs) : retryAfterDefaultMs
}
