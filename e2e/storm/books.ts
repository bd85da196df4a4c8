import { withDatabase } from '../harness/database.ts'
import type { Observation } from './answers.ts'

/** How each flow moves what a user can spend and what waits for its confirmation. */
const effects: Readonly<Record<string, readonly [available: number, pending: number]>> = {
  credit: [1, 0],
  credit_pending: [0, 1],
  confirm: [1, -1],
  debit: [-1, 0],
  reverse_credit: [-1, 0],
  reverse_pending: [0, -1],
  reverse_debit: [1, 0],
}

interface EntryRow {
  readonly user_id: string
  readonly id: string
  readonly flow: string
  readonly amount: number
  readonly sequence: number
  readonly available: number
  readonly pending: number
  readonly related_entry_id: string | null
  readonly idempotency_key: string
  readonly recorded_at: string
}

interface BalanceRow {
  readonly user_id: string
  readonly available: number
  readonly pending: number
  readonly version: number
}

export interface Books {
  /** What does not fit, empty when all is well. */
  readonly faults: readonly string[]
  readonly entriesOfFlow: Readonly<Record<string, number>>
}

export interface Tables {
  readonly entries: readonly EntryRow[]
  readonly balances: readonly BalanceRow[]
  /** What the accounts of the program have gained; negative by what users have. */
  readonly programCents: number
}

/**
 * Compares the tables with what the clients were told, by sums of its own: every entry that was
 * acknowledged is there once, nothing else is, and each user's balance follows from the entries.
 */
export function compareBooks(
  { entries, balances, programCents }: Tables,
  posted: ReadonlyMap<string, Observation>,
): Books {
  const faults = [
    ...entryFaults(entries, posted),
    ...sequenceFaults(entries, new Map(balances.map((balance) => [balance.user_id, balance]))),
    ...positionFaults(entries),
  ]
  const userCents = balances.reduce((sum, { available, pending }) => sum + available + pending, 0)
  if (userCents + programCents !== 0)
    faults.push(`users have ${userCents}, the program ${programCents}`)
  const entriesOfFlow: Record<string, number> = {}
  for (const { flow } of entries) entriesOfFlow[flow] = (entriesOfFlow[flow] ?? 0) + 1
  return { faults, entriesOfFlow }
}

/** By SQL of its own, which shares nothing with the server. */
export function readTables(databaseUrl: string): Promise<Tables> {
  return withDatabase(databaseUrl, async (client) => {
    const entries = await client.query<EntryRow>(
      `select user_id, id, flow, amount_cents::float8 as amount, user_sequence::float8 as sequence,
         balance_after_cents::float8 as available, pending_after_cents::float8 as pending,
         related_entry_id, idempotency_key, to_json(recorded_at) #>> '{}' as recorded_at
       from ledger_entries order by user_id, user_sequence`,
    )
    const balances = await client.query<BalanceRow>(
      `select user_id, available_cents::float8 as available, pending_cents::float8 as pending,
         version::float8 as version
       from user_balances`,
    )
    const program = await client.query<{ cents: number }>(
      'select sum(credits_cents - debits_cents)::float8 as cents from account_stripes',
    )
    return {
      entries: entries.rows,
      balances: balances.rows,
      programCents: program.rows[0]?.cents ?? 0,
    }
  })
}

/** Lost, doubled, unasked for, or another than was asked for. */
function entryFaults(
  entries: readonly EntryRow[],
  posted: ReadonlyMap<string, Observation>,
): string[] {
  const faults: string[] = []
  const unseen = new Map(posted)
  for (const { id, amount, idempotency_key: key } of entries) {
    const observation = unseen.get(key)
    unseen.delete(key)
    const asked = observation?.operation.body['amount_cents']
    if (!observation) faults.push(`${key}: a second entry, or nobody asked for it`)
    else if (observation.entry?.id !== id) faults.push(`${key}: another entry was acknowledged`)
    else if (asked !== undefined && asked !== amount)
      faults.push(`${key}: the entry is of ${amount}`)
  }
  return [...faults, ...[...unseen.keys()].map((key) => `${key}: acknowledged and lost`)]
}

/** Each user's entries one after the other, and the kept balance as their end. */
function sequenceFaults(
  entries: readonly EntryRow[],
  balances: ReadonlyMap<string, BalanceRow>,
): string[] {
  const faults: string[] = []
  const ends = new Map<string, EntryRow>()
  for (const entry of entries) {
    const before = ends.get(entry.user_id)
    if (!follows(entry, before)) faults.push(`${entry.id}: does not follow the entry before it`)
    if (before && Date.parse(entry.recorded_at) < Date.parse(before.recorded_at))
      faults.push(`${entry.id}: recorded before the entry before it`)
    ends.set(entry.user_id, entry)
  }
  for (const [userId, { sequence, available, pending }] of ends) {
    const kept = balances.get(userId)
    const isRight =
      kept?.version === sequence && kept.available === available && kept.pending === pending
    if (!isRight) faults.push(`${userId}: the balance is not that of the last entry`)
  }
  if (balances.size !== ends.size) faults.push('balances without entries')
  return faults
}

const nothing = { sequence: 0, available: 0, pending: 0 }

function follows(entry: EntryRow, before: typeof nothing = nothing): boolean {
  const effect = effects[entry.flow]
  if (!effect || entry.available < 0 || entry.pending < 0) return false
  return (
    entry.sequence === before.sequence + 1 &&
    entry.available === before.available + effect[0] * entry.amount &&
    entry.pending === before.pending + effect[1] * entry.amount
  )
}

/** No entry is reversed beyond its amount or confirmed twice. */
function positionFaults(entries: readonly EntryRow[]): string[] {
  const faults: string[] = []
  const byId = new Map(entries.map((entry) => [entry.id, entry]))
  const reversed = new Map<string, number>()
  const confirmed = new Set<string>()
  for (const { id, flow, amount, user_id, related_entry_id: related } of entries) {
    if (related === null) continue
    const original = byId.get(related)
    if (original?.user_id !== user_id) faults.push(`${id}: about the entry of somebody else`)
    if (flow === 'confirm') {
      if (confirmed.has(related)) faults.push(`${related}: confirmed twice`)
      confirmed.add(related)
      continue
    }
    const sum = (reversed.get(related) ?? 0) + amount
    reversed.set(related, sum)
    if (sum > (original?.amount ?? 0)) faults.push(`${related}: reversed beyond its amount`)
  }
  return faults
}
