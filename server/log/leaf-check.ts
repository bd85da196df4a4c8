import type pg from 'pg'
import { longQuery } from '../database/long-query.ts'
import { type CheckResult, checkResult, type Fault, faultsMax } from './check-result.ts'
import { leafHash } from './leaf.ts'
import { hashBytes } from './merkle.ts'
import { tileHashes } from './tiles.ts'

/** SQL: every leaf with the entry that it is said to be. */
const leaves = `
  select t.tile_index, n.position, n.entry_id
  from log_tile_entries t cross join lateral unnest(t.entry_ids) with ordinality as n (entry_id, position)`

// Hashed where the rows are read, which several processes of the database do side by side, so that only
// the hashes go through the join.
const hashedEntries = `
  select e.id, ${leafHash} as hash from ledger_entries e offset 0`

// With what was sealed of it: the hashes of a tile are fetched once, not for each of its leaves.
const sealedLeaves = `
  select n.entry_id, substr(n.hashes, 32 * n.position - 31, 32) as hash
  from (
    select unnest(t.entry_ids) as entry_id, generate_subscripts(t.entry_ids, 1) as position, h.hashes
    from log_tile_entries t
    left join (select tile_index, hashes || ''::bytea as hashes from log_tiles where level = 0 offset 0) as h
      on h.tile_index = t.tile_index
    offset 0
  ) as n`

/**
 * Every leaf recomputed from the stored row and compared, in one scan of the entries. Only where the counts
 * leave room for a fault, it is looked for: tile by tile, then leaf by leaf, in the order of the log.
 */
export async function checkLeaves(client: pg.ClientBase): Promise<readonly CheckResult[]> {
  // Hashes are made where the entries are read, by several processes of the database at once.
  await client.query('set local parallel_tuple_cost = 0; set local parallel_setup_cost = 0')
  const counts = await countPairs(client)
  return [
    checkResult(
      'leaves_equal_entries',
      counts.leaves,
      areLeavesRight(counts) ? [] : await nameLeaves(client, await findWrongTiles(client)),
    ),
    checkResult(
      'entries_are_logged',
      counts.entries,
      areAllLogged(counts) ? [] : await nameUnlogged(client),
    ),
  ]
}

/** Leaves joined to entries by their ids, each with what it has no partner of. */
interface PairCounts {
  readonly leaves: number
  readonly hashes: number
  readonly entries: number
  /** Pairs, and leaves without an entry. */
  readonly paired_leaves: number
  /** Pairs, and entries without a leaf. */
  readonly paired_entries: number
  readonly right: number
  readonly unlogged: number
  readonly is_waiting: boolean
}

async function countPairs(client: pg.ClientBase): Promise<PairCounts> {
  const { rows } = await longQuery<PairCounts>(
    client,
    `select p.*,
       (select coalesce(sum(cardinality(entry_ids)), 0) from log_tile_entries)::float8 as leaves,
       (select coalesce(sum(octet_length(hashes)), 0) / 32 from log_tiles where level = 0)::float8 as hashes,
       (select count(*) from ledger_entries)::float8 as entries,
       exists (select from log_intake) as is_waiting
     from (
       select count(l.entry_id)::float8 as paired_leaves, count(e.id)::float8 as paired_entries,
         (count(*) filter (where l.hash = e.hash))::float8 as right,
         (count(*) filter (where l.entry_id is null))::float8 as unlogged
       from (${sealedLeaves}) as l full join (${hashedEntries}) as e on e.id = l.entry_id
     ) as p`,
  )
  if (!rows[0]) throw new Error('a query of counts gave no row')
  return rows[0]
}

/** Each leaf has an entry and its hash, and as there are no more pairs than leaves, one entry alone. */
function areLeavesRight({ leaves, hashes, paired_leaves: paired, right }: PairCounts): boolean {
  return right === paired && paired === leaves && hashes === leaves
}

/**
 * Nothing is outside the log and nothing waits, and as there are no more pairs than entries, none is a
 * leaf twice.
 */
function areAllLogged(counts: PairCounts): boolean {
  const { entries, paired_entries: paired, unlogged, is_waiting: isWaiting } = counts
  return unlogged === 0 && !isWaiting && paired === entries
}

