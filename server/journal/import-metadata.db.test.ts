import fc from 'fast-check'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../testing/database.ts'
import { creditOf, openJournal, posting } from '../testing/journal.ts'
import { submit } from '../testing/proved-database.ts'
import { exportOf, importInto, textOf } from '../testing/transfer.ts'
import type { Journal } from './journal.ts'

let source: TestDatabase
let pool: pg.Pool
let journal: Journal

beforeAll(async () => {
  source = await createTestDatabase()
  pool = new pg.Pool({ connectionString: source.ownerConnectionString })
  journal = await openJournal({ connectionString: source.connectionString, pool })
})
afterAll(async () => {
  await journal.close()
  await pool.end()
  await source.drop()
})

/** Text that JSON in PostgreSQL can hold: all but the null character. */
const text = fc.string({ unit: 'binary', maxLength: 30 }).filter((value) => !value.includes('\0'))
const { value: anyJson } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    text,
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.maxSafeInteger(),
    fc.constantFrom(
      null,
      true,
      false,
      -0,
      1e21,
      5e-324,
      '\\u0041',
      '\u2028\u2029',
      '\t\r\n"\\/\b\f',
    ),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(text, tie('value'), { maxKeys: 4 }),
  ),
}))
const metadata = fc.dictionary(text, anyJson, { maxKeys: 4 })

async function exportAndImport(): Promise<void> {
  const { connectionString } = source
  const exported = await textOf(exportOf(pool, connectionString))
  const target = await createTestDatabase()
  const targetPool = new pg.Pool({ connectionString: target.ownerConnectionString })
  try {
    expect(await importInto(target.connectionString, [exported])).toMatchObject({ isKept: true })
    expect(await textOf(exportOf(targetPool, target.connectionString))).toBe(exported)
  } finally {
    await targetPool.end()
    await target.drop()
  }
}

// The leaf of an entry is bytes. Were one of them another after the import, the same root would not come out.
describe('entries with odd metadata', () => {
  it('come out of an import byte for byte as they were', async () => {
    const property = fc.asyncProperty(
      fc.array(fc.record({ metadata, note: text }), { minLength: 40, maxLength: 60 }),
      async (samples) => {
        await Promise.all(
          samples.map(({ metadata: odd, note }, index) => {
            const keyed = posting(creditOf(`user ${index} "\\ 雪`, 1n))
            const command = { ...keyed.command, metadata: odd, actor: note, sourceEvent: null }
            return submit(journal, { ...keyed, command })
          }),
        )
        await exportAndImport()
      },
    )
    await fc.assert(property, { numRuns: 4 })
  })

  // Numbers of more digits than JavaScript has come in by other clients of the database alone.
  it('keep numbers that no double holds', async () => {
    const keyed = posting(creditOf('big', 1n), 'big')
    await submit(journal, keyed)
    await journal.close()
    await pool.query(
      `set session_replication_role = 'replica'; update ledger_entries
       set metadata = '{"n": [12345678901234567890123456789, 0.10, 1.000000000000000000001, -0.0, 1E+50, 1e-50]}'
       where user_id = 'big'; set session_replication_role = 'origin'`,
    )
    await exportAndImport()
  })
})
