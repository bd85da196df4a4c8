import type pg from 'pg'
import { longQuery } from '../database/long-query.ts'
import { type CheckResult, checkResult, type Fault, faultsMax } from './check-result.ts'
import { leafHash, leafJoin } from './leaf.ts'
import { hashBytes } from './merkle.ts'
import { tileHashes } from './tiles.ts'

/** SQL: every leaf with the entry that it is said to be. */
const leaves = `
  select t.tile_index, n.position, n.entry_id
  from log_tile_entries t cross join lateral unnest(t.entry_ids) with ordinality as n (entry_id, position)`

// Hashed where the rows are read, which several processes of the database do side by side, so that only
// the hashes go through the join.
const hashedEntries = `
  select e.id, ${leafHash} as hash from ledger_entries e ${leafJoin} offset 0`

/**
 * Every leaf recomputed from the stored row and compared, tile by tile; then those of the tiles that
 * differ one by one, in the order of the log. One scan of the entries at any outcome.
 */
export async function checkLeaves(client: pg.ClientBase): Promise<readonly CheckResult[]> {
  // Hashes are made where the entries are read, by several processes of the database at once; their
  // join is kept in memory up to a size where it begins to cost more than it saves.
  await client.query(
    "set local work_mem = '64MB'; set local parallel_tuple_cost = 0; set local parallel_setup_cost = 0",
  )
  const { rows } = await longQuery<{
    tile_index: bigint | null
    leaves: bigint
    entries: bigint
    is_right: boolean
  }>(
    client,
    `select coalesce(j.tile_index, t.tile_index) as tile_index, coalesce(j.leaves, 0) as leaves,
       coalesce(j.entries, 0) as entries, coalesce(j.hashes = t.hashes, false) as is_right
     from (
       select l.tile_index, string_agg(e.hash, ''::bytea order by l.position)
           filter (where l.tile_index is not null) as hashes,
         count(l.entry_id) as leaves, count(e.id) as entries
       from (${leaves}) as l full join (${hashedEntries}) as e on e.id = l.entry_id
       group by l.tile_index
     ) as j
     full join (select tile_index, hashes from log_tiles where level = 0) as t
       on t.tile_index = j.tile_index
     order by 1`,
  )
  const tiles = rows.filter((row) => row.tile_index !== null)
  const bad = tiles.filter((row) => !row.is_right).map((row) => Number(row.tile_index))
  const sum = (of: readonly { leaves: bigint; entries: bigint }[], what: 'leaves' | 'entries') =>
    of.reduce((total, row) => total + Number(row[what]), 0)
  const entries = sum(rows, 'entries')
  return [
    checkResult('leaves_equal_entries', sum(tiles, 'leaves'), await nameLeaves(client, bad)),
    checkResult(
      'entries_are_logged',
      entries,
      (await areAllLogged(client, { entries, unlogged: entries - sum(tiles, 'entries') }))
        ? []
        : await nameUnlogged(client),
    ),
  ]
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
         from ledger_entries e ${leafJoin} where e.id = n.entry_id
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

/**
 * Whether the counts leave no room for a fault: nothing is outside the log and nothing waits, and every
 * entry was met once, so that none is a leaf twice either.
 */
async function areAllLogged(
  client: pg.ClientBase,
  { entries, unlogged }: { entries: number; unlogged: number },
): Promise<boolean> {
  const { rows } = await longQuery<{ entries: bigint; is_waiting: boolean }>(
    client,
    `select (select count(*) from ledger_entries) as entries,
       exists (select from log_intake) as is_waiting`,
  )
  return unlogged === 0 && rows[0]?.is_waiting === false && Number(rows[0].entries) === entries
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
