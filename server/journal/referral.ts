import { ownersOf } from '@pineos/core/rules/evaluation/event-facts.ts'
import type { Facts } from '@pineos/core/rules/language/facts.ts'

/** Two users of whom an event has named one as the referrer of the other. */
export interface StoredReferral {
  readonly referrerId: string
  readonly referredId: string
  /** When the first event that named both occurred, RFC 3339, UTC. */
  readonly startedAt: string
  readonly source: string
  readonly eventId: string
}

/** Whom the facts name; null where they do not name both. */
export function pairOf(
  facts: Facts,
): { readonly referrerId: string; readonly referredId: string } | null {
  const { referrer, referred } = ownersOf(facts)
  return referrer === null || referred === null
    ? null
    : { referrerId: referrer, referredId: referred }
}
