import { foldSubtrees, interiorHash } from './merkle.ts'

/** Levels of the tree that one level of tiles holds. */
export const levelsPerTile = 8

/** Takes the next hash of a level of tiles above that of the leaves: the root of a full tile below. */
export type TileHashListener = (tileLevel: number, hash: Buffer) => void

/**
 * A tree that leaves are appended to. It knows the roots of its full subtrees alone, a few dozen hashes
 * at any size, and tells of each hash that the tiles keep above the leaves.
 */
export class GrowingTree {
  #size: number
  readonly #peaks: Buffer[]

  /** `peaks` are the roots of the full subtrees of a tree of this size, from left to right. */
  constructor(size = 0, peaks: readonly Buffer[] = []) {
    this.#size = size
    this.#peaks = [...peaks]
  }

  get size(): number {
    return this.#size
  }

  get root(): Buffer {
    return foldSubtrees(this.#peaks)
  }

  append(leafHash: Buffer, onTileHash: TileHashListener): void {
    let hash = leafHash
    let level = 0
    // Each subtree that is full by now takes the one of its size on its left along.
    for (let count = this.#size; count % 2 === 1; count = (count - 1) / 2) {
      const left = this.#peaks.pop()
      if (!left) throw new Error(`a tree of ${this.#size} leaves has too few subtrees`)
      hash = interiorHash(left, hash)
      level += 1
      if (level % levelsPerTile === 0) onTileHash(level / levelsPerTile, hash)
    }
    this.#peaks.push(hash)
    this.#size += 1
  }
}
