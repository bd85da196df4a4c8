import { hashBytes } from './merkle.ts'
import { tileHashes, tilePlace } from './tiles.ts'

/** What one sealing adds to a tile: hashes at its end. */
export interface GrownTile {
  readonly level: number
  readonly tileIndex: number
  readonly hashes: Buffer[]
}

/** What it adds to the list of entries of a tile of level 0. */
export interface GrownTileEntries {
  readonly tileIndex: number
  readonly entryIds: string[]
  least: string
  greatest: string
}

/** Gathers the new hashes and entries of a tree that grows from `size`, tile by tile. */
export class TileGrowth {
  readonly tiles: GrownTile[] = []
  readonly tileEntries: GrownTileEntries[] = []
  readonly #size: number
  #leaves: number
  /** Hashes that each level above the leaves has by now. */
  readonly #counts = new Map<number, number>()

  constructor(size: number) {
    this.#size = size
    this.#leaves = size
  }

  /** Leaves in order: the ids of their entries, and their hashes side by side. */
  addLeaves(entryIds: readonly string[], hashes: Buffer): void {
    for (let at = 0; at < entryIds.length; ) {
      const { tileIndex, offset } = tilePlace(0, this.#leaves)
      const end = Math.min(entryIds.length, at + tileHashes - offset)
      this.#tile(0, tileIndex).hashes.push(hashes.subarray(at * hashBytes, end * hashBytes))
      this.#addEntries(tileIndex, entryIds.slice(at, end))
      this.#leaves += end - at
      at = end
    }
  }

  /** The next hash of a level above the leaves. */
  addHash(level: number, hash: Buffer): void {
    const count = this.#counts.get(level) ?? Math.floor(this.#size / tileHashes ** level)
    this.#tile(level, tilePlace(level, count).tileIndex).hashes.push(hash)
    this.#counts.set(level, count + 1)
  }

  #tile(level: number, tileIndex: number): GrownTile {
    const known = this.tiles.findLast((tile) => tile.level === level)
    if (known?.tileIndex === tileIndex) return known
    const fresh = { level, tileIndex, hashes: [] }
    this.tiles.push(fresh)
    return fresh
  }

  /** The ids are lower-case UUIDs, whose order as text is that of their bytes. */
  #addEntries(tileIndex: number, entryIds: readonly string[]): void {
    const [first = ''] = entryIds
    let last = this.tileEntries.at(-1)
    if (last?.tileIndex !== tileIndex) {
      last = { tileIndex, entryIds: [], least: first, greatest: first }
      this.tileEntries.push(last)
    }
    for (const entryId of entryIds) {
      last.entryIds.push(entryId)
      if (entryId < last.least) last.least = entryId
      if (entryId > last.greatest) last.greatest = entryId
    }
  }
}
