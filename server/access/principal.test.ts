import { type Scope, scopeNames } from '@pineos/contract/scopes.ts'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Failure } from '../failure.ts'
import { assertMayGrant, isScope } from './principal.ts'

test('refuses exactly those grants that hold a scope the grantor lacks', () => {
  const someScopes = fc.subarray<Scope>([...scopeNames])
  fc.assert(
    fc.property(someScopes, someScopes, (own, granted) => {
      const lacking = granted.filter((scope) => !own.includes(scope))
      const grant = () =>
        assertMayGrant({ keyId: 'k', ownerId: 'default', scopes: new Set(own) }, granted)
      if (lacking.length === 0) expect(grant).not.toThrow()
      else {
        expect(grant).toThrow(
          expect.objectContaining({
            code: 'scope_missing',
            message: expect.stringContaining(lacking.join(', ')),
          }),
        )
        expect(grant).toThrow(Failure)
      }
    }),
  )
})

test('knows the scopes of the contract and no names of the prototype', () => {
  expect(scopeNames.every(isScope)).toBe(true)
  for (const name of ['', 'admin', 'toString', '__proto__', 'ledger:*'])
    expect(isScope(name)).toBe(false)
})
