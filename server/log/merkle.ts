import { hash } from 'node:crypto'

/**
 * The Merkle tree of RFC 9162 §2.1 as pure functions. Sizes and indexes are whole numbers up to 2^53 − 1,
 * so that nothing here may use the 32-bit operators of JavaScript.
 */
export const hashBytes = 32

/** The leaves from `begin` up to and without `end`, as one tree of their own. */
export interface LeafRange {
  readonly begin: number
  readonly end: number
}

/** A full subtree: the `index`-th of those with 2^level leaves. */
export interface Subtree {
  readonly level: number
  readonly index: number
}

/** Of a tree without leaves: the hash of nothing (RFC 9162 §2.1.1). */
export const emptyRoot: Buffer = hash('sha256', '', 'buffer')

// One buffer for every interior hash: 0x01, then the two below it.
const interior = Buffer.alloc(1 + 2 * hashBytes, 1)

/** SHA-256(0x01 || left || right) (RFC 9162 §2.1.1). */
export function interiorHash(left: Uint8Array, right: Uint8Array): Buffer {
  interior.set(left, 1)
  interior.set(right, 1 + hashBytes)
  // As text first: a buffer of its own memory for each would cost as much as hashing.
  return Buffer.from(hash('sha256', interior, 'binary'), 'latin1')
}

/** The ranges whose roots prove that a leaf is in the tree, from the leaf upwards (RFC 9162 §2.1.3.1). */
export function inclusionRanges(leafIndex: number, size: number): readonly LeafRange[] {
  const ranges: LeafRange[] = []
  let begin = 0
  let end = size
  while (end - begin > 1) {
    const middle = begin + splitOf(end - begin)
    if (leafIndex < middle) {
      ranges.push({ begin: middle, end })
      end = middle
    } else {
      ranges.push({ begin, end: middle })
      begin = middle
    }
  }
  return ranges.reverse()
}

/**
 * The ranges whose roots prove that the tree of `from` leaves is how the one of `to` began, for
 * 1 ≤ from ≤ to (RFC 9162 §2.1.4.1). None where both are the same.
 */
export function consistencyRanges(from: number, to: number): readonly LeafRange[] {
  const ranges: LeafRange[] = []
  let begin = 0
  let end = to
  while (end > from) {
    const middle = begin + splitOf(end - begin)
    if (from <= middle) {
      ranges.push({ begin: middle, end })
      end = middle
    } else {
      ranges.push({ begin, end: middle })
      begin = middle
    }
  }
  // Where it begins at the first leaf it is the earlier tree itself, whose root the verifier has.
  if (begin > 0) ranges.push({ begin, end })
  return ranges.reverse()
}

/** The full subtrees that a range of the tree is made of, from left to right; the largest comes first. */
export function subtreesOf({ begin, end }: LeafRange): readonly Subtree[] {
  const subtrees: Subtree[] = []
  for (let at = begin; at < end; ) {
    let level = 0
    while (2 ** (level + 1) <= end - at) level += 1
    subtrees.push({ level, index: at / 2 ** level })
    at += 2 ** level
  }
  return subtrees
}

/** The root of a range from the hashes of its full subtrees, from left to right. */
export function foldSubtrees(hashes: readonly Buffer[]): Buffer {
  const last = hashes.at(-1)
  if (!last) return emptyRoot
  return hashes.slice(0, -1).reduceRight((right, left) => interiorHash(left, right), last)
}

/** The root of 2^n hashes that stand side by side. */
export function rootOfHashes(hashes: Buffer): Buffer {
  let level = hashes
  while (level.length > hashBytes) {
    const above = Buffer.allocUnsafe(level.length / 2)
    for (let at = 0; at < above.length; at += hashBytes) {
      const left = level.subarray(2 * at, 2 * at + hashBytes)
      above.set(interiorHash(left, level.subarray(2 * at + hashBytes, 2 * (at + hashBytes))), at)
    }
    level = above
  }
  return level
}

/** The largest power of two below `size`, for a size of at least 2. */
function splitOf(size: number): number {
  // Not by a logarithm, which is not exact close to a large power.
  let power = 1
  while (power * 2 < size) power *= 2
  return power
}
