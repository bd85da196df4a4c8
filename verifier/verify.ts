import {
  DocumentFailure,
  type Head,
  readConsistencyProof,
  readHeads,
  readInclusionProof,
} from './documents.ts'
import { type Keys, readKeys, signatureFault } from './keys.ts'
import { type Leaf, LeafFailure, leafOf } from './leaf.ts'
import { logFault } from './log-file.ts'
import { hashLeaf, isConsistent, isIncluded } from './merkle.ts'

/** Files to check; every kind may be left out but the keys. */
export interface VerifyRequest {
  readonly keyPaths: readonly string[]
  readonly headPaths: readonly string[]
  readonly earlierHeadPaths: readonly string[]
  readonly logPath: string | undefined
  readonly inclusionPaths: readonly string[]
  readonly consistencyPath: string | undefined
}

export interface Finding {
  readonly isRight: boolean
  readonly text: string
}

/** Checks everything that was given, in order. Throws a DocumentFailure on what cannot be read. */
export async function verifyFiles(request: VerifyRequest): Promise<readonly Finding[]> {
  const keys = readKeys(request.keyPaths)
  const heads = request.headPaths.flatMap(readHeads)
  const earlierHeads = request.earlierHeadPaths.flatMap(readHeads)
  const findings = [...heads, ...earlierHeads].map((head) =>
    finding(
      signatureFault(head, keys),
      `the head of ${head.treeSize} entries of ${head.origin} was signed at ${head.signedAt} with key ${head.keyId}`,
    ),
  )
  for (const path of request.inclusionPaths) findings.push(checkInclusion(path, { keys, heads }))
  if (request.consistencyPath !== undefined)
    findings.push(checkConsistency(request.consistencyPath, { heads, earlierHeads }))
  if (request.logPath !== undefined) {
    if (heads.length === 0) throw new DocumentFailure('a log needs a head to be checked against')
    findings.push(
      finding(
        await logFault(request.logPath, [...heads, ...earlierHeads]),
        `${request.logPath} is the log of every head that was given`,
      ),
    )
  }
  return findings
}

function finding(fault: string | undefined, right: string): Finding {
  return { isRight: fault === undefined, text: fault ?? right }
}

function checkInclusion(
  path: string,
  { keys, heads }: { keys: Keys; heads: readonly Head[] },
): Finding {
  const proof = readInclusionProof(path)
  const { entryId, leafIndex, leafHash } = proof
  // A head that the caller has of the same size is believed before the one that comes with the proof.
  const head = heads.find(({ treeSize }) => treeSize === proof.treeSize) ?? proof.head
  const leaf = leafIn(proof.leaf)
  const faults = [
    signatureFault(head, keys),
    head.treeSize === proof.treeSize ? undefined : 'the proof is for another size than its head',
    leaf && hashLeaf(leaf.bytes).equals(leafHash)
      ? undefined
      : `the text of entry ${entryId} is not the one that was sealed`,
    leaf?.entryId === entryId ? undefined : `the leaf is of another entry than ${entryId}`,
    isIncluded({ ...proof, root: head.rootHash })
      ? undefined
      : `entry ${entryId} is not leaf ${leafIndex} of the tree of ${head.treeSize} entries`,
  ]
  return finding(
    faults.find((fault) => fault !== undefined),
    `entry ${entryId} is leaf ${leafIndex} of the tree of ${head.treeSize} entries`,
  )
}

/** Undefined where the text is not that of an entry. */
function leafIn(text: string): Leaf | undefined {
  try {
    return leafOf(text)
  } catch (error) {
    if (error instanceof LeafFailure) return undefined
    throw error
  }
}

function checkConsistency(
  path: string,
  { heads, earlierHeads }: { heads: readonly Head[]; earlierHeads: readonly Head[] },
): Finding {
  const proof = readConsistencyProof(path)
  const from = earlierHeads.find(({ treeSize }) => treeSize === proof.from)
  const to = heads.find(({ treeSize }) => treeSize === proof.to)
  if (!from || !to)
    throw new DocumentFailure(
      `${path} is from ${proof.from} to ${proof.to}: give an --earlier-head and a --head of these sizes`,
    )
  const isRight =
    from.origin === to.origin &&
    isConsistent({ ...proof, fromRoot: from.rootHash, toRoot: to.rootHash })
  return finding(
    isRight
      ? undefined
      : `the tree of ${proof.to} entries has not grown from the one of ${proof.from}: what was before was changed`,
    `the tree of ${proof.to} entries has grown from the one of ${proof.from}`,
  )
}
