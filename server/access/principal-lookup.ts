import type pg from 'pg'
import type { Clock } from '../clock.ts'
import { databaseErrorKind } from '../database/database-error.ts'
import { Failure } from '../failure.ts'
import { isScope, type Principal } from './principal.ts'

/** A use is written down when the last one on record is older than this. */
export const lastUsedMsMin = 60_000

interface KeyInUse {
  readonly id: string
  readonly owner_id: string
  readonly scopes: readonly string[]
  readonly last_used_at: Date | null
}

/**
 * Looks up who a secret belongs to, by its digest in hexadecimal, and writes the use down; undefined
 * for a secret that is unknown or revoked.
 * @throws Failure `database_unavailable`
 */
export function createPrincipalLookup(options: {
  readonly pool: pg.Pool
  readonly clock: Clock
}): (digest: string) => Promise<Principal | undefined> {
  const { pool, clock } = options
  return async (digest) => {
    const key = await findKey(pool, digest)
    if (!key) return undefined
    noteUse(pool, key, clock.now())
    return { keyId: key.id, ownerId: key.owner_id, scopes: new Set(key.scopes.filter(isScope)) }
  }
}

async function findKey(pool: pg.Pool, digest: string): Promise<KeyInUse | undefined> {
  try {
    const { rows } = await pool.query<KeyInUse>(
      `select id, owner_id, scopes, last_used_at from api_keys
        where secret_hash = $1::bytea and revoked_at is null`,
      [Buffer.from(digest, 'hex')],
    )
    return rows[0]
  } catch (error) {
    throw databaseErrorKind(error) === 'fault' ? error : new Failure('database_unavailable')
  }
}

/** Runs behind the request. A use that cannot be written down is no reason to refuse it. */
function noteUse(pool: pg.Pool, key: KeyInUse, now: Date): void {
  const isOnRecord = key.last_used_at && now.getTime() - key.last_used_at.getTime() < lastUsedMsMin
  if (isOnRecord) return
  // Other processes come here at the same moment; the condition leaves the write to one of them.
  pool
    .query(
      `update api_keys set last_used_at = $2::timestamptz
        where id = $1::uuid
          and (last_used_at is null or last_used_at <= $2::timestamptz - $3::integer * interval '1 ms')`,
      [key.id, now, lastUsedMsMin],
    )
    .catch(() => undefined)
}
