import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { GrowingTree } from '../server/log/growing-tree.ts'
import {
  consistencyRanges,
  foldSubtrees,
  inclusionRanges,
  type LeafRange,
  rootOfHashes,
  subtreesOf,
} from '../server/log/merkle.ts'
import { hashLeaf, isConsistent, isIncluded, RootOfLeaves } from './merkle.ts'

const sizeMax = 50
const leaves = Array.from({ length: sizeMax }, (_, index) => hashLeaf(Buffer.from(`leaf ${index}`)))
const roots = Array.from({ length: sizeMax + 1 }, (_, size) => {
  const tree = new GrowingTree()
  for (const leaf of leaves.slice(0, size)) tree.append(leaf, () => {})
  return tree.root
})
const rootOf = (range: LeafRange) =>
  foldSubtrees(
    subtreesOf(range).map(({ level, index }) =>
      rootOfHashes(Buffer.concat(leaves.slice(index * 2 ** level, (index + 1) * 2 ** level))),
    ),
  )
const other = createHash('sha256').update('other').digest()

/** Every way to make one of the hashes another, to leave one out or to add one. */
function spoilt(path: readonly Buffer[]): readonly (readonly Buffer[])[] {
  return [
    ...path.map((_, at) => path.with(at, other)),
    ...path.map((_, at) => path.filter((_hash, index) => index !== at)),
    [...path, other],
  ]
}

describe('the verifier', () => {
  it('has the root of the writer for every size', () => {
    const tree = new RootOfLeaves()
    expect(tree.root()).toEqual(roots[0])
    for (const leaf of leaves) {
      tree.add(leaf)
      expect(tree.root()).toEqual(roots[tree.count])
    }
  })

  it('takes every inclusion proof of the writer, and none that is spoilt', () => {
    for (let treeSize = 1; treeSize <= sizeMax; treeSize++) {
      const root = roots[treeSize] as Buffer
      for (let leafIndex = 0; leafIndex < treeSize; leafIndex++) {
        const leafHash = leaves[leafIndex] as Buffer
        const path = inclusionRanges(leafIndex, treeSize).map(rootOf)
        const claim = { leafHash, leafIndex, treeSize, path, root }
        expect(isIncluded(claim)).toBe(true)
        expect(isIncluded({ ...claim, leafHash: other })).toBe(false)
        expect(isIncluded({ ...claim, root: other })).toBe(false)
        expect(isIncluded({ ...claim, leafIndex: leafIndex + treeSize })).toBe(false)
        for (const wrong of spoilt(path)) expect(isIncluded({ ...claim, path: wrong })).toBe(false)
      }
    }
  })

  it('takes every consistency proof of the writer, and none that is spoilt', () => {
    for (let to = 1; to <= sizeMax; to++) {
      for (let from = 1; from <= to; from++) {
        const path = consistencyRanges(from, to).map(rootOf)
        const [fromRoot, toRoot] = [roots[from] as Buffer, roots[to] as Buffer]
        const claim = { from, to, fromRoot, toRoot, path }
        expect(isConsistent(claim)).toBe(true)
        expect(isConsistent({ ...claim, fromRoot: other })).toBe(false)
        expect(isConsistent({ ...claim, toRoot: other })).toBe(false)
        for (const wrong of spoilt(path))
          expect(isConsistent({ ...claim, path: wrong })).toBe(false)
      }
    }
    expect(isConsistent({ from: 0, to: 1, fromRoot: other, toRoot: other, path: [] })).toBe(false)
    expect(isConsistent({ from: 2, to: 1, fromRoot: other, toRoot: other, path: [] })).toBe(false)
  })
})
