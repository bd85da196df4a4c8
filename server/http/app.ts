import cors from '@fastify/cors'
import helmet from '@fastify/helmet'
import { problems } from '@pineos/contract/problems.ts'
import type { Route } from '@pineos/contract/route.ts'
import { routes } from '@pineos/contract/routes.ts'
import Fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  LogController,
} from 'fastify'
import { Failure } from '../failure.ts'
import { newId } from '../id.ts'
import type { AnsweredRequest } from '../observability/request-durations.ts'
import { registerJsonBody } from './json-body.ts'
import { observeAnswers } from './metrics.ts'
import { failureOf, problemMediaType, problemReply } from './problem-details.ts'
import { type RouteDependencies, registerRoutes } from './routes.ts'
import { closeUnusedConnections } from './unused-connections.ts'

export interface AppOptions extends RouteDependencies {
  readonly log: FastifyBaseLogger
  /** Origins that may call from a browser; none keeps it closed. */
  readonly corsOrigins: readonly string[]
  readonly trustProxy: boolean | number
  readonly requestTimeoutMs: number
  readonly answered: (request: AnsweredRequest) => void
  /** Registers what is served beside the API: documentation and user interface. */
  readonly registerPages: (app: FastifyInstance) => Promise<void>
}

const bodyBytesMax = 256 * 1024
const parameterCharactersMax = 4_096
/** Longer than load balancers keep idle connections, so that they close first. */
const keepAliveTimeoutMs = 72_000
const lateCheckMsMax = 5_000
const idleCheckMs = 50
const requestIdPattern = /^[\w.:-]{1,100}$/

/** The HTTP service: every route of the contract, problem documents for whatever is refused. */
export async function createApp(options: AppOptions): Promise<FastifyInstance> {
  const app = Fastify({
    loggerInstance: options.log,
    // The few lines that are logged name their request themselves; a logger for each costs more.
    childLoggerFactory: (logger) => logger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: bodyBytesMax,
    trustProxy: trustedProxies(options.trustProxy),
    requestTimeout: options.requestTimeoutMs,
    http: {
      // Of a head that does not come to its end, Node has a time of its own.
      requestTimeout: options.requestTimeoutMs,
      headersTimeout: options.requestTimeoutMs,
      // Node looks for late requests this seldom, however short their time is.
      connectionsCheckingInterval: Math.min(lateCheckMsMax, options.requestTimeoutMs),
      // Node would answer a request without a host by itself, and not with a problem document.
      requireHostHeader: false,
    },
    keepAliveTimeout: keepAliveTimeoutMs,
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: parameterCharactersMax },
    genReqId: (request) => {
      const given = request.headers['x-request-id']
      return typeof given === 'string' && requestIdPattern.test(given) ? given : newId()
    },
    frameworkErrors: (error, request, reply) => {
      sendProblem(reply, failureOf(error), request.id)
    },
    clientErrorHandler: (error, socket) => refuseMalformed(error, socket),
  })
  // The contract's own validators run in a hook; replies are still compiled from its schemas.
  app.setValidatorCompiler(() => () => true)
  observeAnswers(app, options.answered)
  const closeUnused = closeUnusedConnections(app.server)
  app.addHook('preClose', async () => closeUnused())
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id)
    if (request.headers.host === undefined && request.raw.httpVersion === '1.1') {
      throw new Failure('request_malformed', 'The Host header is missing.')
    }
  })
  await app.register(helmet, {
    contentSecurityPolicy: { useDefaults: false, directives: apiPolicy },
  })
  if (options.corsOrigins.length > 0) {
    await app.register(cors, {
      origin: [...options.corsOrigins],
      methods: [...new Set(Object.values(routes).map((route) => route.method))],
      exposedHeaders: ['ETag', 'Idempotent-Replayed', 'X-Request-Id', 'Retry-After'],
    })
  }
  // Node would answer an unknown expectation by itself; it may be passed over (RFC 9110, 10.1.1).
  app.server.on('checkExpectation', (request, response) => {
    app.server.emit('request', request, response)
  })
  registerJsonBody(app)
  closeOnceIdle(app)
  setErrorHandlers(app)
  registerRoutes(app, options)
  await options.registerPages(app)
  return app
}

/** A connection that is busy when closing begins would be kept alive after its answer. */
function closeOnceIdle(app: FastifyInstance): void {
  app.addHook('preClose', async () => {
    const timer = setInterval(() => app.server.closeIdleConnections(), idleCheckMs).unref()
    app.server.once('close', () => clearInterval(timer))
  })
}

/** As a number, that many proxies before the service may name the client. */
function trustedProxies(
  hops: boolean | number,
): boolean | ((address: string, hop: number) => boolean) {
  return typeof hops === 'boolean' ? hops : (_address, hop) => hop < hops
}

/** JSON is no document: nothing may be loaded or run from it, wherever it is shown. */
const apiPolicy = { 'default-src': ["'none'"], 'frame-ancestors': ["'none'"] }

function setErrorHandlers(app: FastifyInstance): void {
  app.setErrorHandler((error, request, reply) => {
    const failure = failureOf(error)
    if (failure.code === 'internal_error')
      request.log.error({ err: error, request_id: request.id }, 'a request failed unexpectedly')
    sendProblem(reply, failure, request.id)
  })
  const allowed = allowedMethods()
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?')[0] ?? ''
    // A fixed path can be one with a parameter as well: `/rules/evaluate` and `/rules/{id}`.
    const taken = allowed.flatMap(({ pattern, methods }) => (pattern.test(path) ? methods : []))
    const methods = [...new Set(taken)].sort()
    if (methods.length > 0) reply.header('allow', methods.join(', '))
    const failure =
      methods.length > 0
        ? new Failure(
            'method_not_allowed',
            `${request.method} is not taken here; ${methods.join(', ')} is.`,
          )
        : new Failure('route_not_found', `There is no ${request.method} ${path.slice(0, 200)}.`)
    sendProblem(reply, failure, request.id)
  })
}

function sendProblem(reply: FastifyReply, failure: Failure, requestId: string): void {
  const { status, headers, document } = problemReply(failure, requestId)
  // A plain string: the reply schemas of the route are those of its successes.
  reply.code(status).headers(headers).serializer(String).send(JSON.stringify(document))
}

/** Which methods each path of the contract takes. */
function allowedMethods(): readonly {
  readonly pattern: RegExp
  readonly methods: readonly string[]
}[] {
  const methods = new Map<string, string[]>()
  for (const { path, method } of Object.values(routes) as Route[]) {
    methods.set(path, [...(methods.get(path) ?? []), method])
  }
  return [...methods].map(([path, taken]) => ({
    pattern: new RegExp(`^${path.replaceAll(/\{\w+\}/g, '[^/]+')}/?$`),
    methods: taken,
  }))
}

/** What is not even HTTP never reaches a route; it is answered on the socket. */
function refuseMalformed(error: Error, socket: import('node:net').Socket): void {
  if (socket.destroyed || !socket.writable) return
  const isLate = 'code' in error && error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
  const code = isLate ? 'request_timeout' : 'request_malformed'
  const { status, document } = problemReply(new Failure(code, problems[code].help), newId())
  const body = JSON.stringify(document)
  socket.end(
    [
      `HTTP/1.1 ${status} ${isLate ? 'Request Timeout' : 'Bad Request'}`,
      `Content-Type: ${problemMediaType}`,
      `Content-Length: ${Buffer.byteLength(body)}`,
      'Connection: close',
      '',
      body,
    ].join('\r\n'),
  )
}
