import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { systemClock } from '../clock.ts'
import { sections } from '../export/sections.ts'
import { newId } from '../id.ts'
import { readTrialBalance } from '../ledger/trial-balance.ts'
import { verifyLedger } from '../ledger/verify.ts'
import { readNewestHead } from '../log/head.ts'
import { createTestDatabase, type TestDatabase } from '../testing/database.ts'
import { remembered, writeFullLedger } from '../testing/full-ledger.ts'
import { creditOf, openJournal, posting } from '../testing/journal.ts'
import { openSealer } from '../testing/log.ts'
import { submit } from '../testing/proved-database.ts'
import { exportOf, importInto, textOf } from '../testing/transfer.ts'

interface Side {
  readonly database: TestDatabase
  readonly pool: pg.Pool
}

let source: Side
/** Where the export of the source is imported. */
let copy: Side
/** Where nothing is ever imported. */
let empty: Side
let text: string

async function newSide(): Promise<Side> {
  const database = await createTestDatabase()
  return { database, pool: new pg.Pool({ connectionString: database.ownerConnectionString }) }
}

beforeAll(async () => {
  ;[source, copy, empty] = [await newSide(), await newSide(), await newSide()]
  const { connectionString } = source.database
  await writeFullLedger({ connectionString, pool: source.pool })
  await source.pool.query(`update user_balances set is_quarantined = true where user_id = 'held'`)
  await source.pool.query(
    `insert into quarantines (user_id, id, currency, since, actor, faults)
     values ('held', $1::uuid, 'USD', now(), 'system:proof', '["a fault"]')`,
    [randomUUID()],
  )
  await source.pool.query(
    `insert into quarantine_lifts (user_id, quarantine_id, lifted_at, actor, reason, faults)
     select user_id, id, now(), 'key:test', 'was settled', '[]' from quarantines`,
  )
  text = await textOf(exportOf(source.pool, connectionString))
})
afterAll(async () => {
  for (const { pool, database } of [source, copy, empty]) {
    await pool.end()
    await database.drop()
  }
})

const tables = [
  'ledger_entries order by id',
  'user_balances order by user_id, currency',
  ...sections
    .filter(({ record }) => record !== 'quarantined_balance')
    .map(({ table, orderBy }) => `${table} order by ${orderBy}`),
  'log_tree',
  'log_tiles order by level, tile_index',
  'log_tile_entries order by tile_index',
  'log_intake',
]

async function contentOf({ pool }: Side): Promise<Readonly<Record<string, unknown>>> {
  const content: Record<string, unknown> = {}
  for (const table of tables) content[table] = (await pool.query(`select * from ${table}`)).rows
  content['trial balance'] = await readTrialBalance(pool)
  return content
}

describe('an export', () => {
  // What the ledger of this test does not have, no test here would miss.
  it('has records of every kind, and an entry of every flow', async () => {
    const { counts } = JSON.parse(text.split('\n')[0] ?? '')
    for (const { record } of sections) expect([record, counts[record] > 0]).toEqual([record, true])
    const { rows } = await source.pool.query('select count(distinct flow) from ledger_entries')
    expect(rows).toEqual([{ count: 13n }])
  })

  it('has everything that waited to be sealed, and who posts meanwhile is held up, not lost', async () => {
    const { database, pool } = await newSide()
    const { connectionString } = database
    const journal = await openJournal({ connectionString, pool })
    const posted = Promise.all(
      Array.from({ length: 300 }, () => submit(journal, posting(creditOf('busy', 1n)))),
    )
    const texts = [await textOf(exportOf(pool, connectionString))]
    await posted
    texts.push(await textOf(exportOf(pool, connectionString)))
    await journal.close()
    for (const each of texts) {
      const { verification } = await importInto(empty.database.connectionString, [each], {
        isDryRun: true,
      })
      expect(verification.checks.flatMap(({ faults }) => faults)).toEqual([])
    }
    expect(JSON.parse(texts[1]?.split('\n')[0] ?? '').tree_size).toBe(300)
    await pool.end()
    await database.drop()
  })

  it('is refused where the entries are not those that were sealed', async () => {
    const { database, pool } = await newSide()
    const { connectionString } = database
    await importInto(connectionString, [text])
    await pool.query(
      `set session_replication_role = 'replica'; update ledger_entries set actor = 'key:other'
       where user_id = 'dan'; set session_replication_role = 'origin'`,
    )
    await expect(textOf(exportOf(pool, connectionString))).rejects.toThrow('verify -- --full')
    await pool.end()
    await database.drop()
  })
})

