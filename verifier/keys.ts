import { createHash, createPublicKey, type KeyObject, verify } from 'node:crypto'
import { DocumentFailure, type Head, readText } from './documents.ts'

/** Public keys by their ids: the first 16 bytes of the SHA-256 of the key as SPKI, in hexadecimal. */
export type Keys = ReadonlyMap<string, KeyObject>

const pemBlock = /-----BEGIN PUBLIC KEY-----[\s\S]+?-----END PUBLIC KEY-----/g

/** The keys of files of PEM, one or more in each. */
export function readKeys(paths: readonly string[]): Keys {
  const keys = new Map<string, KeyObject>()
  for (const path of paths) {
    const blocks = readText(path).match(pemBlock) ?? []
    if (blocks.length === 0) throw new DocumentFailure(`${path} holds no public key in PEM`)
    for (const block of blocks) {
      const key = publicKeyOf(block, path)
      const spki = key.export({ format: 'der', type: 'spki' })
      keys.set(createHash('sha256').update(spki).digest('hex').slice(0, 32), key)
    }
  }
  return keys
}

/**
 * What is wrong with the signature of a head, undefined where nothing is. Signed is the body of a
 * checkpoint (c2sp.org/tlog-checkpoint): origin, size and base64 root, and a line with the time.
 */
export function signatureFault(head: Head, keys: Keys): string | undefined {
  const key = keys.get(head.keyId)
  if (!key)
    return `the head of ${head.treeSize} entries is signed with key ${head.keyId}, which was not given`
  const lines = [
    head.origin,
    head.treeSize,
    head.rootHash.toString('base64'),
    `signed_at ${head.signedAt}`,
  ]
  return verify(null, Buffer.from(`${lines.join('\n')}\n`), key, head.signature)
    ? undefined
    : `the head of ${head.treeSize} entries does not have the signature of its key`
}

function publicKeyOf(pem: string, path: string): KeyObject {
  try {
    const key = createPublicKey(pem)
    if (key.asymmetricKeyType === 'ed25519') return key
  } catch {
    // Told below, as a key of another kind is.
  }
  throw new DocumentFailure(`${path} holds a key that is not of Ed25519`)
}
