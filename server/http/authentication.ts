import type { Scope } from '@pineos/contract/scopes.ts'
import type { FastifyRequest } from 'fastify'
import type { Principal } from '../access/principal.ts'
import { Failure } from '../failure.ts'

export interface Authenticator {
  authenticate(secret: string): Promise<Principal | undefined>
}

const bearer = /^Bearer +(\S+)$/i

/**
 * Who sends the request, provided that the key has the scope.
 * Fails with `api_key_missing`, `api_key_invalid` or `scope_missing`.
 */
export async function principalOf(
  request: FastifyRequest,
  authenticator: Authenticator,
  scope: Scope,
): Promise<Principal> {
  const header = request.headers.authorization
  if (header === undefined) throw new Failure('api_key_missing')
  const secret = bearer.exec(header)?.[1]
  if (secret === undefined) {
    throw new Failure(
      'api_key_missing',
      'The Authorization header is not of the form Bearer <api key>.',
    )
  }
  const principal = await authenticator.authenticate(secret)
  if (!principal) throw new Failure('api_key_invalid')
  if (!principal.scopes.has(scope)) {
    throw new Failure('scope_missing', `The API key lacks the scope ${scope}.`)
  }
  return principal
}
