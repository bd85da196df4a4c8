import type { EntryPosition } from '@pineos/core/ledger/entry.ts'
import { type EntryRow, entryColumns, entryFromRow } from '../ledger/entry-row.ts'
import { plainArray, textArray } from './array-literal.ts'
import type { JournalConnection, Statement } from './connection.ts'
import { type RefusalJson, refusalFromJson } from './idempotency-record.ts'
import { type BalanceName, loadBalances } from './load-balances.ts'
import type { Loaded } from './save-context.ts'
import { pairKey, type WorkingSet } from './working-set.ts'

/** What must be known to settle a posting: its key, and the entry or the account that it is about. */
export interface PostingNeed {
  readonly ownerId: string
  readonly key: string
  readonly command:
    | { readonly targetEntryId: string }
    | { readonly userId: string; readonly currency: string }
}

/**
 * Loads what the postings need into the working set, in one go where it can: the records of their
 * keys, the entries they are about and the balances of the users they name; then, where there are
 * any, the entries of known keys and the balances and positions of the entries. With `times` it
 * learns when the balances were last updated.
 */
export async function loadPostings(
  connection: JournalConnection,
  set: WorkingSet,
  postings: readonly PostingNeed[],
  times: boolean,
): Promise<Loaded> {
  const targets = new Set<string>()
  const named = new Map<string, BalanceName>()
  for (const { command } of postings) {
    if ('targetEntryId' in command) targets.add(command.targetEntryId)
    else named.set(pairKey(command.userId, command.currency), [command.userId, command.currency])
  }
  const [records, balances] = await Promise.all([
    loadRecords(connection, set, postings),
    loadBalances(connection, set, { names: [...named.values()], times }),
    targets.size > 0 ? loadEntries(connection, set, [...targets]) : undefined,
    loadClosedUntil(connection, set),
  ])
  const owners = new Map<string, BalanceName>()
  for (const id of targets) {
    const entry = set.entry(id)
    const key = entry && pairKey(entry.userId, entry.currency)
    if (key && !named.has(key)) owners.set(key, [entry.userId, entry.currency])
  }
  // Balances before positions: whoever changes a position changes the version of its balance, so a
  // position that is newer than the balance beside it is found out when the batch is saved.
  const [ownerBalances, positions] = await Promise.all([
    loadBalances(connection, set, { names: [...owners.values()], times }),
    targets.size > 0
      ? loadPositions(connection, set, [...targets])
      : new Map<string, EntryPosition>(),
    records.length > 0 ? loadOwnedEntries(connection, set, records) : undefined,
  ])
  return {
    versions: new Map([...balances.versions, ...ownerBalances.versions]),
    positions: new Map([...balances.lots, ...ownerBalances.lots, ...positions]),
    updatedAtMs: Math.max(balances.updatedAtMs, ownerBalances.updatedAtMs),
  }
}

const recordsStatement: Statement = {
  name: 'journal_load_records',
  sql: `
    select r.owner_id, r.key, r.fingerprint, r.field_digests, r.entry_id, r.user_id, r.refusal
    from unnest($1::text[], $2::text[]) as wanted (owner_id, key)
    join idempotency_records r on r.owner_id = wanted.owner_id and r.key = wanted.key`,
}

interface RecordRow {
  readonly owner_id: string
  readonly key: string
  readonly fingerprint: Buffer
  readonly field_digests: string
  readonly entry_id: string
  readonly user_id: string | null
  readonly refusal: RefusalJson | null
}

/** Returns owner and id of the entries that known keys have led to. */
async function loadRecords(
  connection: JournalConnection,
  set: WorkingSet,
  postings: readonly PostingNeed[],
): Promise<(readonly [string, string])[]> {
  const { rows } = await connection.query<RecordRow>(recordsStatement, [
    textArray(postings.map((posting) => posting.ownerId)),
    textArray(postings.map((posting) => posting.key)),
  ])
  const owned: (readonly [string, string])[] = []
  for (const row of rows) {
    set.records.rows.set(pairKey(row.owner_id, row.key), {
      ownerId: row.owner_id,
      key: row.key,
      fingerprint: row.fingerprint.toString('hex'),
      fieldDigests: row.field_digests,
      entryId: row.entry_id,
      userId: row.user_id,
      refusal: row.refusal ? refusalFromJson(row.refusal) : null,
    })
    if (row.user_id !== null) owned.push([row.user_id, row.entry_id])
  }
  return owned
}

