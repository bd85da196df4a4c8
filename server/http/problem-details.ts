import type { ProblemDocument } from '@pineos/contract/primitives.ts'
import { type ProblemCode, problems } from '@pineos/contract/problems.ts'
import type { Refusal } from '@pineos/core/ledger/refusal.ts'
import { databaseErrorKind } from '../database/database-error.ts'
import { Failure } from '../failure.ts'

export const problemMediaType = 'application/problem+json'
const retryAfterSeconds = 1

/** Problems that pass by themselves, beside those of the service itself (503). */
const soonOtherwise: ReadonlySet<ProblemCode> = new Set(['entry_not_sealed'])

/** Where each problem code is described; the code is the anchor. */
export const problemsPath = '/docs/problems'

export interface ProblemReply {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly document: ProblemDocument
}

/** The only place that knows which status a failure has, and how it looks on the wire. */
export function problemReply(failure: Failure, requestId: string): ProblemReply {
  const { status, title } = problems[failure.code]
  const { isReplayed, ...facts } = failure.facts
  return {
    status,
    headers: {
      'content-type': problemMediaType,
      ...(status === 503 || soonOtherwise.has(failure.code)
        ? { 'retry-after': String(retryAfterSeconds) }
        : {}),
      ...(status === 401 ? { 'www-authenticate': 'Bearer' } : {}),
      ...(isReplayed ? { 'idempotent-replayed': 'true' } : {}),
    },
    document: {
      type: `${problemsPath}#${failure.code}`,
      title,
      status,
      detail: failure.message,
      code: failure.code,
      request_id: requestId,
      ...facts,
    },
  }
}

/** The failure that tells of a refusal of the ledger. */
export function refusalFailure(refusal: Refusal, isReplayed: boolean): Failure {
  return new Failure(refusal.code, refusal.detail, {
    ...(isReplayed ? { isReplayed } : {}),
    ...(refusal.availableCents === undefined
      ? {}
      : { available_cents: Number(refusal.availableCents) }),
    ...(refusal.requiredCents === undefined
      ? {}
      : { required_cents: Number(refusal.requiredCents) }),
    ...(refusal.reversibleCents === undefined
      ? {}
      : { reversible_cents: Number(refusal.reversibleCents) }),
  })
}

// What the framework throws, by its code. Anything else that is not a Failure is ours to answer for.
const frameworkCodes: Readonly<Record<string, ProblemCode>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'body_too_large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'media_type_unsupported',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'request_malformed',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'body_malformed',
  FST_ERR_BAD_URL: 'request_malformed',
  FST_ERR_MAX_PARAM_LENGTH: 'request_malformed',
  FST_ERR_ROUTE_METHOD_NOT_SUPPORTED: 'method_not_allowed',
}

/** Any error as a failure: never its own text where it is not one of ours. */
export function failureOf(error: unknown): Failure {
  if (error instanceof Failure) return error
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const known = frameworkCodes[code]
  if (known) return new Failure(known, problems[known].help)
  // Of the library that serves files: a path with NUL, a range that the file does not have.
  if (statusOf(error) >= 400 && statusOf(error) < 500) {
    return new Failure('request_malformed', problems.request_malformed.help)
  }
  if (databaseErrorKind(error) !== 'fault') return new Failure('database_unavailable')
  return new Failure('internal_error', problems.internal_error.help)
}

function statusOf(error: unknown): number {
  return error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : 0
}
