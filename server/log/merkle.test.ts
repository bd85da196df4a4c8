import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { GrowingTree } from './growing-tree.ts'
import {
  consistencyRanges,
  emptyRoot,
  foldSubtrees,
  inclusionRanges,
  type LeafRange,
  rootOfHashes,
  subtreesOf,
} from './merkle.ts'

const sizeMax = 600
const sha256 = (...parts: readonly Uint8Array[]) =>
  createHash('sha256').update(Buffer.concat(parts)).digest()
const leafOf = (index: number) => sha256(Buffer.from([0]), Buffer.from(`leaf ${index}`))
const leaves = Array.from({ length: sizeMax }, (_, index) => leafOf(index))

// What the RFC defines, written once more as it stands there, by recursion over copies of lists.

function treeHash(list: readonly Buffer[]): Buffer {
  if (list.length === 0) return sha256()
  if (list.length === 1) return list[0] as Buffer
  const k = splitOf(list.length)
  return sha256(Buffer.from([1]), treeHash(list.slice(0, k)), treeHash(list.slice(k)))
}

function splitOf(n: number): number {
  let k = 1
  while (k * 2 < n) k *= 2
  return k
}

function path(m: number, list: readonly Buffer[]): Buffer[] {
  if (list.length === 1) return []
  const k = splitOf(list.length)
  return m < k
    ? [...path(m, list.slice(0, k)), treeHash(list.slice(k))]
    : [...path(m - k, list.slice(k)), treeHash(list.slice(0, k))]
}

function proof(m: number, list: readonly Buffer[], isWhole = true): Buffer[] {
  if (m === list.length) return isWhole ? [] : [treeHash(list)]
  const k = splitOf(list.length)
  return m <= k
    ? [...proof(m, list.slice(0, k), isWhole), treeHash(list.slice(k))]
    : [...proof(m - k, list.slice(k), false), treeHash(list.slice(0, k))]
}

function grown(size: number): GrowingTree {
  const tree = new GrowingTree()
  for (const leaf of leaves.slice(0, size)) tree.append(leaf, () => {})
  return tree
}

/** The root of a range by its full subtrees, as the tiles give it. */
function rootOf(range: LeafRange): Buffer {
  return foldSubtrees(
    subtreesOf(range).map(({ level, index }) =>
      rootOfHashes(Buffer.concat(leaves.slice(index * 2 ** level, (index + 1) * 2 ** level))),
    ),
  )
}

const size = fc.integer({ min: 1, max: sizeMax })

describe('the Merkle tree', () => {
  // The vectors of the test suite of Certificate Transparency, whose leaves are these bytes.
  it.each([
    [0, 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
    [1, '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d'],
    [2, 'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125'],
    [3, 'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77'],
    [4, 'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7'],
    [5, '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4'],
    [6, '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef'],
    [7, 'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c'],
    [8, '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328'],
  ])('of %i known leaves has the known root', (count, root) => {
    const known = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657']
    known.push('606162636465666768696a6b6c6d6e6f')
    const tree = new GrowingTree()
    for (const text of known.slice(0, count))
      tree.append(sha256(Buffer.from([0]), Buffer.from(text, 'hex')), () => {})
    expect(tree.root.toString('hex')).toBe(root)
    if (count === 0) expect(tree.root).toEqual(emptyRoot)
  })

  // A tree that goes on from its full subtrees is what each sealing does after the one before.
  it('has the root of the RFC at every size, also when it goes on from its full subtrees', () => {
    for (let count = 0; count <= sizeMax; count++) {
      expect(grown(count).root.equals(treeHash(leaves.slice(0, count)))).toBe(true)
    }
    fc.assert(
      fc.property(fc.nat(sizeMax), fc.nat(sizeMax), (first, second) => {
        const [from, to] = [Math.min(first, second), Math.max(first, second)]
        const peaks = subtreesOf({ begin: 0, end: from }).map(({ level, index }) =>
          rootOf({ begin: index * 2 ** level, end: (index + 1) * 2 ** level }),
        )
        const tree = new GrowingTree(from, peaks)
        for (const leaf of leaves.slice(from, to)) tree.append(leaf, () => {})
        expect(tree.size).toBe(to)
        expect(tree.root).toEqual(grown(to).root)
      }),
    )
  })

  it('tells the tiles of the root of each 256 leaves', () => {
    const told: [number, string][] = []
    const tree = new GrowingTree()
    for (const leaf of leaves)
      tree.append(leaf, (level, hash) => told.push([level, hash.toString('hex')]))
    expect(told.filter(([level]) => level === 1).map(([, hash]) => hash)).toEqual(
      [0, 256].map((at) => treeHash(leaves.slice(at, at + 256)).toString('hex')),
    )
    expect(told.filter(([level]) => level !== 1)).toEqual([])
  })

  it('gives the inclusion path of the RFC for every leaf of every size', () => {
    fc.assert(
      fc.property(size, fc.nat(), (count, pick) => {
        const index = pick % count
        const ranges = inclusionRanges(index, count)
        expect(ranges.map(rootOf)).toEqual(path(index, leaves.slice(0, count)))
      }),
      { numRuns: 400 },
    )
  })

  it('gives the consistency path of the RFC between any two sizes', () => {
    fc.assert(
      fc.property(size, size, (first, second) => {
        const [from, to] = [Math.min(first, second), Math.max(first, second)]
        const ranges = consistencyRanges(from, to)
        expect(ranges.map(rootOf)).toEqual(proof(from, leaves.slice(0, to)))
      }),
      { numRuns: 400 },
    )
  })

  // Bit operators would give nonsense beyond 2^32, and a logarithm close to a large power.
  it('splits sizes that no tree here will ever have as exactly as small ones', () => {
    for (const count of [2 ** 32 + 1, 2 ** 48 - 1, 2 ** 52 + 1]) {
      const ranges = inclusionRanges(count - 1, count)
      const all = [...ranges, { begin: count - 1, end: count }]
      expect(all.reduce((sum, { begin, end }) => sum + (end - begin), 0)).toBe(count)
      for (const { level, index } of all.flatMap(subtreesOf)) {
        expect(Number.isSafeInteger(index * 2 ** level)).toBe(true)
      }
    }
  })
})
