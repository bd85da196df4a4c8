import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { verifyLedger } from '../ledger/verify.ts'
import { createTestDatabase } from '../testing/database.ts'
import { creditOf, openJournal, posting } from '../testing/journal.ts'
import { openSealer } from '../testing/log.ts'
import type { Fault } from './check-result.ts'
import { type Head, readNewestHead } from './head.ts'

const times = 20
const entriesMin = 900

let database: Awaited<ReturnType<typeof createTestDatabase>>
/** As somebody who has the database in his hands. */
let superuser: pg.Pool

beforeAll(async () => {
  database = await createTestDatabase()
  superuser = new pg.Pool({ connectionString: database.ownerConnectionString })
  await writeEntries(entriesMin)
  // Who owns the tables can take their constraints away as well.
  await superuser.query(`do $$
    declare kept record;
    begin
      for kept in select conname from pg_constraint
        where conrelid = 'ledger_entries'::regclass and contype in ('c', 'u')
      loop execute format('alter table ledger_entries drop constraint %I', kept.conname); end loop;
    end $$`)
  expect(await faultsOf()).toEqual({})
})
afterAll(async () => {
  await superuser.end()
  await database.drop()
})

/** Entries of many users in batches of many sizes, sealed under many heads. */
async function writeEntries(count: number): Promise<void> {
  const journal = await openJournal({ ...database, pool: superuser })
  for (let written = 0; written < count; ) {
    const size = Math.min(count - written, 1 + (written % 97))
    await Promise.all(
      Array.from({ length: size }, (_, index) =>
        journal.submit(
          { kind: 'posting', posting: posting(creditOf(`user-${(written + index) % 40}`, 7n)) },
          300,
        ),
      ),
    )
    written += size
    await openSealer(superuser).sealNow()
  }
  await journal.close()
}

async function faultsOf(
  earlierHeads?: readonly Head[],
): Promise<Readonly<Record<string, readonly Fault[]>>> {
  const { ok, checks } = await verifyLedger(superuser, {
    full: true,
    ...(earlierHeads ? { earlierHeads } : {}),
  })
  const bad = checks.filter((check) => !check.ok)
  expect(ok).toBe(bad.length === 0)
  return Object.fromEntries(bad.map(({ name, faults }) => [name, faults]))
}

/** Entries at random places of the log, in its order. */
async function someLeaves(count: number): Promise<readonly { id: string; leaf: bigint }[]> {
  const { rows } = await superuser.query<{ id: string; leaf: bigint }>(
    `select * from (
       select u.id, t.tile_index * 256 + u.position - 1 as leaf
       from log_tile_entries t, unnest(t.entry_ids) with ordinality as u (id, position)
       order by random() limit $1) s
     order by leaf`,
    [count],
  )
  return rows
}

/** Changes what no service and no owner could, looks at it, and takes it back. */
async function tampered<Result>(
  statements: readonly (readonly [sql: string, values?: readonly unknown[]])[],
  look: () => Promise<Result>,
): Promise<Result> {
  const tables = ['ledger_entries', 'log_tiles', 'log_tile_entries', 'log_heads', 'log_tree']
  const client = await superuser.connect()
  try {
    await client.query("set session_replication_role = 'replica'")
    for (const table of tables)
      await client.query(`create temporary table kept_${table} as select * from ${table}`)
    for (const [sql, values = []] of statements) await client.query(sql, [...values])
    return await look()
  } finally {
    for (const table of tables) {
      await client.query(`truncate ${table}`)
      await client.query(`insert into ${table} select * from kept_${table}`)
      await client.query(`drop table kept_${table}`)
    }
    await client.query("set session_replication_role = 'origin'")
    client.release()
  }
}

const places = Array.from({ length: times }, (_, index) => index + 1)

// Each column in its turn, so that none is left out of the leaf.
const edits = [
  'amount_cents = amount_cents + 1',
  "user_id = user_id || 'x'",
  "flow = 'debit'",
  "entry_type = 'debit'",
  "currency = 'EUR'",
  "debit_account = 'program:other:rewards'",
  "credit_account = 'user:thief:available'",
  'user_sequence = user_sequence + 1000',
  'balance_after_cents = balance_after_cents + 1',
  'pending_after_cents = pending_after_cents + 1',
  'debt_after_cents = debt_after_cents + 1',
  "reward_id = 'other'",
  "related_entry_id = '00000000-0000-7000-8000-000000000000'",
  "reason = 'none'",
  "idempotency_key = idempotency_key || 'x'",
  "actor = 'key:other'",
  "source_event = 'shop/1'",
  `metadata = '{"a": 1}'`,
  "available_at = effective_at + interval '1 hour'",
  "expires_at = effective_at + interval '1 hour'",
  "effective_at = effective_at - interval '1 millisecond'",
  "recorded_at = recorded_at + interval '1 microsecond'",
]

