import pg from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createPool } from '../database/session.ts'
import type { Journal } from '../journal/journal.ts'
import { createTestDatabase } from '../testing/database.ts'
import { creditOf, journalSession, openJournal, posting } from '../testing/journal.ts'
import { openSealer } from '../testing/log.ts'
import { GrowingTree } from './growing-tree.ts'
import { readNewestHead } from './head.ts'

let database: Awaited<ReturnType<typeof createTestDatabase>>
let owner: pg.Pool
/** As the running service has it. */
let pool: pg.Pool
const journals: Journal[] = []

beforeAll(async () => {
  database = await createTestDatabase()
  owner = new pg.Pool({ connectionString: database.ownerConnectionString })
  // Backends are terminated on purpose below.
  owner.on('error', () => {})
  pool = createPool({
    ...journalSession(database.connectionString),
    applicationName: 'pineos',
    connectionsMax: 10,
    onError: () => {},
  })
})
afterEach(async () => {
  for (const journal of journals.splice(0)) await journal.close()
  await openSealer(pool).sealNow()
  await expectWholeLog()
})
afterAll(async () => {
  await pool.end()
  await owner.end()
  await database.drop()
})

async function newJournal(): Promise<Journal> {
  const journal = await openJournal({ connectionString: database.connectionString, pool: owner })
  journals.push(journal)
  return journal
}

const credit = (journal: Journal, userId: string) =>
  journal.submit({ kind: 'posting', posting: posting(creditOf(userId, 1n)) }, 300)

async function rowOf<Row extends pg.QueryResultRow>(sql: string): Promise<Row> {
  const { rows } = await owner.query<Row>(sql)
  return rows[0] as Row
}

/** Each entry is one leaf, none is left over, and the newest head is of them all. */
async function expectWholeLog(): Promise<void> {
  const { entries, leaves, distinct, waiting } = await rowOf<Record<string, bigint>>(`
    select (select count(*) from ledger_entries) as entries,
      (select count(*) from log_tile_entries t, unnest(t.entry_ids)) as leaves,
      (select count(distinct u.id) from log_tile_entries t, unnest(t.entry_ids) as u (id)
        join ledger_entries e on e.id = u.id) as distinct,
      (select count(*) from log_intake) as waiting`)
  expect({ leaves, distinct, waiting }).toEqual({ leaves: entries, distinct: entries, waiting: 0n })
  const head = await readNewestHead(owner)
  const { rows } = await owner.query<{ hashes: Buffer }>(
    'select hashes from log_tiles where level = 0 order by tile_index',
  )
  const tree = new GrowingTree()
  tree.append(Buffer.concat(rows.map(({ hashes }) => hashes)), () => {})
  expect({ size: tree.size, root: tree.root }).toEqual({
    size: head?.treeSize,
    root: head?.rootHash,
  })
}

