import fc from 'fast-check'
import pg from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { leafOf } from '../../verifier/leaf.ts'
import { hashLeaf } from '../../verifier/merkle.ts'
import { createTestDatabase, type TestDatabase } from '../testing/database.ts'
import { leafHash, leafJoin, leafText } from './leaf.ts'

let database: TestDatabase
/** One connection, whose settings a test changes. */
let client: pg.Client

beforeAll(async () => {
  database = await createTestDatabase()
  client = new pg.Client({ connectionString: database.ownerConnectionString })
  await client.connect()
  // Entries as odd as the types of their columns let them be.
  await client.query(
    'create temporary table odd_entries as select * from ledger_entries with no data',
  )
})
afterAll(async () => {
  await client.end()
  await database.drop()
})

/** Text that PostgreSQL can hold: all but the null character. */
const text = fc.string({ unit: 'binary', maxLength: 40 }).filter((value) => !value.includes('\0'))
const amount = fc.maxSafeInteger().map(String)
const uuid = fc.uuid()
const time = fc
  .tuple(
    fc.date({
      min: new Date('0001-01-01T00:00:00Z'),
      max: new Date('9999-12-31T00:00:00Z'),
      noInvalidDate: true,
    }),
    fc.integer({ min: 0, max: 999 }),
  )
  .map(([date, micros]) => date.toISOString().replace('Z', `${String(micros).padStart(3, '0')}Z`))
const orNull = <Value>(value: fc.Arbitrary<Value>) => fc.option(value)
const metadata = fc.oneof(
  fc.dictionary(text, fc.oneof(text, fc.double({ noNaN: true, noDefaultInfinity: true }))),
  fc.constant({ nested: [null, true, { '': [] }] }),
)
const entry = fc.record({
  id: uuid,
  user_id: text,
  flow: text,
  entry_type: text,
  amount_cents: amount,
  currency: text,
  debit_account: text,
  credit_account: text,
  user_sequence: amount,
  balance_after_cents: amount,
  pending_after_cents: amount,
  debt_after_cents: amount,
  reward_id: orNull(text),
  related_entry_id: orNull(uuid),
  reason: orNull(text),
  idempotency_key: text,
  actor: text,
  source_event: orNull(text),
  metadata,
  available_at: orNull(time),
  expires_at: orNull(time),
  effective_at: time,
  recorded_at: time,
})

async function readLeaves(): Promise<{ leaf: string; hash: Buffer }[]> {
  const { rows } = await client.query<{ leaf: string; hash: Buffer }>(
    `select ${leafText} as leaf, ${leafHash} as hash from odd_entries e ${leafJoin}`,
  )
  return rows
}

// The verifier makes the bytes from the text, by code of its own. Were they others for any entry, its
// proof and every export that has it would be called wrong.
it('has the same bytes by PostgreSQL and by the verifier, whatever an entry holds', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(entry, { minLength: 50, maxLength: 100 }), async (entries) => {
      await client.query('truncate odd_entries')
      await client.query(
        'insert into odd_entries select r.* from json_populate_recordset(null::odd_entries, $1::json) as r',
        [JSON.stringify(entries)],
      )
      const rows = await readLeaves()
      expect(rows).toHaveLength(entries.length)
      for (const { leaf, hash } of rows) expect(hashLeaf(leafOf(leaf).bytes)).toEqual(hash)
    }),
    { numRuns: 10 },
  )
})

it('keeps numbers in metadata that no double holds', async () => {
  await client.query('truncate odd_entries')
  await client.query(
    `insert into odd_entries (id, metadata) values
       (gen_random_uuid(), '{"n": [12345678901234567890123456789, 0.10, -0.0, 1E+50, 1e-50]}')`,
  )
  const [row] = await readLeaves()
  expect(row?.leaf).toContain('12345678901234567890123456789, 0.10, 0.0')
  expect(hashLeaf(leafOf(row?.leaf ?? '').bytes)).toEqual(row?.hash)
})

// A session of an operator with other settings must come to the same hashes as the sealer.
it.each([
  "set timezone to 'Asia/Kathmandu'",
  "set datestyle to 'German, DMY'",
  "set bytea_output to 'escape'",
  "set intervalstyle to 'iso_8601'",
])('is the same in every session: %s', async (statement) => {
  await client.query('truncate odd_entries')
  await client.query(
    `insert into odd_entries (id, user_id, metadata, available_at, recorded_at) values
       (gen_random_uuid(), 'naïve', '{"a": "雪"}', '2026-03-29T01:30:00.000001Z', '1999-12-31T23:59:59.9Z')`,
  )
  const before = await readLeaves()
  await client.query(statement)
  const after = await readLeaves()
  await client.query('reset all')
  expect(after).toEqual(before)
})