const entriesStatement: Statement = {
  name: 'journal_load_entries',
  sql: `
    select ${entryColumns}
    from unnest($1::uuid[]) as wanted (id) join ledger_entries e on e.id = wanted.id`,
}

async function loadEntries(
  connection: JournalConnection,
  set: WorkingSet,
  ids: readonly string[],
): Promise<void> {
  const { rows } = await connection.query<EntryRow>(entriesStatement, [plainArray(ids)])
  for (const row of rows) set.entries.rows.set(row.id, entryFromRow(row))
}

const ownedEntriesStatement: Statement = {
  name: 'journal_load_owned_entries',
  sql: `
    select ${entryColumns}
    from unnest($1::text[], $2::uuid[]) as wanted (user_id, id)
    join ledger_entries e on e.user_id = wanted.user_id and e.id = wanted.id`,
}

async function loadOwnedEntries(
  connection: JournalConnection,
  set: WorkingSet,
  owned: readonly (readonly [string, string])[],
): Promise<void> {
  const { rows } = await connection.query<EntryRow>(ownedEntriesStatement, [
    textArray(owned.map(([userId]) => userId)),
    plainArray(owned.map(([, id]) => id)),
  ])
  for (const row of rows) set.entries.rows.set(row.id, entryFromRow(row))
}

const closedUntilStatement: Statement = {
  name: 'journal_load_closed_until',
  sql: 'select max(closed_until) as closed_until from closed_periods',
}

async function loadClosedUntil(connection: JournalConnection, set: WorkingSet): Promise<void> {
  const { rows } = await connection.query<{ closed_until: Date | null }>(closedUntilStatement, [])
  set.closedUntil = rows[0]?.closed_until?.toISOString() ?? null
}

const positionsStatement: Statement = {
  name: 'journal_load_positions',
  sql: `
    select p.user_id, p.currency, p.entry_id, p.amount_cents, p.pending_cents, p.reversed_cents,
      p.expired_cents, p.unspent_cents, p.expires_at, p.due_at
    from unnest($1::text[], $2::uuid[]) as wanted (user_id, entry_id)
    join entry_positions p on p.user_id = wanted.user_id and p.entry_id = wanted.entry_id`,
}

interface PositionRow {
  readonly user_id: string
  readonly currency: string
  readonly entry_id: string
  readonly amount_cents: bigint
  readonly pending_cents: bigint
  readonly reversed_cents: bigint
  readonly expired_cents: bigint
  readonly unspent_cents: bigint
  readonly expires_at: Date | null
  readonly due_at: Date | null
}

async function loadPositions(
  connection: JournalConnection,
  set: WorkingSet,
  ids: readonly string[],
): Promise<Map<string, EntryPosition>> {
  const entries = ids.flatMap((id) => set.entry(id) ?? [])
  const { rows } = await connection.query<PositionRow>(positionsStatement, [
    textArray(entries.map((entry) => entry.userId)),
    plainArray(entries.map((entry) => entry.id)),
  ])
  const positions = new Map<string, EntryPosition>()
  for (const row of rows) {
    const position = positionFromRow(row)
    positions.set(row.entry_id, position)
    set.positions.rows.set(row.entry_id, position)
  }
  return positions
}

function positionFromRow(row: PositionRow): EntryPosition {
  return {
    userId: row.user_id,
    currency: row.currency,
    entryId: row.entry_id,
    amountCents: row.amount_cents,
    pendingCents: row.pending_cents,
    reversedCents: row.reversed_cents,
    expiredCents: row.expired_cents,
    unspentCents: row.unspent_cents,
    expiresAt: row.expires_at?.toISOString() ?? null,
    dueAt: row.due_at?.toISOString() ?? null,
  }
}

/** For the proof that each finds its rows by index. */
export const loadStatements: readonly Statement[] = [
  recordsStatement,
  entriesStatement,
  ownedEntriesStatement,
  positionsStatement,
  closedUntilStatement,
]
