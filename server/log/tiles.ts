import type pg from 'pg'
import { levelsPerTile } from './growing-tree.ts'
import {
  foldSubtrees,
  hashBytes,
  type LeafRange,
  rootOfHashes,
  type Subtree,
  subtreesOf,
} from './merkle.ts'

/** Hashes that a full tile holds. */
export const tileHashes = 2 ** levelsPerTile

/** Where a hash of a level of tiles is kept. */
export interface TilePlace {
  readonly level: number
  readonly tileIndex: number
  readonly offset: number
}

/** The place of the `index`-th hash of a level. */
export function tilePlace(level: number, index: number): TilePlace {
  return { level, tileIndex: Math.floor(index / tileHashes), offset: index % tileHashes }
}

/** The tiles lack what a tree of their size has: somebody has changed them. */
export class TilesFailure extends Error {}

/**
 * The roots of ranges of the tree, from the tiles, in one query. Throws a TilesFailure where the tiles do not have
 * what a tree of that size has.
 */
export async function readRoots(
  client: pg.ClientBase | pg.Pool,
  ranges: readonly LeafRange[],
): Promise<readonly Buffer[]> {
  const hashes = await readSubtrees(client, ranges.flatMap(subtreesOf))
  let at = 0
  return ranges.map((range) => {
    const count = subtreesOf(range).length
    at += count
    return foldSubtrees(hashes.slice(at - count, at))
  })
}

/** The roots of full subtrees, in order. */
export async function readSubtrees(
  client: pg.ClientBase | pg.Pool,
  subtrees: readonly Subtree[],
): Promise<readonly Buffer[]> {
  const places = subtrees.map(placeOf)
  const wanted = new Map(places.map((place) => [keyOf(place), place]))
  const { rows } = await client.query<{ level: number; tile_index: bigint; hashes: Buffer }>(
    `select t.level, t.tile_index, t.hashes
     from unnest($1::smallint[], $2::bigint[]) as w (level, tile_index)
     join log_tiles t on t.level = w.level and t.tile_index = w.tile_index`,
    [[...wanted.values()].map(({ level }) => level), [...wanted.values()].map((p) => p.tileIndex)],
  )
  const tiles = new Map(
    rows.map(({ level, tile_index: tileIndex, hashes }) => [
      keyOf({ level, tileIndex: Number(tileIndex) }),
      hashes,
    ]),
  )
  return places.map((place) => {
    const { level, tileIndex, offset, count } = place
    const end = (offset + count) * hashBytes
    const tile = tiles.get(keyOf(place))
    if (!tile || tile.length < end)
      throw new TilesFailure(`tile ${tileIndex} of level ${level} of the log has too few hashes`)
    return rootOfHashes(tile.subarray(offset * hashBytes, end))
  })
}

/** A subtree is the root of a power of two of hashes of one tile. */
function placeOf({ level, index }: Subtree): TilePlace & { readonly count: number } {
  const tileLevel = Math.floor(level / levelsPerTile)
  const count = 2 ** (level % levelsPerTile)
  return { ...tilePlace(tileLevel, index * count), count }
}

function keyOf({ level, tileIndex }: Pick<TilePlace, 'level' | 'tileIndex'>): string {
  return `${level}/${tileIndex}`
}
