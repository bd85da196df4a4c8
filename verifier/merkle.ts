import { createHash } from 'node:crypto'

/**
 * Checks proofs of a Merkle tree as RFC 9162 §2.1 describes it, with nothing but the hash function. It
 * shares nothing with what writes the log, so that a mistake there is not made here again.
 */
const sha256 = (...parts: readonly Uint8Array[]): Buffer => {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest()
}

const leafPrefix = Uint8Array.of(0)
const nodePrefix = Uint8Array.of(1)

export function hashLeaf(leaf: Uint8Array): Buffer {
  return sha256(leafPrefix, leaf)
}

function hashNode(left: Uint8Array, right: Uint8Array): Buffer {
  return sha256(nodePrefix, left, right)
}

export interface InclusionClaim {
  readonly leafHash: Buffer
  readonly leafIndex: number
  readonly treeSize: number
  readonly path: readonly Buffer[]
  readonly root: Buffer
}

/** The steps of RFC 9162 §2.1.3.2. */
export function isIncluded({ leafHash, leafIndex, treeSize, path, root }: InclusionClaim): boolean {
  if (leafIndex >= treeSize) return false
  const climb = new Climb(leafIndex, treeSize - 1)
  let r = leafHash
  for (const p of path) {
    if (climb.isAtTop) return false
    r = climb.step() === 'left' ? hashNode(p, r) : hashNode(r, p)
  }
  return climb.isAtTop && r.equals(root)
}

export interface ConsistencyClaim {
  readonly from: number
  readonly to: number
  readonly fromRoot: Buffer
  readonly toRoot: Buffer
  readonly path: readonly Buffer[]
}

/** The steps of RFC 9162 §2.1.4.2; a tree is consistent with itself, which needs no path. */
export function isConsistent({ from, to, fromRoot, toRoot, path }: ConsistencyClaim): boolean {
  if (from < 1 || from > to) return false
  if (from === to) return path.length === 0 && fromRoot.equals(toRoot)
  if (path.length === 0) return false
  const [start, ...rest] = isPowerOfTwo(from) ? [fromRoot, ...path] : path
  if (!start) return false
  const climb = new Climb(from - 1, to - 1)
  climb.leaveFullSubtrees()
  let fr = start
  let sr = start
  for (const c of rest) {
    if (climb.isAtTop) return false
    if (climb.step() === 'left') {
      fr = hashNode(c, fr)
      sr = hashNode(c, sr)
    } else sr = hashNode(sr, c)
  }
  return climb.isAtTop && fr.equals(fromRoot) && sr.equals(toRoot)
}

/** The way from a leaf to the root, by its number and that of the last leaf; the RFC calls them fn and sn. */
class Climb {
  #fn: bigint
  #sn: bigint

  constructor(leaf: number, lastLeaf: number) {
    this.#fn = BigInt(leaf)
    this.#sn = BigInt(lastLeaf)
  }

  get isAtTop(): boolean {
    return this.#sn === 0n
  }

  leaveFullSubtrees(): void {
    while (isOdd(this.#fn)) this.#shift()
  }

  /** The side on which the next hash of a path stands; goes on to the level above it. */
  step(): 'left' | 'right' {
    const side = isOdd(this.#fn) || this.#fn === this.#sn ? 'left' : 'right'
    if (side === 'left') while (!isOdd(this.#fn) && this.#fn !== 0n) this.#shift()
    this.#shift()
    return side
  }

  #shift(): void {
    this.#fn >>= 1n
    this.#sn >>= 1n
  }
}

/** Takes leaves one after the other and gives the root of those it has, in little memory. */
export class RootOfLeaves {
  /** Full subtrees from left to right, each with the number of its leaves. */
  readonly #subtrees: { leaves: number; hash: Buffer }[] = []
  count = 0

  add(leafHash: Buffer): void {
    let last = { leaves: 1, hash: leafHash }
    for (
      let left = this.#subtrees.at(-1);
      left?.leaves === last.leaves;
      left = this.#subtrees.at(-1)
    ) {
      this.#subtrees.pop()
      last = { leaves: left.leaves * 2, hash: hashNode(left.hash, last.hash) }
    }
    this.#subtrees.push(last)
    this.count += 1
  }

  root(): Buffer {
    const [last, ...others] = [...this.#subtrees].reverse()
    if (!last) return sha256()
    return others.reduce((hash, left) => hashNode(left.hash, hash), last.hash)
  }
}

function isOdd(value: bigint): boolean {
  return value % 2n === 1n
}

function isPowerOfTwo(value: number): boolean {
  const big = BigInt(value)
  return (big & (big - 1n)) === 0n
}