describe('an import', () => {
  it('gives the same rows, sums, log and heads, which prove zero', async () => {
    const result = await importInto(copy.database.connectionString, [text])
    expect(result).toMatchObject({ isKept: true, verification: { ok: true } })
    expect(await contentOf(copy)).toEqual(await contentOf(source))
    expect(await readNewestHead(copy.pool)).toEqual(await readNewestHead(source.pool))
    expect(await verifyLedger(copy.pool, { full: true })).toMatchObject({ ok: true })
    expect(await textOf(exportOf(copy.pool, copy.database.connectionString))).toBe(text)
  })

  it('is refused by a database that has a ledger, which it leaves as it is', async () => {
    const before = await contentOf(copy)
    await expect(importInto(copy.database.connectionString, [text])).rejects.toThrow(
      'has a ledger already (rows in ledger_entries',
    )
    expect(await contentOf(copy)).toEqual(before)
  })

  // A key that was used before must not pay again because the ledger has moved.
  it('answers a key that was used before with the first answer, refusals too', async () => {
    const journals = await Promise.all(
      [source, copy].map(({ database, pool }) => openJournal({ ...database, pool })),
    )
    for (const keyed of Object.values(remembered)) {
      const again = { ...keyed, command: { ...keyed.command, entryId: newId() } }
      const [first, second] = await Promise.all(journals.map((journal) => submit(journal, again)))
      expect(second).toEqual(first)
      expect(second).toMatchObject({ isDuplicate: true })
    }
    await Promise.all(journals.map((journal) => journal.close()))
  })

  it('goes on with sequences, log and proof where the source has ended', async () => {
    const { database, pool } = await newSide()
    await importInto(database.connectionString, [text])
    const before = await readNewestHead(pool)
    const journal = await openJournal({ ...database, pool }, { clock: systemClock })
    const outcome = await submit(journal, posting(creditOf('alice', 1n)))
    await journal.close()
    await openSealer(pool).sealNow()
    const { rows } = await source.pool.query<{ version: bigint }>(
      `select version from user_balances where user_id = 'alice'`,
    )
    expect(outcome).toMatchObject({ entry: { userSequence: (rows[0]?.version ?? 0n) + 1n } })
    expect((await readNewestHead(pool))?.treeSize).toBe((before?.treeSize ?? 0) + 1)
    const earlierHeads = before ? [before] : []
    const { checks } = await verifyLedger(pool, { full: true, earlierHeads })
    expect(checks.flatMap(({ faults }) => faults)).toEqual([])
    await pool.end()
    await database.drop()
  })

  it('takes a database whose service has published its key already', async () => {
    const { database, pool } = await newSide()
    const { rows } = await source.pool.query<{ key_id: string; public_key: string }>(
      'select * from log_keys',
    )
    await pool.query(`insert into log_keys values ($1, $2, now())`, [
      rows[0]?.key_id,
      rows[0]?.public_key,
    ])
    expect(await importInto(database.connectionString, [text])).toMatchObject({ isKept: true })
    await pool.end()
    await database.drop()
  })

  it('keeps nothing of a dry run, and nothing where the connection is lost in the middle', async () => {
    const result = await importInto(empty.database.connectionString, [text], { isDryRun: true })
    expect(result).toMatchObject({ isKept: false, verification: { ok: true } })
    const cutOff = importInto(empty.database.connectionString, [text], {
      progress: {
        start: () => {},
        advance: () =>
          void empty.pool.query(
            `select pg_terminate_backend(pid) from pg_stat_activity
             where datname = current_database() and pid <> pg_backend_pid() and state <> 'idle'`,
          ),
      },
    })
    await expect(cutOff).rejects.toThrow()
    await expectEmpty()
  })
})

async function expectEmpty(): Promise<void> {
  const { rows } = await empty.pool.query(
    'select (select count(*) from ledger_entries) + (select count(*) from idempotency_records) + (select count(*) from log_tiles) as rows',
  )
  expect(rows).toEqual([{ rows: 0n }])
}
