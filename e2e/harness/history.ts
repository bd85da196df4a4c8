import { randomUUID } from 'node:crypto'
import pg from 'pg'

/** A credit that a client has asked for, and what it knows of it. */
export interface Attempt {
  readonly key: string
  readonly userId: string
  readonly amountCents: number
  /** `acknowledged` with the entry that the service named; `unknown` until a retry tells. */
  outcome: 'unknown' | 'acknowledged'
  entryId?: string
  /** What the service has answered, try by try; 0 where it did not. */
  readonly statuses: number[]
  /** The longest that a try has waited for its answer. */
  longestMs: number
}

/**
 * What the clients have seen, compared with what the database holds. It reads tables and answers
 * alone and shares no code with the service.
 */
export class History {
  readonly attempts: Attempt[] = []

  begin(userId: string, amountCents: number): Attempt {
    const attempt: Attempt = {
      key: randomUUID(),
      userId,
      amountCents,
      outcome: 'unknown',
      statuses: [],
      longestMs: 0,
    }
    this.attempts.push(attempt)
    return attempt
  }

  unknown(): Attempt[] {
    return this.attempts.filter((attempt) => attempt.outcome === 'unknown')
  }

  /** What is lost, doubled or different in the database; empty when all is well. */
  async faults(databaseUrl: string): Promise<string[]> {
    const client = new pg.Client({ connectionString: databaseUrl })
    await client.connect()
    try {
      const entries = await client.query<{
        id: string
        idempotency_key: string
        user_id: string
        amount_cents: string
      }>('select id, idempotency_key, user_id, amount_cents::text from ledger_entries')
      const balances = await client.query<{
        user_id: string
        available_cents: string
        version: string
      }>('select user_id, available_cents::text, version::text from user_balances')
      return [...this.#entryFaults(entries.rows), ...balanceFaults(entries.rows, balances.rows)]
    } finally {
      await client.end()
    }
  }

  #entryFaults(rows: readonly EntryRow[]): string[] {
    const byKey = new Map<string, EntryRow[]>()
    for (const row of rows) {
      byKey.set(row.idempotency_key, [...(byKey.get(row.idempotency_key) ?? []), row])
    }
    const faults = this.attempts.flatMap((attempt) => {
      const own = byKey.get(attempt.key) ?? []
      byKey.delete(attempt.key)
      return attemptFaults(attempt, own)
    })
    return [...faults, ...[...byKey.keys()].map((key) => `${key}: nobody asked for this entry`)]
  }
}

function attemptFaults(attempt: Attempt, [entry, ...others]: readonly EntryRow[]): string[] {
  if (others.length > 0) return [`${attempt.key}: ${others.length + 1} entries`]
  if (!entry)
    return attempt.outcome === 'acknowledged' ? [`${attempt.key}: acknowledged and lost`] : []
  if (attempt.entryId !== undefined && attempt.entryId !== entry.id)
    return [`${attempt.key}: another entry`]
  const isRight =
    entry.user_id === attempt.userId && Number(entry.amount_cents) === attempt.amountCents
  return isRight ? [] : [`${attempt.key}: the entry is not what was asked for`]
}

interface EntryRow {
  readonly id: string
  readonly idempotency_key: string
  readonly user_id: string
  readonly amount_cents: string
}

function balanceFaults(
  entries: readonly EntryRow[],
  balances: readonly { user_id: string; available_cents: string; version: string }[],
): string[] {
  const sums = new Map<string, { sum: number; count: number }>()
  for (const entry of entries) {
    const { sum, count } = sums.get(entry.user_id) ?? { sum: 0, count: 0 }
    sums.set(entry.user_id, { sum: sum + Number(entry.amount_cents), count: count + 1 })
  }
  const faults = balances.flatMap((balance) => {
    const { sum, count } = sums.get(balance.user_id) ?? { sum: 0, count: 0 }
    sums.delete(balance.user_id)
    const isRight = Number(balance.available_cents) === sum && Number(balance.version) === count
    return isRight
      ? []
      : [`${balance.user_id}: balance ${balance.available_cents}, entries give ${sum}`]
  })
  return [...faults, ...[...sums.keys()].map((userId) => `${userId}: entries without a balance`)]
}
