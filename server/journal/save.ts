import { flows } from '@pineos/core/ledger/flows.ts'
import type { Posting } from '@pineos/core/ledger/posting.ts'
import pg from 'pg'
import { bytesArray, jsonArray, plainArray, textArray } from './array-literal.ts'
import type { BoundStatement, Statement } from './connection.ts'
import { refusalToJson } from './idempotency-record.ts'
import { byName } from './order.ts'
import { saveBalances } from './save-balances.ts'
import type { SaveContext } from './save-context.ts'
import { saveCounters } from './save-counters.ts'
import { saveEvents } from './save-events.ts'
import { saveHolds } from './save-holds.ts'
import { saveIntake } from './save-intake.ts'
import { savePositions } from './save-positions.ts'
import { saveSums } from './save-sums.ts'
import type { WorkingSet } from './working-set.ts'

/**
 * Everything that the batch has changed, as statements to be sent in one go and without waiting in
 * between. All of them are made before the first is sent: the commit goes out behind them, and only
 * one that the database has refused would hold it up. Where another writer was first, one of the statements fails: a key, an event or a place in a sequence is taken, or
 * a balance has another version. The transaction is then lost as a whole, whatever comes after, and
 * `isClash` tells such an error from others. Statements go in one order of tables everywhere, rows in
 * the order of their keys, so that writers rarely wait for each other in a circle.
 */
export function saveStatements(
  set: WorkingSet,
  context: SaveContext,
  stripe: number,
): readonly BoundStatement[] {
  assertPostings(set.postings, context)
  return [
    ...saveRecords(set, context),
    ...saveEvents(set, context),
    ...saveHolds(set),
    ...saveCounters(set.counters.list(), context.metricNumber),
    ...saveBalances(set, context),
    ...savePositions(set, context),
    ...saveEntries(set.postings, context),
    ...saveSums(set.postings, stripe),
    ...saveIntake(set.postings, context),
  ]
}

/** The first of two guards; the constraints of the tables are the second. */
export function assertPostings(postings: readonly Posting[], { recordedAt }: SaveContext): void {
  for (const { entry } of postings) {
    if (entry.amountCents <= 0n || entry.debitAccount === entry.creditAccount) {
      throw new Error(`entry ${entry.id} would not move an amount between two accounts`)
    }
    if (entry.recordedAt !== recordedAt)
      throw new Error(`entry ${entry.id} has another time than its batch`)
  }
}

// The constraints that only another writer's row can violate: the commands of a batch know of each other.
const clashConstraints = new Set([
  'idempotency_records_pk',
  'events_pk',
  'decisions_pk',
  'user_balances_pk',
  'entry_positions_pk',
  'ledger_entries_sequence_unique',
  'event_holds_pk',
])

const nullableByClash = new Set(['user_balances', 'ledger_entries', 'decisions'])

/** True for the error of a save that came second: nothing was changed, and the batch can run again. */
export function isClash(error: unknown): boolean {
  if (!(error instanceof pg.DatabaseError)) return false
  if (error.code === '23505') return clashConstraints.has(error.constraint ?? '')
  // not_null_violation: how the update of a balance refuses another version or a later time, and the
  // insert of entries a period that was closed meanwhile; of decisions, rules that have changed.
  return error.code === '23502' && nullableByClash.has(error.table ?? '')
}

const recordsStatement: Statement = {
  name: 'journal_save_records',
  sql: `
    insert into idempotency_records
      (owner_id, key, fingerprint, field_digests, entry_id, user_id, refusal, created_at)
    select n.owner_id, n.key, n.fingerprint, n.field_digests, n.entry_id, n.user_id,
      n.refusal::jsonb, $8::timestamptz
    from unnest($1::text[], $2::text[], $3::bytea[], $4::text[], $5::uuid[], $6::text[], $7::text[])
      as n (owner_id, key, fingerprint, field_digests, entry_id, user_id, refusal)`,
}

