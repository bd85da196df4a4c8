import type pg from 'pg'
import type { Clock } from '../clock.ts'
import { advisoryLocks } from '../database/session-lock.ts'
import { inTransaction } from '../database/transaction.ts'
import { plainArray } from '../journal/array-literal.ts'
import { GrowingTree } from './growing-tree.ts'
import { insertHead, signHead } from './head.ts'
import { leafHash } from './leaf.ts'
import { subtreesOf } from './merkle.ts'
import { saveTileEntries, saveTiles, saveTreeSize } from './save-tiles.ts'
import type { SigningKey } from './signing-key.ts'
import { TileGrowth } from './tile-growth.ts'
import { readSubtrees } from './tiles.ts'

export interface SealerOptions {
  readonly pool: pg.Pool
  readonly clock: Clock
  /** Names the log in its heads. */
  readonly origin: string
  /** What signs the heads; it is published by the time it is given. */
  readonly ownKey: () => Promise<SigningKey>
  readonly log: (message: string, error?: unknown) => void
}

export interface Sealer {
  /** Seals some of what waits, unless another process is about it; true where more may wait. */
  sealSome(): Promise<boolean>
  /** Seals all that was committed before, waiting for another process that is about it. */
  sealNow(): Promise<void>
}

const batchesPerSealMax = 1_000
/** Whole batches are taken until they hold so many entries. */
const entriesPerSealMax = 20_000

/**
 * Appends what the journal has committed to the log: batch after batch of the intake, in one transaction
 * the leaves, the tiles, the signed head, and the end of the rows of the intake. A crash leaves all of
 * it undone, to be done again. Sealers of several processes take turns by a lock, and the size of the
 * tree, saved only over the one that was read, refuses whoever came second without it.
 */
export function createSealer(options: SealerOptions): Sealer {
  const { pool } = options
  const withheld = new Set<string>()
  const seal = async (isPatient: boolean) => {
    const key = await options.ownKey()
    return inTransaction(pool, (client) =>
      sealOnce(client, { ...options, key, isPatient, withheld }),
    )
  }
  return {
    async sealSome() {
      // Most looks find nothing; they cost one statement.
      const { rowCount } = await pool.query('select from log_intake limit 1')
      return rowCount === 1 && (await seal(false))
    },
    async sealNow() {
      while (await seal(true));
    },
  }
}

interface SealContext extends SealerOptions {
  readonly key: SigningKey
  readonly isPatient: boolean
  /** Batches that were told of: their entries are not in the ledger as they should be. */
  readonly withheld: Set<string>
}

async function sealOnce(client: pg.PoolClient, context: SealContext): Promise<boolean> {
  // Plans are kept under the names of their statements: by index at any size, even where they were made
  // while the tables were empty.
  await client.query(
    'set local enable_seqscan = off; set local enable_hashjoin = off; set local enable_mergejoin = off; set local jit = off',
  )
  if (!(await takeTurn(client, context.isPatient))) return false
  const size = await readTreeSize(client)
  const { batches, isMoreLeft } = await readIntake(client, context)
  if (batches.length === 0) return false
  const tree = new GrowingTree(
    size,
    await readSubtrees(client, subtreesOf({ begin: 0, end: size })),
  )
  const growth = new TileGrowth(size)
  const addHash = (level: number, hash: Buffer) => growth.addHash(level, hash)
  for (const { entryIds, hashes } of batches) {
    growth.addLeaves(entryIds, hashes)
    tree.append(hashes, addHash)
  }
  await saveTiles(client, growth)
  await saveTileEntries(client, growth)
  await saveTreeSize(client, { from: size, to: tree.size })
  const content = {
    origin: context.origin,
    treeSize: tree.size,
    rootHash: tree.root,
    signedAt: context.clock.now().toISOString(),
  }
  await insertHead(client, signHead(content, context.key))
  await client.query('delete from log_intake where batch_id = any($1::uuid[])', [
    plainArray(batches.map(({ batchId }) => batchId)),
  ])
  return isMoreLeft
}

async function takeTurn(client: pg.PoolClient, isPatient: boolean): Promise<boolean> {
  if (isPatient) {
    await client.query('select pg_advisory_xact_lock($1::bigint)', [advisoryLocks.sealing])
    return true
  }
  const { rows } = await client.query<{ is_taken: boolean }>(
    'select pg_try_advisory_xact_lock($1::bigint) as is_taken',
    [advisoryLocks.sealing],
  )
  return rows[0]?.is_taken === true
}

async function readTreeSize(client: pg.PoolClient): Promise<number> {
  const { rows } = await client.query<{ size: bigint }>('select size from log_tree')
  if (!rows[0]) throw new Error('the row of log_tree is missing')
  return Number(rows[0].size)
}

interface Batch {
  readonly batchId: string
  readonly entryIds: readonly string[]
  /** Of their leaves, side by side. */
  readonly hashes: Buffer
}

/**
 * The batches to seal, each with the hashes of its leaves. One whose entries the ledger does not have,
 * each exactly once, is withheld and told of: it stays in the intake, where the proof of zero names it.
 */
async function readIntake(
  client: pg.PoolClient,
  { withheld, log }: SealContext,
): Promise<{ readonly batches: readonly Batch[]; readonly isMoreLeft: boolean }> {
  const { rows } = await client.query<{
    batch_id: string
    // As text, which is cut into ids faster than the driver reads an array.
    entry_ids: string
    found: number
    hashes: Buffer | null
    is_last: boolean
  }>({
    name: 'log_read_intake',
    text: `
     select w.batch_id, w.entry_ids::text as entry_ids, h.found, h.hashes, w.is_last
     from (
       select i.batch_id, i.entry_ids,
         sum(cardinality(i.entry_ids)) over (order by i.batch_id) - cardinality(i.entry_ids) as before,
         row_number() over (order by i.batch_id desc) = 1 and count(*) over () < $1::integer as is_last
       from (select batch_id, entry_ids from log_intake order by batch_id limit $1::integer) as i
     ) as w
     cross join lateral (
       select count(*)::integer as found, string_agg(${leafHash}, ''::bytea order by n.position) as hashes
       from unnest(w.entry_ids) with ordinality as n (entry_id, position)
       join ledger_entries e on e.id = n.entry_id
     ) as h
     where w.before < $2::integer
     order by w.batch_id`,
    values: [batchesPerSealMax, entriesPerSealMax],
  })
  const batches = rows.flatMap(({ batch_id: batchId, entry_ids: text, found, hashes }) => {
    const entryIds = text.slice(1, -1).split(',')
    if (found === entryIds.length && hashes) return [{ batchId, entryIds, hashes }]
    if (!withheld.has(batchId)) {
      withheld.add(batchId)
      log(
        `batch ${batchId} is not sealed: the ledger has ${found} of its ${entryIds.length} entries`,
      )
    }
    return []
  })
  return { batches, isMoreLeft: rows.at(-1)?.is_last === false }
}
