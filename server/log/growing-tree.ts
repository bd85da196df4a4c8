import { hash } from 'node:crypto'
import { foldSubtrees, hashBytes } from './merkle.ts'

/** Levels of the tree that one level of tiles holds. */
export const levelsPerTile = 8

/** More than the bits of the largest size. */
const peaksMax = 64
const rightAt = 1 + hashBytes

/** Takes the next hash of a level of tiles above that of the leaves: the root of a full tile below. */
export type TileHashListener = (tileLevel: number, hash: Buffer) => void

/**
 * A tree that leaves are appended to. It knows the roots of its full subtrees alone, a few dozen hashes
 * at any size, and tells of each hash that the tiles keep above the leaves.
 */
export class GrowingTree {
  #size: number
  /** Side by side, from left to right. */
  readonly #peaks = Buffer.alloc(peaksMax * hashBytes)
  #peakCount: number
  // What an interior hash is made of: 0x01, left, right. Hashes are written here and into the peaks, as
  // a buffer for each of them would cost as much as hashing.
  readonly #node = Buffer.alloc(1 + 2 * hashBytes, 1)

  /** `peaks` are the roots of the full subtrees of a tree of this size, from left to right. */
  constructor(size = 0, peaks: readonly Buffer[] = []) {
    this.#size = size
    this.#peakCount = peaks.length
    Buffer.concat(peaks).copy(this.#peaks)
  }

  get size(): number {
    return this.#size
  }

  get root(): Buffer {
    return foldSubtrees(
      Array.from({ length: this.#peakCount }, (_, index) =>
        Buffer.from(this.#peaks.subarray(index * hashBytes, (index + 1) * hashBytes)),
      ),
    )
  }

  /** Appends leaves by their hashes, which stand side by side. */
  append(leafHashes: Buffer, onTileHash: TileHashListener): void {
    for (let at = 0; at < leafHashes.length; at += hashBytes) {
      leafHashes.copy(this.#node, rightAt, at, at + hashBytes)
      this.#appendRight(onTileHash)
    }
  }

  /** Appends the leaf that stands on the right of the node. */
  #appendRight(onTileHash: TileHashListener): void {
    let level = 0
    // Each subtree that is full by now takes the one of its size on its left along.
    for (let count = this.#size; count % 2 === 1; count = (count - 1) / 2) {
      this.#peakCount -= 1
      const at = this.#peakCount * hashBytes
      this.#peaks.copy(this.#node, 1, at, at + hashBytes)
      this.#node.write(hash('sha256', this.#node, 'binary'), rightAt, hashBytes, 'latin1')
      level += 1
      if (level % levelsPerTile === 0)
        onTileHash(level / levelsPerTile, Buffer.from(this.#node.subarray(rightAt)))
    }
    this.#node.copy(this.#peaks, this.#peakCount * hashBytes, rightAt)
    this.#peakCount += 1
    this.#size += 1
  }
}
