import { closed } from '@pineos/contract/primitives.ts'
import type { Route } from '@pineos/contract/route.ts'
import { type RouteName, routes } from '@pineos/contract/routes.ts'
import { scopes } from '@pineos/contract/scopes.ts'
import type { FastifyInstance, FastifyReply, FastifyRequest, RouteOptions } from 'fastify'
import type { TSchema } from 'typebox'
import type { Principal } from '../access/principal.ts'
import { Failure } from '../failure.ts'
import { type Authenticator, principalOf } from './authentication.ts'
import type { HandlerRequest, Handlers } from './handler.ts'
import { idempotencyKeyOf } from './idempotency-key.ts'
import { type RequestPart, type Validator, validationFailure } from './validation.ts'

export interface RouteDependencies {
  readonly handlers: Handlers
  readonly authenticator: Authenticator
  readonly validator: Validator
}

/** Registers every route of the contract with its checks, its handler and its reply schemas. */
export function registerRoutes(app: FastifyInstance, dependencies: RouteDependencies): void {
  // Object.keys loses the literal type; the table is the only source of its keys.
  for (const name of Object.keys(routes) as RouteName[]) {
    app.route(routeOptions(name, dependencies))
  }
}

/** What earlier hooks of a request leave for its handler. */
interface Admission {
  principal?: Principal
  idempotencyKey?: string | undefined
}

function routeOptions(
  name: RouteName,
  { handlers, authenticator, validator }: RouteDependencies,
): RouteOptions {
  const route: Route = routes[name]
  assertScope(name, route)
  const admissions = new WeakMap<FastifyRequest, Admission>()
  const checks = partChecks(route, validator)
  const { scope, idempotencyKey } = route
  // Each handler takes the request of its own route; the table that pairs them is typed as a whole.
  const handle = handlers[name] as (request: HandlerRequest<Route>) => Promise<RouteReply>

  return {
    method: route.method,
    url: route.path.replaceAll(/\{(\w+)\}/g, ':$1'),
    ...(route.bodyBytesMax === undefined ? {} : { bodyLimit: route.bodyBytesMax }),
    schema: { response: { ...route.replies } },
    // Before the body is read: whoever may not ask is told so without any work.
    onRequest: async (request) => {
      const admission: Admission = {}
      admissions.set(request, admission)
      if (scope !== 'public') admission.principal = await principalOf(request, authenticator, scope)
      if (idempotencyKey === undefined) return
      admission.idempotencyKey = idempotencyKeyOf(request.headers['idempotency-key'])
      if (idempotencyKey === 'required' && admission.idempotencyKey === undefined) {
        throw new Failure('idempotency_key_missing')
      }
    },
    preHandler: async (request) => {
      for (const check of checks) check(request)
    },
    handler: async (request, reply) => {
      const { principal, idempotencyKey: key } = admissions.get(request) ?? {}
      const answer = await handle({
        parameters: request.params as undefined,
        query: request.query as undefined,
        body: bodyOf(request, route) as undefined,
        principal: principal ?? nobody,
        idempotencyKey: key,
        ifMatch: request.headers['if-match'],
        requestId: request.id,
        bodyBytes: Number(request.headers['content-length'] ?? 0),
        raw: request,
        reply,
      })
      return sendAnswer(reply, answer)
    },
  }
}

function bodyOf(request: FastifyRequest, { bodyOptional }: Route): unknown {
  return bodyOptional && request.body === undefined ? {} : request.body
}

interface RouteReply {
  readonly status: number
  readonly body: unknown
  readonly headers?: Readonly<Record<string, string>>
}

function sendAnswer(reply: FastifyReply, answer: RouteReply): unknown {
  // A handler that answered by itself, such as with a file, has already sent.
  if (reply.sent) return reply
  if (answer.headers) reply.headers(answer.headers)
  reply.code(answer.status)
  return answer.body
}

const nobody: Principal = { keyId: '', ownerId: '', scopes: new Set() }

function assertScope(name: string, route: Route): void {
  if (route.scope !== 'public' && !Object.hasOwn(scopes, route.scope)) {
    throw new Error(`route ${name} declares no known scope`)
  }
}

/** The schema without that of the items which the handler checks one by one. */
function withoutItems(schema: TSchema, name: string | undefined): TSchema {
  if (name === undefined) return schema
  // An object schema of the contract; the tests of the routes hold it to that.
  const { properties } = schema as TSchema & { properties: Readonly<Record<string, TSchema>> }
  return {
    ...schema,
    properties: { ...properties, [name]: { ...properties[name], items: {} } },
  } as TSchema
}

/** A parameter that is passed over in silence is one that somebody relies on; of pages anybody may add some. */
function queryWithout(route: Route): TSchema | undefined {
  return route.scope === 'public' ? undefined : closed({})
}

/** The checks of a request by the schemas of its route. */
function partChecks(route: Route, validator: Validator): ((request: FastifyRequest) => void)[] {
  const parts: readonly (readonly [
    RequestPart,
    Route['body'],
    (request: FastifyRequest) => unknown,
  ])[] = [
    ['path', route.parameters, (request) => request.params],
    ['query', route.query ?? queryWithout(route), (request) => request.query],
    ['body', route.body, (request) => bodyOf(request, route)],
  ]
  return parts.flatMap(([part, schema, read]) => {
    if (!schema) return []
    const validate = validator.compile(
      part === 'body' ? withoutItems(schema, route.checkedPerItem) : schema,
      part,
    )
    return (request: FastifyRequest) => {
      if (!validate(read(request))) throw validationFailure(validate.errors ?? [], part)
    }
  })
}
