import type { ProblemDocument } from './primitives.ts'
import type { Body, PathParameters, Query, Reply, Route } from './route.ts'
import { type RouteName, type Routes, routes } from './routes.ts'

/** What a request to a route may carry: only the parts that the route has. */
export type ClientRequest<R extends Route> = (undefined extends PathParameters<R>
  ? unknown
  : { readonly parameters: PathParameters<R> }) &
  (undefined extends Query<R> ? unknown : { readonly query?: Query<R> }) &
  (undefined extends Body<R>
    ? unknown
    : R extends { readonly bodyOptional: true }
      ? { readonly body?: Body<R> }
      : { readonly body: Body<R> }) &
  (R extends { readonly ifMatch: true } ? { readonly ifMatch?: string } : unknown) &
  (R extends { readonly idempotencyKey: string } ? { readonly idempotencyKey?: string } : unknown)

type Call<R extends Route> = (request: ClientRequest<R>) => Promise<Reply<R>>

/** A method for each route of the API, typed by its schemas. */
export type Client = { readonly [Name in RouteName]: Call<Routes[Name]> }

export interface ClientOptions {
  /** Such as `http://127.0.0.1:8000`; empty for the origin of the page. */
  readonly baseUrl: string
  readonly apiKey?: string
  readonly fetch?: typeof fetch
  /** Tries in all for requests that are safe to repeat; 1 never retries. */
  readonly attemptsMax?: number
}

/** The service has refused the request; `problem` says why. */
export class ProblemError extends Error {
  readonly problem: ProblemDocument

  constructor(problem: ProblemDocument) {
    super(`${problem.code}: ${problem.detail}`)
    this.name = 'ProblemError'
    this.problem = problem
  }
}

const attemptsDefault = 4
const retryDelayMsFirst = 200
const retryDelayMsMax = 5_000
const retryAfterMsMax = 30_000

/**
 * A client of the API. Each method gives the answer of a declared status, and fails with ProblemError
 * where the service refuses, or with the error of fetch where it cannot be reached. Requests that can
 * be repeated without harm (reads, and those with an idempotency key or an event id) are, after lost
 * connections and 503, with the same key: one is made where none is given. A 503 that is a declared
 * answer, as of `readyz`, is given as it is.
 */
export function createClient(options: ClientOptions): Client {
  const calls = Object.entries(routes).map(([name, route]) => [name, callOf(route, options)])
  // The table pairs each name with its route, which types the method.
  return Object.fromEntries(calls) as Client
}

interface AnyRequest {
  readonly parameters?: Readonly<Record<string, unknown>>
  readonly query?: Readonly<Record<string, unknown>>
  readonly body?: unknown
  readonly idempotencyKey?: string
  readonly ifMatch?: string
}

interface AnyReply {
  readonly status: number
  readonly body: unknown
  readonly headers: Readonly<Record<string, string>>
}

function callOf(route: Route, options: ClientOptions): (request?: AnyRequest) => Promise<AnyReply> {
  return async (request = {}) => {
    const url = `${options.baseUrl}${pathOf(route, request.parameters)}${queryOf(request.query)}`
    const key =
      request.idempotencyKey ??
      (route.idempotencyKey === 'required' ? crypto.randomUUID() : undefined)
    const init: RequestInit = {
      method: route.method,
      headers: {
        accept: 'application/json',
        ...(options.apiKey === undefined ? {} : { authorization: `Bearer ${options.apiKey}` }),
        ...(request.body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(key === undefined ? {} : { 'idempotency-key': key }),
        ...(request.ifMatch === undefined ? {} : { 'if-match': request.ifMatch }),
      },
      ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
    }
    return readReply(
      route,
      await send(url, init, isRepeatable(route, key) ? options : { ...options, attemptsMax: 1 }),
    )
  }
}

function isRepeatable(route: Route, key: string | undefined): boolean {
  // Batches and events carry their keys and ids in the body.
  return (
    route.method === 'GET' ||
    key !== undefined ||
    route.checkedPerItem !== undefined ||
    route.path.endsWith('/events')
  )
}

async function send(url: string, init: RequestInit, options: ClientOptions): Promise<Response> {
  const { fetch: ask = fetch, attemptsMax = attemptsDefault } = options
  for (let attempt = 1; ; attempt++) {
    const isLast = attempt >= attemptsMax
    try {
      const response = await ask(url, init)
      if (response.status !== 503 || isLast || !isProblem(response)) return response
      await pause(Math.max(retryAfterMs(response), delayOf(attempt)))
    } catch (error) {
      if (isLast) throw error
      await pause(delayOf(attempt))
    }
  }
}

async function readReply(route: Route, response: Response): Promise<AnyReply> {
  const headers = Object.fromEntries(response.headers)
  if (isProblem(response)) {
    throw new ProblemError((await response.json()) as ProblemDocument)
  }
  if (!(response.status in route.replies)) {
    throw new Error(
      `${route.method} ${route.path} was answered ${response.status}, which it never answers`,
    )
  }
  if (route.otherMediaTypes && !isJson(response)) {
    throw new Error(
      `${route.method} ${route.path} was answered ${headers['content-type']}: the client reads JSON, fetch the other forms`,
    )
  }
  return { status: response.status, body: await response.json(), headers }
}

function isJson(response: Response): boolean {
  return response.headers.get('content-type')?.startsWith('application/json') ?? false
}

/** The declared answers, a declared 503 too, are application/json. */
function isProblem(response: Response): boolean {
  return response.headers.get('content-type')?.startsWith('application/problem+json') ?? false
}

/** What the service asks to wait, in bounds. It gives seconds; a date (RFC 9110) counts as nothing. */
function retryAfterMs(response: Response): number {
  const asked = Number(response.headers.get('retry-after') ?? 0) * 1_000
  return Number.isFinite(asked) ? Math.min(asked, retryAfterMsMax) : 0
}

function pathOf(route: Route, parameters: AnyRequest['parameters'] = {}): string {
  return route.path.replaceAll(/\{(\w+)\}/g, (_part, name: string) =>
    encodeURIComponent(String(parameters[name])),
  )
}

function queryOf(query: AnyRequest['query'] = {}): string {
  const given = Object.entries(query).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, String(value)] as [string, string]],
  )
  return given.length === 0 ? '' : `?${new URLSearchParams(given)}`
}

function delayOf(attempt: number): number {
  return Math.min(retryDelayMsMax, retryDelayMsFirst * 2 ** (attempt - 1))
}

function pause(delayMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, delayMs))
}