describe('the proof of zero names the first bad entry', () => {
  it.each(edits)('of some that were edited: %s', async (edit) => {
    const some = await someLeaves(3)
    const faults = await tampered(
      [
        [
          `update ledger_entries set ${edit} where id = any($1::uuid[])`,
          [some.map(({ id }) => id)],
        ],
      ],
      faultsOf,
    )
    expect(faults['leaves_equal_entries']?.map((fault) => fault.entry_id)).toEqual(
      some.map(({ id }) => id),
    )
    expect(faults['leaves_equal_entries']?.[0]?.detail).toContain(`leaf ${some[0]?.leaf} `)
  })

  it.each(places)('of some that were deleted (%i)', async (place) => {
    const some = await someLeaves(1 + (place % 3))
    const faults = await tampered(
      [['delete from ledger_entries where id = any($1::uuid[])', [some.map(({ id }) => id)]]],
      faultsOf,
    )
    expect(faults['leaves_equal_entries']?.map((fault) => fault.entry_id)).toEqual(
      some.map(({ id }) => id),
    )
    expect(faults['leaves_equal_entries']?.[0]?.detail).toContain('no longer has')
  })

  // Two entries take each other's place in time and in the sequences of their users.
  it.each(places)('of two that were reordered in the ledger (%i)', async () => {
    const [first, second] = await someLeaves(2)
    const faults = await tampered(
      [
        [
          `update ledger_entries e
           set user_id = o.user_id, user_sequence = o.user_sequence, idempotency_key = o.idempotency_key,
             credit_account = o.credit_account, balance_after_cents = o.balance_after_cents
           from ledger_entries o
           where (e.id = $1 and o.id = $2) or (e.id = $2 and o.id = $1)`,
          [first?.id, second?.id],
        ],
      ],
      faultsOf,
    )
    expect(faults['leaves_equal_entries']?.map((fault) => fault.entry_id)).toEqual([
      first?.id,
      second?.id,
    ])
  })

  it.each(places)('of two that were reordered in the log (%i)', async () => {
    const [first, second] = await someLeaves(2)
    const swap = (leaf: bigint | undefined, id: string | undefined) =>
      [
        `update log_tile_entries set entry_ids[$2::integer] = $3::uuid where tile_index = $1::bigint`,
        [Number(leaf) >> 8, (Number(leaf) % 256) + 1, id],
      ] as const
    const faults = await tampered(
      [swap(first?.leaf, second?.id), swap(second?.leaf, first?.id)],
      faultsOf,
    )
    expect(faults['leaves_equal_entries']?.[0]?.detail).toContain(`leaf ${first?.leaf} `)
    expect(faults['leaves_equal_entries']).toHaveLength(2)
  })

  it.each(places)('of some that were inserted (%i)', async (place) => {
    const ids = [
      `01000000-0000-7000-8000-0000000000${place + 10}`,
      'ffffffff-ffff-7fff-bfff-fffffffffff1',
    ]
    const [some] = await someLeaves(1)
    const faults = await tampered(
      ids.map((id) => [
        `insert into ledger_entries
         select (jsonb_populate_record(e, jsonb_build_object('id', $2::text, 'user_id', 'forged', 'user_sequence', $3::integer))).*
         from ledger_entries e where id = $1`,
        [some?.id, id, ids.indexOf(id) + 1],
      ]),
      faultsOf,
    )
    expect(faults['entries_are_logged']).toEqual(
      ids.map((id) => ({ entry_id: id, detail: 'is neither in the log nor waiting to be sealed' })),
    )
  })
})

/** The tail is cut everywhere, as if the log had never been longer than it was at that head. */
function cutTo(size: number): readonly (readonly [string, (readonly unknown[])?])[] {
  const full = Math.floor(size / 256)
  const rest = size % 256
  return [
    ['delete from log_heads where tree_size > $1', [size]],
    ['update log_tree set size = $1', [size]],
    [
      `delete from ledger_entries e using log_tile_entries t, unnest(t.entry_ids) with ordinality as u (id, position)
       where e.id = u.id and t.tile_index * 256 + u.position > $1`,
      [size],
    ],
    ['delete from log_tile_entries where tile_index * 256 >= $1', [size]],
    ['delete from log_tiles where level = 0 and tile_index * 256 >= $1', [size]],
    [
      'update log_tile_entries set entry_ids = entry_ids[:$2::integer] where tile_index = $1::bigint and $2::integer > 0',
      [full, rest],
    ],
    [
      'update log_tiles set hashes = substr(hashes, 1, 32 * $2::integer) where level = 0 and tile_index = $1::bigint and $2::integer > 0',
      [full, rest],
    ],
    [
      'update log_tiles set hashes = substr(hashes, 1, 32 * $1::integer) where level = 1 and $1::integer > 0',
      [full],
    ],
    ['delete from log_tiles where level = 1 and $1::integer = 0', [full]],
  ]
}

const logChecks = /^(heads_|leaves_|entries_are_logged|earlier_)/