function saveRecords(set: WorkingSet, { recordedAt }: SaveContext): readonly BoundStatement[] {
  if (set.newRecords.length === 0) return []
  const records = [...set.newRecords].sort(
    (a, b) => byName(a.ownerId, b.ownerId) || byName(a.key, b.key),
  )
  const values = [
    textArray(records.map((record) => record.ownerId)),
    textArray(records.map((record) => record.key)),
    bytesArray(records.map((record) => record.fingerprint)),
    textArray(records.map((record) => record.fieldDigests)),
    plainArray(records.map((record) => record.entryId)),
    textArray(records.map((record) => record.userId)),
    textArray(records.map((record) => (record.refusal ? refusalToJson(record.refusal) : null))),
    recordedAt,
  ]
  return [{ statement: recordsStatement, values }]
}

// What would count within a period that was closed since the batch was loaded gets no time, which the
// table refuses. Whoever closes a period holds `closed_periods` against this statement until it commits.
const entriesStatement: Statement = {
  name: 'journal_save_entries',
  sql: `
    insert into ledger_entries
      (user_id, id, flow, entry_type, amount_cents, currency, debit_account, credit_account,
       user_sequence, balance_after_cents, pending_after_cents, debt_after_cents, reward_id,
       related_entry_id, reason, idempotency_key, actor, source_event, metadata, available_at,
       expires_at, effective_at, recorded_at)
    select n.user_id, n.id, n.flow, n.entry_type, n.amount_cents, n.currency, n.debit_account,
      n.credit_account, n.user_sequence, n.balance_after_cents, n.pending_after_cents,
      n.debt_after_cents, n.reward_id, n.related_entry_id, n.reason, n.idempotency_key, n.actor,
      n.source_event, n.metadata::jsonb, n.available_at, n.expires_at,
      case when coalesce(n.effective_at, $23::timestamptz) >= c.closed_until
        then coalesce(n.effective_at, $23::timestamptz) end,
      $23::timestamptz
    from unnest($1::text[], $2::uuid[], $3::text[], $4::text[], $5::bigint[], $6::text[], $7::text[],
        $8::text[], $9::bigint[], $10::bigint[], $11::bigint[], $12::bigint[], $13::text[],
        $14::uuid[], $15::text[], $16::text[], $17::text[], $18::text[], $19::text[],
        $20::timestamptz[], $21::timestamptz[], $22::timestamptz[])
      as n (user_id, id, flow, entry_type, amount_cents, currency, debit_account, credit_account,
        user_sequence, balance_after_cents, pending_after_cents, debt_after_cents, reward_id,
        related_entry_id, reason, idempotency_key, actor, source_event, metadata, available_at,
        expires_at, effective_at)
    cross join (
      select coalesce(max(closed_until), '-infinity') as closed_until from closed_periods
    ) c`,
}

function saveEntries(
  postings: readonly Posting[],
  { recordedAt }: SaveContext,
): readonly BoundStatement[] {
  if (postings.length === 0) return []
  const entries = postings.map((posting) => posting.entry)
  const values = [
    textArray(entries.map((entry) => entry.userId)),
    plainArray(entries.map((entry) => entry.id)),
    plainArray(entries.map((entry) => entry.flow)),
    plainArray(entries.map((entry) => flows[entry.flow].entryType)),
    plainArray(entries.map((entry) => entry.amountCents)),
    plainArray(entries.map((entry) => entry.currency)),
    textArray(entries.map((entry) => entry.debitAccount)),
    textArray(entries.map((entry) => entry.creditAccount)),
    plainArray(entries.map((entry) => entry.userSequence)),
    plainArray(entries.map((entry) => entry.balanceAfterCents)),
    plainArray(entries.map((entry) => entry.pendingAfterCents)),
    plainArray(entries.map((entry) => entry.debtAfterCents)),
    textArray(entries.map((entry) => entry.rewardId)),
    plainArray(entries.map((entry) => entry.relatedEntryId)),
    textArray(entries.map((entry) => entry.reason)),
    textArray(entries.map((entry) => entry.idempotencyKey)),
    textArray(entries.map((entry) => entry.actor)),
    textArray(entries.map((entry) => entry.sourceEvent)),
    jsonArray(entries.map((entry) => entry.metadata)),
    plainArray(entries.map((entry) => entry.availableAt)),
    plainArray(entries.map((entry) => entry.expiresAt)),
    plainArray(entries.map((e) => (e.effectiveAt === recordedAt ? null : e.effectiveAt))),
    recordedAt,
  ]
  return [{ statement: entriesStatement, values }]
}
