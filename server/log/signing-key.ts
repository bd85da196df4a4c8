import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  hash,
  type KeyObject,
  randomUUID,
} from 'node:crypto'
import { link, mkdir, readFile, unlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type pg from 'pg'

/** The Ed25519 key that heads are signed with. */
export interface SigningKey {
  readonly keyId: string
  readonly privateKey: KeyObject
  /** SPKI in PEM, as it is published. */
  readonly publicKeyPem: string
}

/** The file in the data directory that holds the key where none was given. */
export const signingKeyFileName = 'log-signing-key.pem'

/** PKCS #8 around an Ed25519 seed (RFC 8410 §7): everything but the 32 bytes of the seed is fixed. */
const seedHeader = Buffer.from('302e020100300506032b657004220420', 'hex')
const seedPattern = /^[A-Za-z0-9+/]{43}=$/

/** The key in a PEM (PKCS #8) or a base64 seed of 32 bytes; undefined where the text holds none. */
export function readSigningKey(text: string): SigningKey | undefined {
  try {
    const privateKey = seedPattern.test(text)
      ? createPrivateKey({
          key: Buffer.concat([seedHeader, Buffer.from(text, 'base64')]),
          format: 'der',
          type: 'pkcs8',
        })
      : createPrivateKey(text)
    return privateKey.asymmetricKeyType === 'ed25519' ? signingKeyOf(privateKey) : undefined
  } catch {
    return undefined
  }
}

/** The name of a public key: so much of its SHA-256 that no other key can be given the same. */
export function keyIdOf(publicKey: KeyObject): string {
  return hash('sha256', publicKey.export({ format: 'der', type: 'spki' }), 'hex').slice(0, 32)
}

/**
 * The key of the data directory: made once and kept, readable by its user alone.
 * Throws where the file is there and holds no key.
 */
export async function readOrMakeSigningKey(dataDir: string): Promise<SigningKey> {
  const path = join(dataDir, signingKeyFileName)
  const pem = (await readIfThere(path)) ?? (await makeKeyFile(path))
  const key = readSigningKey(pem)
  if (key) return key
  throw new Error(
    `${path} does not hold an Ed25519 key. Put the right one back: heads that were signed before need it to be believed.`,
  )
}

/** Makes the public half known to everybody who reads the log; again changes nothing. */
export async function publishKey(
  pool: pg.Pool,
  { key, createdAt }: { key: SigningKey; createdAt: string },
): Promise<void> {
  await pool.query(
    `insert into log_keys (key_id, public_key, created_at)
     values ($1::text, $2::text, $3::timestamptz) on conflict (key_id) do nothing`,
    [key.keyId, key.publicKeyPem, createdAt],
  )
}

/** The published keys by their ids; one that does not have the id of its key is left out. */
export async function readPublicKeys(
  client: pg.ClientBase,
): Promise<ReadonlyMap<string, KeyObject>> {
  const { rows } = await client.query<{ key_id: string; public_key: string }>(
    'select key_id, public_key from log_keys',
  )
  return new Map(
    rows.flatMap((row) => {
      const key = readPublicKey(row.public_key)
      return key && keyIdOf(key) === row.key_id ? [[row.key_id, key] as const] : []
    }),
  )
}

function readPublicKey(pem: string): KeyObject | undefined {
  try {
    return createPublicKey(pem)
  } catch {
    return undefined
  }
}

function signingKeyOf(privateKey: KeyObject): SigningKey {
  const publicKey = createPublicKey(privateKey)
  return {
    keyId: keyIdOf(publicKey),
    privateKey,
    publicKeyPem: String(publicKey.export({ format: 'pem', type: 'spki' })),
  }
}

async function makeKeyFile(path: string): Promise<string> {
  const { privateKey } = generateKeyPairSync('ed25519')
  const pem = String(privateKey.export({ format: 'pem', type: 'pkcs8' }))
  const draft = `${path}.${randomUUID()}`
  await mkdir(join(path, '..'), { recursive: true })
  await writeFile(draft, pem, { mode: 0o600, flush: true })
  try {
    // Linked into place, so that of several processes one makes the key and the others read it.
    await link(draft, path)
    return pem
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return await readFile(path, 'utf8')
    throw error
  } finally {
    await unlink(draft)
  }
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}
