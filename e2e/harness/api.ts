import { randomUUID } from 'node:crypto'

/** An answer of the service with its body parsed; `body` is what JSON gives, unchecked. */
export interface Answer {
  readonly status: number
  readonly headers: Headers
  // The tests look into answers of every shape; a wrong look shows as a failed expectation.
  // biome-ignore lint/suspicious/noExplicitAny: black-box tests assert on the shape they read
  readonly body: any
}

export interface Api {
  get(path: string): Promise<Answer>
  /** Posts JSON; `key` is the Idempotency-Key, a fresh one where absent, none where null. */
  post(path: string, body: unknown, key?: string | null): Promise<Answer>
  delete(path: string): Promise<Answer>
  /** A request with everything under the test's control. */
  send(path: string, init: RequestInit): Promise<Answer>
}

/** Talks to a service over HTTP and shares no code with it. */
export function createApi(service: { baseUrl: string; apiKey: string }): Api {
  const authorization = `Bearer ${service.apiKey}`
  const send = async (path: string, init: RequestInit): Promise<Answer> => {
    const response = await fetch(`${service.baseUrl}${path}`, init)
    const text = await response.text()
    const isJson = /json/.test(response.headers.get('content-type') ?? '')
    return {
      status: response.status,
      headers: response.headers,
      body: isJson && text !== '' ? JSON.parse(text) : text,
    }
  }
  return {
    send,
    get: (path) => send(path, { headers: { authorization } }),
    delete: (path) => send(path, { method: 'DELETE', headers: { authorization } }),
    post: (path, body, key = randomUUID()) =>
      send(path, {
        method: 'POST',
        headers: {
          authorization,
          'content-type': 'application/json',
          ...(key === null ? {} : { 'idempotency-key': key }),
        },
        body: JSON.stringify(body),
      }),
  }
}