/** The tiles whose leaves do not give their hashes, in order. */
async function findWrongTiles(client: pg.ClientBase): Promise<readonly number[]> {
  const { rows } = await longQuery<{ tile_index: bigint }>(
    client,
    `select coalesce(j.tile_index, t.tile_index) as tile_index
     from (
       select l.tile_index, string_agg(e.hash, ''::bytea order by l.position) as hashes
       from (${leaves}) as l left join (${hashedEntries}) as e on e.id = l.entry_id
       group by l.tile_index
     ) as j
     full join (select tile_index, hashes from log_tiles where level = 0) as t
       on t.tile_index = j.tile_index
     where j.hashes is distinct from t.hashes
     order by 1`,
  )
  return rows.map((row) => Number(row.tile_index))
}

interface LeafRow {
  readonly position: number
  readonly entry_id: string
  readonly found: number
  readonly hash: Buffer | null
}

async function nameLeaves(
  client: pg.ClientBase,
  tileIndexes: readonly number[],
): Promise<readonly Fault[]> {
  const faults: Fault[] = []
  for (const tileIndex of tileIndexes) {
    const { rows } = await client.query<LeafRow>(
      `select n.position::integer as position, n.entry_id, h.found, h.hash
       from log_tile_entries t
       cross join lateral unnest(t.entry_ids) with ordinality as n (entry_id, position)
       cross join lateral (
         select count(*)::integer as found, (array_agg(${leafHash}))[1] as hash
         from ledger_entries e where e.id = n.entry_id
       ) as h
       where t.tile_index = $1::bigint order by n.position`,
      [tileIndex],
    )
    const tile = await client.query<{ hashes: Buffer }>(
      'select hashes from log_tiles where level = 0 and tile_index = $1::bigint',
      [tileIndex],
    )
    faults.push(...leafFaults(tileIndex, rows, tile.rows[0]?.hashes ?? Buffer.alloc(0)))
    if (faults.length >= faultsMax) break
  }
  return faults.slice(0, faultsMax)
}

function leafFaults(tileIndex: number, rows: readonly LeafRow[], hashes: Buffer): readonly Fault[] {
  const faults: Fault[] = []
  const count = Math.max(rows.length, hashes.length / hashBytes)
  for (let at = 0; at < count; at++) {
    const leaf = tileIndex * tileHashes + at
    const sealed = hashes.subarray(at * hashBytes, (at + 1) * hashBytes)
    const row = rows[at]
    const detail = row ? leafFault(row, sealed) : 'has a hash and names no entry'
    if (detail === undefined) continue
    faults.push({
      ...(row ? { entry_id: row.entry_id } : {}),
      detail: `leaf ${leaf} of the log ${detail}`,
    })
  }
  return faults
}

function leafFault(row: LeafRow, sealed: Buffer): string | undefined {
  if (row.found === 0) return 'is of an entry that the ledger no longer has'
  if (row.found > 1) return `is of an entry that the ledger has ${row.found} times`
  if (sealed.length === 0) return 'names an entry and has no hash'
  return row.hash?.equals(sealed) ? undefined : 'is not the hash of the entry as it stands now'
}

async function nameUnlogged(client: pg.ClientBase): Promise<readonly Fault[]> {
  const { rows } = await longQuery<{ entry_id: string; detail: string }>(
    client,
    `with leaves as (${leaves}),
     waiting as (select n.entry_id from log_intake i cross join lateral unnest(i.entry_ids) as n (entry_id))
     select e.id as entry_id, 'is neither in the log nor waiting to be sealed' as detail
     from ledger_entries e
     where not exists (select from leaves l where l.entry_id = e.id)
       and not exists (select from waiting w where w.entry_id = e.id)
     union all
     select w.entry_id, 'waits to be sealed and is not in the ledger' from waiting w
     where not exists (select from ledger_entries e where e.id = w.entry_id)
     union all
     select n.entry_id, format('is sealed or waits to be %s times', count(*))
     from (select entry_id from leaves union all select entry_id from waiting) n
     group by n.entry_id having count(*) > 1
     order by 1 limit $1::integer`,
    [faultsMax],
  )
  return rows
}
