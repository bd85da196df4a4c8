import { userIdCharactersMax } from '@pineos/contract/primitives.ts'
import type { EventRole } from '../language/condition.ts'
import { type Facts, readFact } from '../language/facts.ts'
import { isTextWithin } from '../language/text.ts'
import type { Owners } from './contribution.ts'

/** What happened, as far as rules can see it. */
export interface JudgedEvent {
  readonly type: string
  readonly userId: string | null
  /** When it occurred, milliseconds since 1970 UTC. */
  readonly atMs: number
  readonly data: Facts
}

/** The data of the event; what it says itself wins over what the envelope adds. */
export function factsOf({ type, userId, atMs, data }: JudgedEvent): Facts {
  const user = userId === null ? {} : { user_id: userId }
  const occurredAt = new Date(atMs).toISOString()
  return { event: { type, occurred_at: occurredAt, ...user }, ...user, ...data }
}

/** Where the facts name who takes part, the first that is there. */
const ownerPaths: Readonly<Record<EventRole, readonly (readonly string[])[]>> = {
  referrer: [['referrer_id'], ['referrer', 'id']],
  referred: [['referred_id'], ['referred', 'id']],
  user: [['user_id']],
}

/** Who takes part in the event; null where the facts name nobody who could be a user. */
export function ownersOf(facts: Facts): Owners {
  return {
    referrer: ownerIn(facts, 'referrer'),
    referred: ownerIn(facts, 'referred'),
    user: ownerIn(facts, 'user'),
  }
}

function ownerIn(facts: Facts, role: EventRole): string | null {
  for (const segments of ownerPaths[role]) {
    const value = readFact(facts, { text: segments.join('.'), segments })
    if (value === undefined || value === null) continue
    return userIdOf(value)
  }
  return null
}

/** The value as a user id; null where it cannot be one. */
export function userIdOf(value: unknown): string | null {
  return isTextWithin(value, userIdCharactersMax) ? value : null
}
