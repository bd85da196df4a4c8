import type { Readable } from 'node:stream'
import type { Body, PathParameters, Query, Reply, Route } from '@pineos/contract/route.ts'
import type { RouteName, Routes } from '@pineos/contract/routes.ts'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Principal } from '../access/principal.ts'

/** A request to one route of the contract: every part parsed and checked by its schema. */
export interface HandlerRequest<R extends Route> {
  readonly parameters: PathParameters<R>
  readonly query: Query<R>
  readonly body: Body<R>
  /** Who asks; on public routes nobody does, and this may not be read. */
  readonly principal: Principal
  /** Undefined only where the route does not require one. */
  readonly idempotencyKey: string | undefined
  /** The If-Match header as it came; heeded where the route says so. */
  readonly ifMatch: string | undefined
  readonly requestId: string
  /** Size of the body as it came in. */
  readonly bodyBytes: number
  readonly raw: FastifyRequest
  readonly reply: FastifyReply
}

/** The answer 200 of a route in another form than JSON, whole or as a stream. */
export type OtherReply<R extends Route> = R extends {
  readonly otherMediaTypes: Readonly<Record<infer MediaType, string>>
}
  ? {
      readonly status: 200
      readonly body: string | Readable
      readonly headers: Readonly<Record<string, string>> & {
        readonly 'content-type': `${MediaType & string}; charset=utf-8`
      }
    }
  : never

/**
 * Answers a request; what is thrown is a Failure or becomes `internal_error`. Gives the raw reply where
 * it has sent the answer itself.
 */
export type Handler<R extends Route> = (
  request: HandlerRequest<R>,
) => Promise<Reply<R> | OtherReply<R> | FastifyReply>

export type Handlers<Names extends RouteName = RouteName> = {
  readonly [Name in Names]: Handler<Routes[Name]>
}
