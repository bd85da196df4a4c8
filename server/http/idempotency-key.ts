import { hash } from 'node:crypto'
import { idempotencyKeyCharactersMax } from '@pineos/contract/primitives.ts'
import { requestText } from '@pineos/core/request-fingerprint.ts'
import { Failure } from '../failure.ts'

const visibleAscii = /^[\x21-\x7e]+$/

/**
 * The key of the header, without the quotes that a structured field has (RFC 8941); undefined where
 * there is none. Fails with `idempotency_key_invalid`.
 */
export function idempotencyKeyOf(header: string | string[] | undefined): string | undefined {
  if (header === undefined) return undefined
  if (Array.isArray(header)) throw invalid('The header was sent more than once.')
  const quoted = header.length >= 2 && header.startsWith('"') && header.endsWith('"')
  const key = quoted ? header.slice(1, -1) : header
  if (key.length === 0) throw invalid('The key is empty.')
  if (key.length > idempotencyKeyCharactersMax) {
    throw invalid(
      `The key has ${key.length} characters; ${idempotencyKeyCharactersMax} is the most.`,
    )
  }
  if (!visibleAscii.test(key)) throw invalid('The key holds characters other than visible ASCII.')
  return key
}

export interface RequestFingerprint {
  /** SHA-256, in hexadecimal. */
  readonly fingerprint: string
  readonly fieldDigests: string
}

/**
 * What makes two requests the same: SHA-256 over the operation, the canonical body (RFC 8785), as it
 * was sent and before any default, and the key. The operation is a field of its own beside those of
 * the body.
 */
export function fingerprintOf(
  operation: string,
  body: Readonly<Record<string, unknown>>,
  key: string,
): RequestFingerprint {
  const { canonical, digests } = requestText(body)
  return {
    fingerprint: hash('sha256', `${operation}\n${key}\n${canonical}`, 'hex'),
    // No request has a field of this name (batches name it once more, outside of what is compared).
    fieldDigests: `${digests} operation=${operation}`,
  }
}

function invalid(detail: string): Failure {
  return new Failure('idempotency_key_invalid', detail)
}
