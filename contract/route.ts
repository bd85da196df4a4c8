import type { Static, TSchema } from 'typebox'
import type { ProblemCode } from './problems.ts'
import type { Scope } from './scopes.ts'

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/**
 * One route of the HTTP API as a value. It validates requests, serialises replies, documents itself
 * in OpenAPI and types both the handlers of the server and the client.
 */
export interface Route {
  readonly method: Method
  /** With parameters in braces, as in OpenAPI: `/api/v1/rules/{id}`. */
  readonly path: string
  readonly tag:
    | 'Ledger'
    | 'Adjustments'
    | 'Tamper evidence'
    | 'Rules'
    | 'Events'
    | 'API keys'
    | 'Service'
  readonly summary: string
  readonly description?: string
  /** The scope a key needs, or `public` where none is asked for. */
  readonly scope: Scope | 'public'
  /** `required`: a money route, 422 without the header. `optional`: used where it is given. */
  readonly idempotencyKey?: 'required' | 'optional'
  /** Takes an If-Match header with the ETag of what is to be changed: 412 where it has changed since. */
  readonly ifMatch?: true
  /** A request without a body is one whose body is `{}`. */
  readonly bodyOptional?: true
  /** Batches may be larger than other bodies. */
  readonly bodyBytesMax?: number
  /** The array in the body whose items are checked one by one, with a result for each. */
  readonly checkedPerItem?: string
  readonly parameters?: TSchema
  readonly query?: TSchema
  readonly body?: TSchema
  /** Status → schema of the reply. */
  readonly replies: Readonly<Record<number, TSchema>>
  /** Media type → description of the other forms that the answer 200 can have, beside JSON. */
  readonly otherMediaTypes?: Readonly<Record<string, string>>
  /** The problems that only this kind of route has; those of every route are added by `problemsOf`. */
  readonly problems: readonly ProblemCode[]
}

/** Keeps the literal types of a route while checking its shape. */
export const route = <const R extends Route>(value: R): R => value

type Part<R extends Route, K extends 'parameters' | 'query' | 'body'> = R extends {
  readonly [key in K]: infer Schema extends TSchema
}
  ? Static<Schema>
  : undefined

export type PathParameters<R extends Route> = Part<R, 'parameters'>
export type Query<R extends Route> = Part<R, 'query'>
export type Body<R extends Route> = Part<R, 'body'>

/** Every reply a route can give: its status together with the body of that status. */
export type Reply<R extends Route> = {
  [S in keyof R['replies'] & number]: R['replies'][S] extends infer Schema extends TSchema
    ? {
        readonly status: S
        readonly body: Static<Schema>
        readonly headers?: Readonly<Record<string, string>>
      }
    : never
}[keyof R['replies'] & number]

/** Every problem that the route can answer with, those of its kind included. */
export function problemsOf(value: Route): readonly ProblemCode[] {
  const codes = new Set<ProblemCode>(value.problems)
  codes.add('internal_error')
  if (value.scope !== 'public') {
    for (const code of [
      'api_key_missing',
      'api_key_invalid',
      'scope_missing',
      'validation_failed',
      'database_unavailable',
    ] as const)
      codes.add(code)
  }
  if (value.parameters || value.query || value.body) codes.add('validation_failed')
  if (value.body) {
    for (const code of ['body_malformed', 'body_too_large', 'media_type_unsupported'] as const)
      codes.add(code)
  }
  if (value.ifMatch) codes.add('rule_changed')
  if (value.idempotencyKey) codes.add('idempotency_key_invalid')
  if (value.idempotencyKey === 'required') codes.add('idempotency_key_missing')
  return [...codes]
}

/** The problems of commands that go through the journal. */
export const journalProblems = [
  'idempotency_key_reused',
  'journal_overloaded',
  'outcome_unknown',
  'shutting_down',
] as const satisfies readonly ProblemCode[]
