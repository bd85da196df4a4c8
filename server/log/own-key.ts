import type pg from 'pg'
import type { Clock } from '../clock.ts'
import { publishKey, readOrMakeSigningKey, readSigningKey, type SigningKey } from './signing-key.ts'

export interface OwnKeyOptions {
  readonly pool: pg.Pool
  readonly clock: Clock
  /** The key of the configuration, where it has one. */
  readonly given: string | undefined
  readonly dataDir: string
}

/** Gives the key that this process signs heads with, published before it is first used. */
export function createOwnKey(options: OwnKeyOptions): () => Promise<SigningKey> {
  let key: Promise<SigningKey> | undefined
  return () => {
    key ??= loadKey(options).catch((error: unknown) => {
      // The next one who asks tries again.
      key = undefined
      throw error
    })
    return key
  }
}

async function loadKey({ pool, clock, given, dataDir }: OwnKeyOptions): Promise<SigningKey> {
  const key =
    (given === undefined ? undefined : readSigningKey(given)) ??
    (await readOrMakeSigningKey(dataDir))
  await publishKey(pool, { key, createdAt: clock.now().toISOString() })
  return key
}
