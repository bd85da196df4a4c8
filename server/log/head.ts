import { type KeyObject, sign, verify } from 'node:crypto'
import { TreeHead } from '@pineos/contract/log.ts'
import type pg from 'pg'
import { Value } from 'typebox/value'

/** What a head says; its signature makes it one. */
export interface HeadContent {
  /** Which log it is of. */
  readonly origin: string
  readonly treeSize: number
  readonly rootHash: Buffer
  /** RFC 3339, UTC, with milliseconds. */
  readonly signedAt: string
}

export interface Head extends HeadContent {
  readonly keyId: string
  readonly signature: Buffer
}

/**
 * The bytes that are signed: the body of a checkpoint, as C2SP describes it (c2sp.org/tlog-checkpoint),
 * which is the origin, the size in decimal and the root in base64, each on a line. One extension line
 * follows with the time of signing.
 */
export function signedBytes({ origin, treeSize, rootHash, signedAt }: HeadContent): Buffer {
  return Buffer.from(
    `${origin}\n${treeSize}\n${rootHash.toString('base64')}\nsigned_at ${signedAt}\n`,
  )
}

/** Ed25519 (RFC 8032) over the bytes. */
export function signHead(
  content: HeadContent,
  { keyId, privateKey }: { keyId: string; privateKey: KeyObject },
): Head {
  return { ...content, keyId, signature: sign(null, signedBytes(content), privateKey) }
}

export function isSignedBy(head: Head, publicKey: KeyObject): boolean {
  return verify(null, signedBytes(head), publicKey, head.signature)
}

interface HeadRow {
  readonly tree_size: bigint
  readonly root_hash: Buffer
  readonly origin: string
  readonly signed_at: Date
  readonly key_id: string
  readonly signature: Buffer
}

/** Heads of at least `sizeMin`, smallest first, at most `limit`. */
export async function readHeads(
  client: pg.ClientBase,
  { sizeMin, limit }: { sizeMin: number; limit: number },
): Promise<readonly Head[]> {
  const { rows } = await client.query<HeadRow>(
    `select tree_size, root_hash, origin, signed_at, key_id, signature from log_heads
     where tree_size >= $1::bigint order by tree_size limit $2::integer`,
    [sizeMin, limit],
  )
  return rows.map(headOf)
}

/** The newest heads, newest first. */
export async function readNewestHeads(
  client: pg.ClientBase | pg.Pool,
  limit: number,
): Promise<readonly Head[]> {
  const { rows } = await client.query<HeadRow>(
    `select tree_size, root_hash, origin, signed_at, key_id, signature from log_heads
     order by tree_size desc limit $1::integer`,
    [limit],
  )
  return rows.map(headOf)
}

/** The newest head, undefined as long as nothing was sealed. */
export async function readNewestHead(client: pg.ClientBase | pg.Pool): Promise<Head | undefined> {
  return (await readNewestHeads(client, 1))[0]
}

export async function insertHead(client: pg.ClientBase, head: Head): Promise<void> {
  await client.query(
    `insert into log_heads (tree_size, root_hash, origin, signed_at, key_id, signature)
     values ($1::bigint, $2::bytea, $3::text, $4::timestamptz, $5::text, $6::bytea)`,
    [head.treeSize, head.rootHash, head.origin, head.signedAt, head.keyId, head.signature],
  )
}

function headOf(row: HeadRow): Head {
  return {
    origin: row.origin,
    treeSize: Number(row.tree_size),
    rootHash: row.root_hash,
    signedAt: row.signed_at.toISOString(),
    keyId: row.key_id,
    signature: row.signature,
  }
}

/** The head as it is answered, written out and given to witnesses. */
export function headToWire(head: Head): TreeHead {
  return {
    origin: head.origin,
    tree_size: head.treeSize,
    root_hash: head.rootHash.toString('hex'),
    signed_at: head.signedAt,
    key_id: head.keyId,
    signature: head.signature.toString('base64'),
  }
}

/** The heads of a text: one as JSON, or one on each line. Undefined where it holds anything else. */
export function parseHeads(text: string): readonly Head[] | undefined {
  const whole = parseHead(text)
  if (whole) return [whole]
  const heads = text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map(parseHead)
  return heads.length > 0 && heads.every((head) => head !== undefined) ? heads : undefined
}

function parseHead(text: string): Head | undefined {
  const value = parseJson(text)
  if (!Value.Check(TreeHead, value)) return undefined
  return {
    origin: value.origin,
    treeSize: value.tree_size,
    rootHash: Buffer.from(value.root_hash, 'hex'),
    signedAt: value.signed_at,
    keyId: value.key_id,
    signature: Buffer.from(value.signature, 'base64'),
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
