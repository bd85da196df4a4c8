/**
 * The leaf of an entry: a JSON text that PostgreSQL makes from the stored row. These very bytes are
 * hashed, answered with a proof and written by an export, so that nobody who checks them needs to know
 * how to write JSON in one form. Columns and their order are part of the hash: they may never change,
 * and a column that is added to the table later starts a new form of leaf.
 *
 * Times are written without a zone, in UTC, so that no setting of a session changes them; amounts are
 * JSON numbers, metadata is the text of its jsonb.
 */
const leafColumns = [
  'e.id',
  'e.user_id',
  'e.flow',
  'e.entry_type',
  'e.amount_cents',
  'e.currency',
  'e.debit_account',
  'e.credit_account',
  'e.user_sequence',
  'e.balance_after_cents',
  'e.pending_after_cents',
  'e.debt_after_cents',
  'e.reward_id',
  'e.related_entry_id',
  'e.reason',
  'e.idempotency_key',
  'e.actor',
  'e.source_event',
  'e.metadata',
  timeInUtc('available_at'),
  timeInUtc('expires_at'),
  timeInUtc('effective_at'),
  timeInUtc('recorded_at'),
]

function timeInUtc(column: string): string {
  return `e.${column} at time zone 'UTC' as ${column}`
}

/** SQL: joins the leaf, as `l`, to a row of `ledger_entries`, whose alias is `e`. */
export const leafJoin = `cross join lateral (select ${leafColumns.join(', ')}) as l`

/** SQL: the text of the leaf `l`. */
export const leafText = 'row_to_json(l)::text'

/** SQL: the hash of the leaf `l`: SHA-256(0x00 || text), as RFC 9162 §2.1.1 has it. */
export const leafHash = `sha256('\\x00'::bytea || convert_to(${leafText}, 'UTF8'))`
