import type { KeyObject } from 'node:crypto'
import type pg from 'pg'
import { type CheckResult, checkResult, type Fault } from './check-result.ts'
import { type Head, isSignedBy, readNewestHeads } from './head.ts'
import { checkLeaves } from './leaf-check.ts'
import { readPublicKeys } from './signing-key.ts'
import { readRoots, TilesFailure } from './tiles.ts'
import { checkTree } from './tree-check.ts'

export interface LogCheckOptions {
  readonly full: boolean
  readonly earlierHeads?: readonly Head[]
}

/** Those of the leaves and that of the tree. */
const fullChecks = 3

/** Signatures that a full check verifies, of the newest heads: each costs as much as a hundred hashes. */
const signaturesMax = 1_000

/**
 * The checks of the log, and its size. Quickly: that the newest head signs the tree. In full: that every
 * leaf is the hash of the entry as it stands, that no entry is outside, and that every head fits. Where
 * the caller has kept heads, in both: that the log has grown from them.
 */
export async function checkLog(
  client: pg.ClientBase,
  { full, earlierHeads = [] }: LogCheckOptions,
): Promise<{ readonly checks: readonly CheckResult[]; readonly treeSize: number }> {
  const { rows } = await client.query<{ size: bigint }>('select size from log_tree')
  const size = Number(rows[0]?.size ?? 0)
  const keys = await readPublicKeys(client)
  const checks = [await checkHeads(client, { size, keys, signatures: full ? signaturesMax : 1 })]
  if (full) checks.push(...(await checkLeaves(client)), await checkTree(client, size))
  if (earlierHeads.length > 0) {
    checks.push(await checkEarlierHeads(client, { size, keys, earlierHeads }))
  }
  return { checks, treeSize: size }
}

/** How many checks there will be, for whoever shows how far they are. */
export function logChecksCount({ full, earlierHeads = [] }: LogCheckOptions): number {
  return 1 + (full ? fullChecks : 0) + (earlierHeads.length > 0 ? 1 : 0)
}

type Keys = ReadonlyMap<string, KeyObject>

async function checkHeads(
  client: pg.ClientBase,
  { size, keys, signatures }: { size: number; keys: Keys; signatures: number },
): Promise<CheckResult> {
  const heads = await readNewestHeads(client, signatures)
  const faults = heads.flatMap((head) => signatureFaults(head, keys))
  const newest = heads[0]
  if ((newest?.treeSize ?? 0) !== size) {
    faults.push({
      detail: `the log has ${size} leaves, its newest head is of ${newest?.treeSize ?? 0}`,
    })
  } else if (newest) faults.push(...(await rootFaults(client, newest)))
  return checkResult('heads_sign_log', heads.length, faults)
}

async function checkEarlierHeads(
  client: pg.ClientBase,
  { size, keys, earlierHeads }: { size: number; keys: Keys; earlierHeads: readonly Head[] },
): Promise<CheckResult> {
  const faults: Fault[] = []
  for (const head of earlierHeads) {
    faults.push(...signatureFaults(head, keys))
    if (head.treeSize <= size) faults.push(...(await rootFaults(client, head)))
    else
      faults.push({
        detail: `the earlier head is of ${head.treeSize} entries, the log has ${size}: its tail was cut`,
      })
  }
  return checkResult('earlier_heads_hold', earlierHeads.length, faults)
}

function signatureFaults(head: Head, keys: Keys): readonly Fault[] {
  const key = keys.get(head.keyId)
  if (!key)
    return [
      {
        detail: `the head of ${head.treeSize} entries names key ${head.keyId}, which is not published`,
      },
    ]
  return isSignedBy(head, key)
    ? []
    : [{ detail: `the head of ${head.treeSize} entries is not signed by its key ${head.keyId}` }]
}

async function rootFaults(client: pg.ClientBase, head: Head): Promise<readonly Fault[]> {
  try {
    const [root] = await readRoots(client, [{ begin: 0, end: head.treeSize }])
    if (root?.equals(head.rootHash)) return []
    return [
      { detail: `the first ${head.treeSize} leaves are not those that its head was signed over` },
    ]
  } catch (error) {
    // What the tiles lack is told by the error; what the database refuses is not a fault of the log.
    if (error instanceof TilesFailure) return [{ detail: error.message }]
    throw error
  }
}