describe('the sealer', () => {
  it('makes a leaf of every entry of every batch, in their order', async () => {
    const journal = await newJournal()
    for (const count of [1, 255, 3, 600]) {
      await Promise.all(Array.from({ length: count }, () => credit(journal, 'ordered')))
      await openSealer(pool).sealNow()
      await expectWholeLog()
    }
    const { out_of_order } = await rowOf<{ out_of_order: bigint }>(`
      select count(*) as out_of_order from (
        select e.user_sequence - lag(e.user_sequence) over (order by t.tile_index, u.position) as step
        from log_tile_entries t, unnest(t.entry_ids) with ordinality as u (id, position)
        join ledger_entries e on e.id = u.id where e.user_id = 'ordered') s
      where step <> 1`)
    expect(out_of_order).toBe(0n)
  })

  it('misses and doubles nothing with several sealers and writers at once', async () => {
    const writers = await Promise.all([newJournal(), newJournal(), newJournal()])
    const sealers = Array.from({ length: 4 }, () => openSealer(pool))
    let isWriting = true
    const sealing = sealers.map(async (sealer, index) => {
      // Some wait for their turn, some go away when another is about it.
      while (isWriting) await (index % 2 === 0 ? sealer.sealNow() : sealer.sealSome())
    })
    for (let round = 0; round < 20; round++) {
      await Promise.all(
        writers.flatMap((writer, at) =>
          Array.from({ length: 15 }, (_, user) => credit(writer, `several-${at}-${user}`)),
        ),
      )
    }
    isWriting = false
    await Promise.all(sealing)
    const { heads } = await rowOf<{ heads: bigint }>('select count(*) as heads from log_heads')
    expect(heads).toBeGreaterThan(1n)
  })

  it('leaves all of a sealing undone or nothing while its sessions are killed again and again', async () => {
    const journal = await newJournal()
    let isWriting = true
    let broken = 0
    const sealing = Promise.all(
      [openSealer(pool), openSealer(pool)].map(async (sealer) => {
        while (isWriting) {
          await sealer.sealSome().catch(() => {
            broken += 1
          })
        }
      }),
    )
    const kill = () =>
      owner.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
         where application_name = 'pineos' and datname = current_database()`,
      )
    for (let round = 0; round < 60; round++) {
      await Promise.all(Array.from({ length: 30 }, (_, user) => credit(journal, `killed-${user}`)))
      await kill()
    }
    isWriting = false
    await sealing
    expect(broken).toBeGreaterThan(0)
  })

  // Without the lock: as if the election had failed.
  it('refuses a second writer who has read the same size of the tree', async () => {
    const client = await owner.connect()
    try {
      await client.query('begin')
      await client.query('update log_tree set size = size + 1')
      const { rows } = await client.query<{ size: bigint }>('select size from log_tree')
      const before = Number(rows[0]?.size) - 1
      await client.query('savepoint before_second')
      await expect(
        client.query('update log_tree set size = case when size = $1::bigint then $2::bigint end', [
          before,
          before + 1,
        ]),
      ).rejects.toMatchObject({ code: '23502' })
    } finally {
      await client.query('rollback')
      client.release()
    }
  })

  it('withholds a batch whose entries the ledger does not have, seals the others and tells of it once', async () => {
    const journal = await newJournal()
    const batchId = '00000000-0000-7000-8000-000000000001'
    await owner.query('insert into log_intake values ($1, array[$1]::uuid[])', [batchId])
    await credit(journal, 'beside')
    const told: string[] = []
    const sealer = openSealer(pool, { log: (message) => told.push(message) })
    await sealer.sealNow()
    await sealer.sealNow()
    expect(told).toEqual([`batch ${batchId} is not sealed: the ledger has 0 of its 1 entries`])
    const { waiting } = await rowOf<{ waiting: bigint }>(
      'select count(*) as waiting from log_intake',
    )
    expect(waiting).toBe(1n)
    await owner.query('delete from log_intake where batch_id = $1', [batchId])
  })
})

describe('the tables of the log', () => {
  const changes = [
    "update log_heads set origin = ''",
    'delete from log_heads',
    "update log_keys set public_key = ''",
    'delete from log_keys',
    'delete from log_tiles',
    'truncate log_tiles',
    'update log_tiles set hashes = substr(hashes, 33) where level = 0 and tile_index = 0',
    'update log_tiles set hashes = set_byte(hashes, 5, 255 - get_byte(hashes, 5))',
    'update log_tiles set tile_index = tile_index + 1000',
    'delete from log_tile_entries',
    'update log_tile_entries set entry_ids = entry_ids[2:]',
    'update log_tree set size = size - 1',
    'delete from log_tree',
    'update log_intake set entry_ids = entry_ids',
  ]

  it.each(changes)('refuse their owner to do anything but grow: %s', async (statement) => {
    await expect(owner.query(statement)).rejects.toMatchObject({ code: '23001' })
  })

  it.each([
    ...changes.filter((change) => /^(delete|truncate)/.test(change)),
    'update log_heads set tree_size = 1',
    'update log_keys set key_id = key_id',
    'update log_tiles set level = level',
    'update log_tile_entries set tile_index = tile_index',
    'update log_tree set singleton = true',
    'insert into log_tree (size) values (1)',
  ])('refuse it to the role of the service by its rights: %s', async (statement) => {
    await expect(pool.query(statement)).rejects.toMatchObject({ code: '42501' })
  })
})
