import type pg from 'pg'
import { GrowingTree } from './growing-tree.ts'
import { hashBytes } from './merkle.ts'
import { saveTileEntries, saveTiles, saveTreeSize } from './save-tiles.ts'
import { TileGrowth } from './tile-growth.ts'

/** The log of an empty database, filled with leaves whose entries are there already. */
export class ImportedLog {
  readonly #client: pg.ClientBase
  readonly #tree = new GrowingTree()

  constructor(client: pg.ClientBase) {
    this.#client = client
  }

  get size(): number {
    return this.#tree.size
  }

  /** Appends leaves in order: the ids of their entries, and their hashes side by side. */
  async append({
    entryIds,
    hashes,
  }: {
    entryIds: readonly string[]
    hashes: Buffer
  }): Promise<void> {
    const growth = new TileGrowth(this.#tree.size)
    growth.addLeaves(entryIds, hashes)
    for (let at = 0; at < hashes.length; at += hashBytes) {
      this.#tree.append(hashes.subarray(at, at + hashBytes), (level, hash) =>
        growth.addHash(level, hash),
      )
    }
    await saveTiles(this.#client, growth)
    await saveTileEntries(this.#client, growth)
  }

  /** Writes down the size and gives the root. */
  async finish(): Promise<Buffer> {
    await saveTreeSize(this.#client, { from: 0, to: this.#tree.size })
    return this.#tree.root
  }
}
