import type { EntryPosition } from '@pineos/core/ledger/entry.ts'
import { plainArray, textArray } from './array-literal.ts'
import type { BoundStatement, Statement } from './connection.ts'
import { byBothNames } from './order.ts'
import type { SaveContext } from './save-context.ts'
import type { WorkingSet } from './working-set.ts'

const insertStatement: Statement = {
  name: 'journal_insert_positions',
  sql: `
    insert into entry_positions
      (user_id, entry_id, currency, amount_cents, pending_cents, reversed_cents, expired_cents,
       unspent_cents, expires_at, due_at)
    select n.user_id, n.entry_id, n.currency, n.amount_cents, n.pending_cents, n.reversed_cents,
      n.expired_cents, n.unspent_cents, n.expires_at, n.due_at
    from unnest($1::text[], $2::uuid[], $3::text[], $4::bigint[], $5::bigint[], $6::bigint[],
        $7::bigint[], $8::bigint[], $9::timestamptz[], $10::timestamptz[])
      as n (user_id, entry_id, currency, amount_cents, pending_cents, reversed_cents, expired_cents,
        unspent_cents, expires_at, due_at)`,
}

// Added, never set: the checks of the table then bound the true sums whatever was loaded.
const updateStatement: Statement = {
  name: 'journal_update_positions',
  sql: `
    update entry_positions p
    set pending_cents = p.pending_cents + n.pending_cents,
      reversed_cents = p.reversed_cents + n.reversed_cents,
      expired_cents = p.expired_cents + n.expired_cents,
      unspent_cents = p.unspent_cents + n.unspent_cents,
      due_at = n.due_at
    from unnest($1::text[], $2::uuid[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[],
        $7::timestamptz[])
      as n (user_id, entry_id, pending_cents, reversed_cents, expired_cents, unspent_cents, due_at)
    where p.user_id = n.user_id and p.entry_id = n.entry_id`,
}

interface Change {
  readonly before: EntryPosition
  readonly after: EntryPosition
}

/** Saves what became of pending, confirmed, reversed and expiring entries; fails where another writer was first. */
export function savePositions(set: WorkingSet, { loaded }: SaveContext): readonly BoundStatement[] {
  const latest = new Map<string, EntryPosition>()
  for (const { positions } of set.postings)
    for (const position of positions) latest.set(position.entryId, position)
  const sorted = [...latest.values()].sort((a, b) =>
    byBothNames([a.userId, a.entryId], [b.userId, b.entryId]),
  )
  const created = sorted.filter(({ entryId }) => !loaded.positions.has(entryId))
  const updated = sorted.flatMap((after): Change[] => {
    const before = loaded.positions.get(after.entryId)
    return before ? [{ before, after }] : []
  })
  return [
    ...(created.length > 0
      ? [{ statement: insertStatement, values: createdColumns(created) }]
      : []),
    ...(updated.length > 0
      ? [{ statement: updateStatement, values: updatedColumns(updated) }]
      : []),
  ]
}

function createdColumns(positions: readonly EntryPosition[]): string[] {
  return [
    textArray(positions.map((position) => position.userId)),
    plainArray(positions.map((position) => position.entryId)),
    plainArray(positions.map((position) => position.currency)),
    plainArray(positions.map((position) => position.amountCents)),
    plainArray(positions.map((position) => position.pendingCents)),
    plainArray(positions.map((position) => position.reversedCents)),
    plainArray(positions.map((position) => position.expiredCents)),
    plainArray(positions.map((position) => position.unspentCents)),
    plainArray(positions.map((position) => position.expiresAt)),
    plainArray(positions.map((position) => position.dueAt)),
  ]
}

function updatedColumns(changes: readonly Change[]): string[] {
  return [
    textArray(changes.map(({ after }) => after.userId)),
    plainArray(changes.map(({ after }) => after.entryId)),
    plainArray(changes.map(({ before, after }) => after.pendingCents - before.pendingCents)),
    plainArray(changes.map(({ before, after }) => after.reversedCents - before.reversedCents)),
    plainArray(changes.map(({ before, after }) => after.expiredCents - before.expiredCents)),
    plainArray(changes.map(({ before, after }) => after.unspentCents - before.unspentCents)),
    plainArray(changes.map(({ after }) => after.dueAt)),
  ]
}

/** For the proof that it finds its rows by index. */
export const savePositionsStatements: readonly Statement[] = [updateStatement]
