import type { FastifyInstance } from 'fastify'
import type { Metrics } from '../observability/metrics.ts'
import type { AnsweredRequest } from '../observability/request-durations.ts'
import { type Authenticator, principalOf } from './authentication.ts'

export const metricsPath = '/metrics'

/** Serves the metrics in the text format of Prometheus, to a key with the scope or to anybody. */
export function registerMetrics(
  app: FastifyInstance,
  options: {
    readonly metrics: Pick<Metrics, 'contentType' | 'render'>
    readonly authenticator: Authenticator
    readonly isPublic: boolean
  },
): void {
  const { metrics, authenticator, isPublic } = options
  app.get(metricsPath, {
    onRequest: async (request) => {
      if (!isPublic) await principalOf(request, authenticator, 'metrics:read')
    },
    handler: async (_request, reply) => {
      reply.type(metrics.contentType).header('cache-control', 'no-store')
      return metrics.render()
    },
  })
}

/** The path of a request that met no route: any path would be a label of its own. */
const noRoute = 'none'

/** Tells of every answer, by the path of its route. */
export function observeAnswers(
  app: FastifyInstance,
  answered: (request: AnsweredRequest) => void,
): void {
  app.addHook('onResponse', (request, reply, done) => {
    answered({
      method: request.method,
      route: request.routeOptions.url ?? noRoute,
      status: reply.statusCode,
      durationMs: reply.elapsedTime,
    })
    done()
  })
}
