/**
 * The bytes of a leaf from the text of an entry, as a proof and an export carry it. The bytes are the
 * columns in PostgreSQL's binary form of a row: the number of columns, and for each the number of its
 * type, its length (−1 for null) and its bytes, all numbers big-endian.
 */

/** Another thing than an entry in the one form in which it is written. */
export class LeafFailure extends Error {}

export interface Leaf {
  readonly entryId: string
  readonly bytes: Buffer
}

interface ColumnType {
  /** The number that PostgreSQL has for it, in every version. */
  readonly oid: number
  readonly bytesOf: (value: unknown) => Buffer | undefined
}

const text: ColumnType = {
  oid: 25,
  bytesOf: (value) => (typeof value === 'string' ? Buffer.from(value) : undefined),
}
const bigint: ColumnType = {
  oid: 20,
  bytesOf: (value) => (Number.isSafeInteger(value) ? int64(BigInt(value as number)) : undefined),
}
const uuid: ColumnType = {
  oid: 2950,
  bytesOf: (value) =>
    typeof value === 'string' && uuidPattern.test(value)
      ? Buffer.from(value.replaceAll('-', ''), 'hex')
      : undefined,
}
const jsonb: ColumnType = {
  oid: 3802,
  bytesOf: (value) => (typeof value === 'string' ? Buffer.from(`\u0001${value}`) : undefined),
}
const time: ColumnType = {
  oid: 1184,
  bytesOf: (value) => (typeof value === 'string' ? timeBytes(value) : undefined),
}

/** In the order of the leaf. */
const columns: readonly (readonly [name: string, type: ColumnType])[] = [
  ['id', uuid],
  ['user_id', text],
  ['flow', text],
  ['entry_type', text],
  ['amount_cents', bigint],
  ['currency', text],
  ['debit_account', text],
  ['credit_account', text],
  ['user_sequence', bigint],
  ['balance_after_cents', bigint],
  ['pending_after_cents', bigint],
  ['debt_after_cents', bigint],
  ['reward_id', text],
  ['related_entry_id', uuid],
  ['reason', text],
  ['idempotency_key', text],
  ['actor', text],
  ['source_event', text],
  ['metadata', jsonb],
  ['available_at', time],
  ['expires_at', time],
  ['effective_at', time],
  ['recorded_at', time],
]

/** Throws a LeafFailure where the text is not that of an entry, or has anything beside it. */
export function leafOf(line: string): Leaf {
  const members = membersOf(line)
  const names = Object.keys(members)
  if (names.length !== columns.length || columns.some(([name], at) => name !== names[at]))
    throw new LeafFailure('has not the members of an entry')
  const parts = [int32(columns.length)]
  for (const [name, { oid, bytesOf }] of columns) {
    const value = members[name]
    const bytes = value === null ? Buffer.alloc(0) : bytesOf(value)
    if (!bytes) throw new LeafFailure(`has no ${name} of its kind`)
    parts.push(int32(oid), int32(value === null ? -1 : bytes.length), bytes)
  }
  return { entryId: String(members['id']), bytes: Buffer.concat(parts) }
}

function membersOf(line: string): Readonly<Record<string, unknown>> {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    throw new LeafFailure('is no JSON')
  }
  // Written again it must be the same text: then no member is there twice and no number was rounded, so
  // that every reader finds in it what was hashed.
  if (typeof value !== 'object' || value === null || JSON.stringify(value) !== line)
    throw new LeafFailure('is not written in the one way')
  // An object has members of some kind; each is looked at before it is used.
  return value as Readonly<Record<string, unknown>>
}

const uuidPattern = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
const timePattern = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(?:\.(\d{0,5}[1-9]))?$/
const epochMs = Date.UTC(2000, 0, 1)

/** Microseconds since 2000-01-01, of a time in UTC that says no zone; undefined where there is no such time. */
function timeBytes(value: string): Buffer | undefined {
  const [, seconds = '', fraction = ''] = timePattern.exec(value) ?? []
  const date = new Date(`${seconds}Z`)
  if (Number.isNaN(date.getTime()) || date.toISOString().slice(0, 19) !== seconds) return undefined
  return int64(BigInt(date.getTime() - epochMs) * 1000n + BigInt(fraction.padEnd(6, '0')))
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}

function int64(value: bigint): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigInt64BE(value)
  return bytes
}
