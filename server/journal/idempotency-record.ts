import type { Refusal } from '@pineos/core/ledger/refusal.ts'

/** What became of an idempotency key, kept for ever: the id of its entry, or the refusal. */
export interface IdempotencyRecord {
  readonly ownerId: string
  readonly key: string
  readonly fingerprint: string
  readonly fieldDigests: string
  /** The id that the posting came in with: that of its entry, or of none where it was refused. */
  readonly entryId: string
  /** The owner of the entry; null where it was refused. */
  readonly userId: string | null
  readonly refusal: Refusal | null
}

/** A refusal as JSON carries it: amounts are strings, as JSON has no bigint. */
export type RefusalJson = {
  readonly [Name in keyof Refusal]: Refusal[Name] extends bigint | undefined
    ? string
    : Refusal[Name]
}

/** The refusal as the column of its record keeps it, which nothing can change. */
export function refusalToJson(refusal: Refusal): string {
  return JSON.stringify(refusal, (_name, value: unknown) =>
    typeof value === 'bigint' ? value.toString() : value,
  )
}

export function refusalFromJson(json: RefusalJson): Refusal {
  const { availableCents, requiredCents, reversibleCents, ...rest } = json
  return {
    ...rest,
    ...(availableCents === undefined ? {} : { availableCents: BigInt(availableCents) }),
    ...(requiredCents === undefined ? {} : { requiredCents: BigInt(requiredCents) }),
    ...(reversibleCents === undefined ? {} : { reversibleCents: BigInt(reversibleCents) }),
  }
}
