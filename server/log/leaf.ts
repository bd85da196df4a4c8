/**
 * The leaf of an entry: its columns in PostgreSQL's binary form of a row, the one in which a client is
 * sent it. PostgreSQL makes these bytes in a third of the time that a JSON text takes; those of the
 * types used are documented and were the same in PostgreSQL 15 and 18. Of a session only the encoding of its client could change them, which the driver
 * sets to UTF-8. `verifier/leaf.ts` makes them again from the text of an entry.
 *
 *     row     = int32 number of columns, then each column
 *     column  = int32 type, int32 length or −1 for null, bytes
 *     text    = UTF-8 (25)                 bigint = int64 (20)           uuid = 16 bytes (2950)
 *     jsonb   = byte 1, its text (3802)    timestamptz = int64 microseconds since 2000-01-01 UTC (1184)
 *
 * Numbers are big-endian. Columns and their order are part of the hash: they may never change, and a
 * column that is added to the table later starts a new form of leaf, which its number of columns tells
 * from this one.
 */
const leafColumns = [
  'id',
  'user_id',
  'flow',
  'entry_type',
  'amount_cents',
  'currency',
  'debit_account',
  'credit_account',
  'user_sequence',
  'balance_after_cents',
  'pending_after_cents',
  'debt_after_cents',
  'reward_id',
  'related_entry_id',
  'reason',
  'idempotency_key',
  'actor',
  'source_event',
  'metadata',
  'available_at',
  'expires_at',
  'effective_at',
  'recorded_at',
] as const

const columnsOfEntry = leafColumns.map((column) => `e.${column}`).join(', ')

/**
 * SQL: the hash of the leaf of a row of `ledger_entries`, whose alias is `e`: SHA-256(0x00 || leaf), as
 * RFC 9162 §2.1.1 has it.
 */
export const leafHash = `sha256('\\x00'::bytea || record_send(row(${columnsOfEntry})))`

// As text: JSON has numbers that readers round, and the time of day without a zone depends on no setting.
const writtenColumns: Readonly<Record<string, string>> = {
  metadata: 'e.metadata::text',
  available_at: "e.available_at at time zone 'UTC'",
  expires_at: "e.expires_at at time zone 'UTC'",
  effective_at: "e.effective_at at time zone 'UTC'",
  recorded_at: "e.recorded_at at time zone 'UTC'",
}

/** SQL: joins what the text of the leaf says, as `l`, to a row of `ledger_entries`, as `e`. */
export const leafJoin = `cross join lateral (
  select ${leafColumns.map((column) => `${writtenColumns[column] ?? `e.${column}`} as ${column}`).join(', ')}
) as l`

/**
 * SQL: the leaf `l` as a JSON text that says all of it: one object of texts, whole numbers and nulls, its
 * metadata the text of its jsonb. It is what a proof and an export carry; whoever checks them makes the
 * bytes from it.
 */
export const leafText = 'row_to_json(l)::text'
