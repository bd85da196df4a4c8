import type { Query } from '@pineos/contract/route.ts'
import type { Routes } from '@pineos/contract/routes.ts'
import { Failure } from '../../failure.ts'
import type { Moment } from '../../ledger/balance-at.ts'

// Later than any time of an entry: the effective axis without a time means all that counts by now.
const endOfTime = '9999-12-31T23:59:59.999Z'

/** The moment that a query asks for; null for now. Fails with `validation_failed`. */
export function momentOf({ at, axis, known_at }: Query<Routes['getBalance']>): Moment | null {
  if (axis === 'effective') {
    return { axis, at: at ?? endOfTime, knownAt: known_at ?? null }
  }
  if (known_at !== undefined) {
    throw contradiction(
      'known_at',
      'known_at belongs to axis=effective; on the axis of recording, at is that time.',
    )
  }
  return at === undefined ? null : { axis: 'recorded', at }
}

/** The failure of a query parameter that does not go with the others. */
export function contradiction(name: string, detail: string): Failure {
  return new Failure('validation_failed', `One fault was found in the request: ${detail}`, {
    errors: [{ pointer: `/query/${name}`, code: 'contradiction', detail }],
  })
}
