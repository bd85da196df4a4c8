import type { ConsistencyProof, InclusionProof, LogKey, TreeHead } from '@pineos/contract/log.ts'
import type pg from 'pg'
import { Failure } from '../failure.ts'
import { headToWire, readNewestHead } from './head.ts'
import { leafJoin, leafText } from './leaf.ts'
import { consistencyRanges, inclusionRanges } from './merkle.ts'
import { readRoots, tileHashes } from './tiles.ts'

/** What can be asked of the log; everything is read from what was sealed, nothing is kept in memory. */
export interface LogProofs {
  /** Fails with `log_empty`. */
  newestHead(): Promise<TreeHead>
  /** Fails with `tree_size_unknown`. */
  consistency(from: number, to: number): Promise<ConsistencyProof>
  /** Fails with `entry_not_found` and `entry_not_sealed`. */
  inclusion(entryId: string): Promise<InclusionProof>
  /** Oldest first. */
  keys(): Promise<LogKey[]>
}

export function createLogProofs({ pool }: { pool: pg.Pool }): LogProofs {
  return {
    async newestHead() {
      const head = await readNewestHead(pool)
      if (!head) throw new Failure('log_empty')
      return headToWire(head)
    },
    consistency: (from, to) => readConsistency(pool, from, to),
    inclusion: (entryId) => readInclusion(pool, entryId.toLowerCase()),
    keys: () => readKeys(pool),
  }
}

async function readConsistency(pool: pg.Pool, from: number, to: number): Promise<ConsistencyProof> {
  const size = (await readNewestHead(pool))?.treeSize ?? 0
  if (from > to || to > size) {
    throw new Failure(
      'tree_size_unknown',
      `The log has ${size} entries: there is no proof from ${from} to ${to}.`,
    )
  }
  const path = await readRoots(pool, consistencyRanges(from, to))
  return { from, to, path: path.map(inHexadecimal) }
}

async function readInclusion(pool: pg.Pool, entryId: string): Promise<InclusionProof> {
  const leaf = await findLeaf(pool, entryId)
  const text = await readLeafText(pool, entryId)
  if (text === undefined)
    throw new Failure('entry_not_found', `There is no ledger entry ${entryId}.`)
  // Asked for after the leaf, which shares its transaction: it is of a tree that has the leaf.
  const head = await readNewestHead(pool)
  if (leaf === undefined || !head) throw new Failure('entry_not_sealed')
  const itself = { begin: leaf, end: leaf + 1 }
  const [leafHash, ...path] = await readRoots(pool, [
    itself,
    ...inclusionRanges(leaf, head.treeSize),
  ])
  return {
    entry_id: entryId,
    leaf_index: leaf,
    leaf: text,
    leaf_hash: leafHash ? inHexadecimal(leafHash) : '',
    tree_size: head.treeSize,
    path: path.map(inHexadecimal),
    head: headToWire(head),
  }
}

/** The index of the leaf of an entry. Tiles hold ids nearly in order, so the first that may have it mostly does. */
async function findLeaf(pool: pg.Pool, entryId: string): Promise<number | undefined> {
  const { rows } = await pool.query<{ tile_index: bigint; position: number }>({
    name: 'log_find_leaf',
    text: `
      select t.tile_index, array_position(t.entry_ids, $1::uuid) as position
      from log_tile_entries t
      where t.greatest_entry_id >= $1::uuid and t.least_entry_id <= $1::uuid
        and $1::uuid = any(t.entry_ids)
      order by t.greatest_entry_id
      limit 1`,
    values: [entryId],
  })
  const row = rows[0]
  return row && Number(row.tile_index) * tileHashes + row.position - 1
}

/** As the row stands now: where it was changed since it was sealed, the proof does not hold for it. */
async function readLeafText(pool: pg.Pool, entryId: string): Promise<string | undefined> {
  const { rows } = await pool.query<{ leaf: string }>(
    `select ${leafText} as leaf from ledger_entries e ${leafJoin} where e.id = $1::uuid`,
    [entryId],
  )
  return rows[0]?.leaf
}

async function readKeys(pool: pg.Pool): Promise<LogKey[]> {
  const { rows } = await pool.query<{ key_id: string; public_key: string; created_at: Date }>(
    'select key_id, public_key, created_at from log_keys order by created_at, key_id',
  )
  return rows.map((row) => ({ ...row, created_at: row.created_at.toISOString() }))
}

function inHexadecimal(hash: Buffer): string {
  return hash.toString('hex')
}
