import type pg from 'pg'
import { bytesArray, plainArray, textArray } from '../journal/array-literal.ts'
import type { TileGrowth } from './tile-growth.ts'

/** Puts the new hashes at the ends of their tiles. */
export async function saveTiles(client: pg.ClientBase, { tiles }: TileGrowth): Promise<void> {
  await client.query({
    name: 'log_save_tiles',
    text: `
     insert into log_tiles as t (level, tile_index, hashes)
     select n.level, n.tile_index, n.hashes
     from unnest($1::smallint[], $2::bigint[], $3::bytea[]) as n (level, tile_index, hashes)
     on conflict (level, tile_index) do update set hashes = t.hashes || excluded.hashes`,
    values: [
      plainArray(tiles.map(({ level }) => level)),
      plainArray(tiles.map(({ tileIndex }) => tileIndex)),
      bytesArray(tiles.map(({ hashes }) => Buffer.concat(hashes).toString('hex'))),
    ],
  })
}

/** Puts the new entries at the ends of the lists of their tiles. */
export async function saveTileEntries(
  client: pg.ClientBase,
  { tileEntries }: TileGrowth,
): Promise<void> {
  await client.query({
    name: 'log_save_tile_entries',
    text: `
     insert into log_tile_entries as t (tile_index, entry_ids, least_entry_id, greatest_entry_id)
     select n.tile_index, n.entry_ids::uuid[], n.least_entry_id, n.greatest_entry_id
     from unnest($1::bigint[], $2::text[], $3::uuid[], $4::uuid[])
       as n (tile_index, entry_ids, least_entry_id, greatest_entry_id)
     on conflict (tile_index) do update
     set entry_ids = t.entry_ids || excluded.entry_ids,
       least_entry_id = least(t.least_entry_id, excluded.least_entry_id),
       greatest_entry_id = greatest(t.greatest_entry_id, excluded.greatest_entry_id)`,
    values: [
      plainArray(tileEntries.map(({ tileIndex }) => tileIndex)),
      textArray(tileEntries.map(({ entryIds }) => plainArray(entryIds))),
      plainArray(tileEntries.map(({ least }) => least)),
      plainArray(tileEntries.map(({ greatest }) => greatest)),
    ],
  })
}

/** Of another size than was read, the size becomes null, which the table refuses. */
export async function saveTreeSize(
  client: pg.ClientBase,
  { from, to }: { from: number; to: number },
): Promise<void> {
  const { rowCount } = await client.query(
    'update log_tree set size = case when size = $1::bigint then $2::bigint end',
    [from, to],
  )
  if (rowCount !== 1) throw new Error('the row of log_tree is missing')
}