describe('a tail that was cut', () => {
  // Entries, tiles, heads and size fit each other: only somebody who has kept a head can tell.
  it.each(places)('is found through an earlier head, and through it alone (%i)', async () => {
    const earlier = await readNewestHead(superuser)
    const { rows } = await superuser.query<{ tree_size: bigint }>(
      'select tree_size from log_heads where tree_size < $1 order by random() limit 1',
      [earlier?.treeSize],
    )
    const size = Number(rows[0]?.tree_size)
    const [without, through] = await tampered(cutTo(size), async () => [
      await faultsOf(),
      await faultsOf(earlier ? [earlier] : []),
    ])
    expect(Object.keys(without ?? {}).filter((name) => logChecks.test(name))).toEqual([])
    expect(through?.['earlier_heads_hold']).toEqual([
      {
        detail: `the earlier head is of ${earlier?.treeSize} entries, the log has ${size}: its tail was cut`,
      },
    ])
  })

  it('is found through an earlier head also where the log has grown again since', async () => {
    const earlier = await readNewestHead(superuser)
    const faults = await tampered(
      [
        [
          'update ledger_entries set amount_cents = 8 where id = (select entry_ids[1] from log_tile_entries where tile_index = 0)',
        ],
        ['delete from log_heads'],
        ['truncate log_tiles, log_tile_entries'],
        ['update log_tree set size = 0'],
        ['insert into log_intake select id, array[id] from ledger_entries'],
      ],
      async () => {
        // The forger has the key as well, and seals it all anew.
        await openSealer(superuser).sealNow()
        return faultsOf(earlier ? [earlier] : [])
      },
    )
    expect(faults['earlier_heads_hold']).toEqual([
      {
        detail: `the first ${earlier?.treeSize} leaves are not those that its head was signed over`,
      },
    ])
  })
})

describe('the proof of zero finds', () => {
  it.each([
    [
      'a hash of a leaf that was changed to fit',
      'heads_follow_leaves',
      `update log_tiles set hashes = set_byte(hashes, 40, 255 - get_byte(hashes, 40)) where level = 0 and tile_index = 0`,
    ],
    [
      'a hash above the leaves that was changed',
      'heads_follow_leaves',
      `update log_tiles set hashes = set_byte(hashes, 0, 255 - get_byte(hashes, 0)) where level = 1`,
    ],
    [
      'a hash above the leaves that nothing is below of',
      'heads_follow_leaves',
      `insert into log_tiles values (2, 0, sha256('x'))`,
    ],
    [
      'a tile that is gone',
      'heads_follow_leaves',
      'delete from log_tiles where level = 0 and tile_index = 1',
    ],
    ['a size that was changed', 'heads_sign_log', 'update log_tree set size = size - 1'],
    [
      'a root that was changed',
      'heads_sign_log',
      `update log_heads set root_hash = sha256('x') where tree_size = (select max(tree_size) from log_heads)`,
    ],
    [
      'a root of the past that was changed',
      'heads_follow_leaves',
      `update log_heads set root_hash = sha256('x') where tree_size = (select min(tree_size) from log_heads)`,
    ],
    [
      'a signature that was changed',
      'heads_sign_log',
      `update log_heads set signature = set_byte(signature, 0, 255 - get_byte(signature, 0))`,
    ],
    [
      'a time of signing that was changed',
      'heads_sign_log',
      `update log_heads set signed_at = signed_at + interval '1 second'`,
    ],
    ['a key that is not published', 'heads_sign_log', `update log_heads set key_id = 'other'`],
    [
      'the last head gone',
      'heads_sign_log',
      'delete from log_heads where tree_size = (select max(tree_size) from log_heads)',
    ],
    [
      'a leaf without an entry',
      'leaves_equal_entries',
      'update log_tile_entries set entry_ids = entry_ids[:10] where tile_index = 0',
    ],
    [
      'an entry that is sealed twice',
      'entries_are_logged',
      'update log_tile_entries set entry_ids[2] = entry_ids[1] where tile_index = 0',
    ],
    [
      'entries without leaves',
      'leaves_equal_entries',
      'update log_tiles set hashes = substr(hashes, 1, 320) where level = 0 and tile_index = 0',
    ],
  ])('%s', async (_what, check, sql) => {
    const faults = await tampered([[sql]], faultsOf)
    expect(Object.keys(faults)).toContain(check)
    for (const { detail } of faults[check] ?? []) expect(detail).toMatch(/\S/)
  })

  // Without the hashes of every leaf: what is compared when only the kept sums are.
  it('in its quick form too that the newest head is not of the tree', async () => {
    const quick = () => verifyLedger(superuser, { full: false })
    expect((await quick()).ok).toBe(true)
    const { ok, checks } = await tampered([[`update log_heads set root_hash = sha256('x')`]], quick)
    expect(ok).toBe(false)
    expect(checks.filter((check) => !check.ok).map(({ name }) => name)).toEqual(['heads_sign_log'])
  })

  it('nothing wrong with entries that wait to be sealed', async () => {
    const journal = await openJournal({ ...database, pool: superuser })
    await journal.submit({ kind: 'posting', posting: posting(creditOf('waiting', 1n)) }, 300)
    await journal.close()
    expect(await faultsOf()).toEqual({})
    await openSealer(superuser).sealNow()
    expect(await faultsOf()).toEqual({})
  })
})
