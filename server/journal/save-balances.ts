import type { Entry, EntryPosition, UserBalance } from '@pineos/core/ledger/entry.ts'
import { plainArray, textArray } from './array-literal.ts'
import type { JournalConnection, Statement } from './connection.ts'
import { byName } from './order.ts'
import { allSent } from './pipeline.ts'
import type { SaveContext } from './save-context.ts'
import { pairKey, type WorkingSet } from './working-set.ts'

const insertBalancesStatement: Statement = {
  name: 'journal_insert_balances',
  sql: `
    insert into user_balances (user_id, currency, available_cents, pending_cents, version, updated_at)
    select n.user_id, n.currency, n.available_cents, n.pending_cents, n.version, $6::timestamptz
    from unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[], $5::bigint[])
      as n (user_id, currency, available_cents, pending_cents, version)`,
}

// Of another version than was loaded, the balance becomes null, which the table refuses: the statement
// fails, and with it the transaction. A predicate on the version would silently change nothing.
const updateBalancesStatement: Statement = {
  name: 'journal_update_balances',
  sql: `
    update user_balances b
    set available_cents = case when b.version = n.loaded_version then n.available_cents end,
      pending_cents = n.pending_cents, version = n.version,
      updated_at = $7::timestamptz
    from unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[])
      as n (user_id, currency, available_cents, pending_cents, version, loaded_version)
    where b.user_id = n.user_id and b.currency = n.currency`,
}

/** Saves the balances; fails where another writer has changed or created one since they were loaded. */
export async function saveBalances(
  connection: JournalConnection,
  set: WorkingSet,
  { loaded, recordedAt }: SaveContext,
): Promise<void> {
  const changed = new Map<string, UserBalance>()
  for (const { balance } of set.postings)
    changed.set(pairKey(balance.userId, balance.currency), balance)
  const created: UserBalance[] = []
  const updated: UserBalance[] = []
  const loadedVersions: bigint[] = []
  const sorted = [...changed].sort(
    ([, a], [, b]) => byName(a.userId, b.userId) || byName(a.currency, b.currency),
  )
  for (const [key, balance] of sorted) {
    const version = loaded.versions.get(key)
    if (version === undefined) created.push(balance)
    else {
      updated.push(balance)
      loadedVersions.push(version)
    }
  }
  await allSent([
    created.length > 0
      ? connection.query(insertBalancesStatement, [...columns(created), recordedAt])
      : undefined,
    updated.length > 0
      ? connection.query(updateBalancesStatement, [
          ...columns(updated),
          plainArray(loadedVersions),
          recordedAt,
        ])
      : undefined,
  ])
}

function columns(balances: readonly UserBalance[]): string[] {
  return [
    textArray(balances.map((balance) => balance.userId)),
    plainArray(balances.map((balance) => balance.currency)),
    plainArray(balances.map((balance) => balance.availableCents)),
    plainArray(balances.map((balance) => balance.pendingCents)),
    plainArray(balances.map((balance) => balance.version)),
  ]
}

const insertPositionsStatement: Statement = {
  name: 'journal_insert_positions',
  sql: `
    insert into entry_positions (user_id, entry_id, amount_cents, pending_cents, reversed_cents)
    select n.user_id, n.entry_id, n.amount_cents, n.pending_cents, n.reversed_cents
    from unnest($1::text[], $2::uuid[], $3::bigint[], $4::bigint[], $5::bigint[])
      as n (user_id, entry_id, amount_cents, pending_cents, reversed_cents)`,
}

// Added, never set: the checks of the table then bound the true sums whatever was loaded.
const updatePositionsStatement: Statement = {
  name: 'journal_update_positions',
  sql: `
    update entry_positions p
    set pending_cents = p.pending_cents + n.pending_cents,
      reversed_cents = p.reversed_cents + n.reversed_cents
    from unnest($1::text[], $2::uuid[], $3::bigint[], $4::bigint[])
      as n (user_id, entry_id, pending_cents, reversed_cents)
    where p.user_id = n.user_id and p.entry_id = n.entry_id`,
}

interface PositionChange {
  readonly entry: Entry
  readonly before: EntryPosition | undefined
  readonly after: EntryPosition
}

/** Saves what became of pending, confirmed and reversed entries; fails where another writer was first. */
export async function savePositions(
  connection: JournalConnection,
  set: WorkingSet,
  { loaded }: SaveContext,
): Promise<void> {
  const changes = positionChanges(set, loaded.positions)
  const created = changes.filter((change) => change.before === undefined)
  const updated = changes.filter((change) => change.before !== undefined)
  await allSent([
    created.length > 0
      ? connection.query(insertPositionsStatement, [
          textArray(created.map(({ entry }) => entry.userId)),
          plainArray(created.map(({ entry }) => entry.id)),
          plainArray(created.map(({ entry }) => entry.amountCents)),
          plainArray(created.map(({ after }) => after.pendingCents)),
          plainArray(created.map(({ after }) => after.reversedCents)),
        ])
      : undefined,
    updated.length > 0
      ? connection.query(updatePositionsStatement, [
          textArray(updated.map(({ entry }) => entry.userId)),
          plainArray(updated.map(({ entry }) => entry.id)),
          plainArray(
            updated.map(({ before, after }) => after.pendingCents - (before?.pendingCents ?? 0n)),
          ),
          plainArray(
            updated.map(({ before, after }) => after.reversedCents - (before?.reversedCents ?? 0n)),
          ),
        ])
      : undefined,
  ])
}

function positionChanges(
  set: WorkingSet,
  before: ReadonlyMap<string, EntryPosition>,
): PositionChange[] {
  const changes = new Map<string, PositionChange>()
  for (const { positioned } of set.postings) {
    if (!positioned) continue
    const { entry, position } = positioned
    changes.set(entry.id, { entry, before: before.get(entry.id), after: position })
  }
  return [...changes.values()].sort(
    (a, b) => byName(a.entry.userId, b.entry.userId) || byName(a.entry.id, b.entry.id),
  )
}

/** For the proof that each finds its rows by index. */
export const saveBalancesStatements: readonly Statement[] = [
  updateBalancesStatement,
  updatePositionsStatement,
]
