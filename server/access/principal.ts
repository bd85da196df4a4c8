import { type Scope, scopeNames } from '@pineos/contract/scopes.ts'
import { Failure } from '../failure.ts'

/** Who asks, as far as the service knows: the key, whose it is, and what it may do. */
export interface Principal {
  readonly keyId: string
  /** Idempotency keys belong to the owner, so that a new key of the same owner can retry. */
  readonly ownerId: string
  readonly scopes: ReadonlySet<Scope>
}

/**
 * Refuses a grant of more than the grantor has, which would let a key raise itself.
 * @throws Failure `scope_missing`
 */
export function assertMayGrant(grantor: Principal, scopes: readonly Scope[]): void {
  const missing = scopes.filter((scope) => !grantor.scopes.has(scope))
  if (missing.length === 0) return
  throw new Failure(
    'scope_missing',
    `A key can grant only scopes that it has itself; this one lacks ${missing.join(', ')}.`,
  )
}

/** True for the name of a scope in the contract's table. */
export function isScope(name: string): name is Scope {
  const names: readonly string[] = scopeNames
  return names.includes(name)
}
