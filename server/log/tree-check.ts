import type pg from 'pg'
import { type CheckResult, checkResult, type Fault, faultsMax } from './check-result.ts'
import { GrowingTree } from './growing-tree.ts'
import { type Head, readHeads } from './head.ts'
import { hashBytes } from './merkle.ts'
import { tileHashes, tilePlace } from './tiles.ts'

const tilesPerRead = 256
const headsPerRead = 10_000

/**
 * The tree built again from the hashes of its leaves, in one pass over the tiles: every tile above must
 * hold what comes out, and every head that was ever signed must have been of the tree as it was at its
 * size. A head that does not fit names the leaves that the change is among.
 */
export async function checkTree(client: pg.ClientBase, size: number): Promise<CheckResult> {
  const state: TreeState = {
    tree: new GrowingTree(),
    upperTiles: new UpperTiles(await readUpperTiles(client)),
    heads: new HeadsAhead(client),
    faults: [],
    checked: 0,
    rightSize: 0,
  }
  await state.heads.upTo(0)
  for await (const { tileIndex, hashes } of readLeafTiles(client)) {
    if (tileIndex * tileHashes !== state.tree.size) {
      state.faults.push({
        detail: `the log goes on with tile ${tileIndex} after ${state.tree.size} leaves`,
      })
    }
    if (state.faults.length >= faultsMax) break
    await appendTile(state, hashes)
  }
  state.faults.push(...state.upperTiles.leftOver(), ...(await sizeFaults(size, state)))
  return checkResult('heads_follow_leaves', state.checked, state.faults)
}

interface TreeState {
  readonly tree: GrowingTree
  readonly upperTiles: UpperTiles
  readonly heads: HeadsAhead
  readonly faults: Fault[]
  checked: number
  /** Of the last head that fitted. */
  rightSize: number
}

/** Appends the leaves of a tile, with a stop wherever a head was signed. */
async function appendTile(state: TreeState, hashes: Buffer): Promise<void> {
  const { tree, upperTiles, heads, faults } = state
  const onTileHash = (level: number, hash: Buffer) =>
    faults.push(...upperTiles.compare(level, hash))
  for (let at = 0; at < hashes.length; ) {
    const leaves = Math.min(heads.nextSize - tree.size, (hashes.length - at) / hashBytes)
    tree.append(hashes.subarray(at, at + leaves * hashBytes), onTileHash)
    at += leaves * hashBytes
    if (heads.nextSize > tree.size) continue
    for (const head of await heads.upTo(tree.size)) {
      state.checked += 1
      if (head.rootHash.equals(tree.root)) state.rightSize = tree.size
      else faults.push(headFault(head, state.rightSize))
    }
  }
}

function headFault({ treeSize }: Head, rightSize: number): Fault {
  return {
    detail: `the head of ${treeSize} entries was signed over another tree: leaves ${rightSize} to ${treeSize - 1} are not all what they were`,
  }
}

async function sizeFaults(size: number, { tree, heads }: TreeState): Promise<readonly Fault[]> {
  const faults: Fault[] = []
  if (tree.size !== size)
    faults.push({ detail: `the log is kept to have ${size} leaves, its tiles have ${tree.size}` })
  const [beyond] = await heads.upTo(Number.MAX_SAFE_INTEGER)
  if (beyond)
    faults.push({
      detail: `a head of ${beyond.treeSize} entries was signed, the log has ${tree.size}: its tail was cut`,
    })
  return faults
}

async function* readLeafTiles(
  client: pg.ClientBase,
): AsyncGenerator<{ readonly tileIndex: number; readonly hashes: Buffer }> {
  for (let next = 0; ; ) {
    const { rows } = await client.query<{ tile_index: bigint; hashes: Buffer }>(
      `select tile_index, hashes from log_tiles where level = 0 and tile_index >= $1::bigint
       order by tile_index limit $2::integer`,
      [next, tilesPerRead],
    )
    for (const row of rows) {
      next = Number(row.tile_index) + 1
      yield { tileIndex: next - 1, hashes: row.hashes }
    }
    if (rows.length < tilesPerRead) return
  }
}

interface UpperTile {
  readonly level: number
  readonly tile_index: bigint
  readonly hashes: Buffer
}

async function readUpperTiles(client: pg.ClientBase): Promise<readonly UpperTile[]> {
  const { rows } = await client.query<UpperTile>(
    'select level, tile_index, hashes from log_tiles where level > 0 order by level, tile_index',
  )
  return rows
}

/** The tiles above level 0, compared with the hashes that come out of the leaves, in their order. */
class UpperTiles {
  readonly #tiles: ReadonlyMap<string, Buffer>
  readonly #counts = new Map<number, number>()

  constructor(tiles: readonly UpperTile[]) {
    this.#tiles = new Map(tiles.map((tile) => [`${tile.level}/${tile.tile_index}`, tile.hashes]))
  }

  compare(level: number, hash: Buffer): readonly Fault[] {
    const count = this.#counts.get(level) ?? 0
    this.#counts.set(level, count + 1)
    const { tileIndex, offset } = tilePlace(level, count)
    const at = offset * hashBytes
    const kept = this.#tiles.get(`${level}/${tileIndex}`)?.subarray(at, at + hashBytes)
    if (kept?.equals(hash)) return []
    const leaves = tileHashes ** level
    return [
      {
        detail: `hash ${offset} of tile ${tileIndex} of level ${level} does not follow from leaves ${count * leaves} to ${(count + 1) * leaves - 1}`,
      },
    ]
  }

  /** Hashes that no leaves are below of. */
  leftOver(): readonly Fault[] {
    const kept = [...this.#tiles.values()].reduce((sum, tile) => sum + tile.length / hashBytes, 0)
    const compared = [...this.#counts.values()].reduce((sum, count) => sum + count, 0)
    return kept > compared
      ? [{ detail: `the tiles hold ${kept} hashes above the leaves, ${compared} follow from them` }]
      : []
  }
}

/** The heads in the order of their sizes, read a page at a time. */
class HeadsAhead {
  readonly #client: pg.ClientBase
  #page: readonly Head[] = []
  #at = 0
  /** Of the next head; above every size once there is none. */
  nextSize = 0

  constructor(client: pg.ClientBase) {
    this.#client = client
  }

  /** The heads up to a size that were not given yet. */
  async upTo(size: number): Promise<readonly Head[]> {
    const given: Head[] = []
    while (this.nextSize <= size) {
      if (this.#at >= this.#page.length) await this.#turn()
      const head = this.#page[this.#at]
      this.nextSize = head?.treeSize ?? Number.POSITIVE_INFINITY
      if (!head || head.treeSize > size) break
      given.push(head)
      this.#at += 1
    }
    return given
  }

  async #turn(): Promise<void> {
    const last = this.#page.at(-1)
    this.#page = await readHeads(this.#client, {
      sizeMin: (last?.treeSize ?? 0) + 1,
      limit: headsPerRead,
    })
    this.#at = 0
  }
}
