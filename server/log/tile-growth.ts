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
  /** The tile that each level adds to now, and how many hashes the level has. */
  readonly #levels = new Map<number, { count: number; tile: GrownTile | undefined }>()
  #entries: number

  constructor(size: number) {
    this.#size = size
    this.#entries = size
  }

  addHash(level: number, hash: Buffer): void {
    const state = this.#levels.get(level) ?? {
      count: Math.floor(this.#size / tileHashes ** level),
      tile: undefined,
    }
    const { tileIndex } = tilePlace(level, state.count)
    if (state.tile?.tileIndex !== tileIndex) {
      state.tile = { level, tileIndex, hashes: [] }
      this.tiles.push(state.tile)
    }
    state.tile.hashes.push(hash)
    state.count += 1
    this.#levels.set(level, state)
  }

  /** The ids are lower-case UUIDs, whose order as text is that of their bytes. */
  addEntry(entryId: string): void {
    const { tileIndex } = tilePlace(0, this.#entries)
    this.#entries += 1
    const last = this.tileEntries.at(-1)
    if (last?.tileIndex !== tileIndex) {
      this.tileEntries.push({ tileIndex, entryIds: [entryId], least: entryId, greatest: entryId })
      return
    }
    last.entryIds.push(entryId)
    if (entryId < last.least) last.least = entryId
    if (entryId > last.greatest) last.greatest = entryId
  }
}
