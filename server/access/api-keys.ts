import { randomBytes as systemRandomBytes } from 'node:crypto'
import type { ApiKey } from '@pineos/contract/routes/keys.ts'
import { type Scope, scopeNames } from '@pineos/contract/scopes.ts'
import type pg from 'pg'
import { uuidv7 } from 'uuidv7'
import type { Clock } from '../clock.ts'
import { Failure } from '../failure.ts'
import { assertMayGrant, isScope, type Principal } from './principal.ts'
import { createPrincipalCache } from './principal-cache.ts'
import { createPrincipalLookup } from './principal-lookup.ts'
import { isSecret, newSecret, type RandomBytes, secretDigest, secretPrefix } from './secret.ts'

/** The owner of every key until there are tenants: all of them share their idempotency keys. */
export const defaultOwnerId = 'default'
export const keyNameCharactersMax = 200
export const ownerIdCharactersMax = 255
/** Listed at most; the oldest are shown first. */
export const listedKeysMax = 10_000

export interface ApiKeysOptions {
  readonly pool: pg.Pool
  readonly clock: Clock
  readonly randomBytes?: RandomBytes
  readonly newId?: () => string
}

export interface NewApiKey {
  readonly name: string
  readonly scopes: readonly Scope[]
  readonly ownerId: string
  /** Whose rights bound the new key's; `operator` is a person at the command line. */
  readonly grantor: Principal | 'operator'
}

/** Errors of the database pass through, except where an operation names its own failure. */
export interface ApiKeys {
  /**
   * Who the secret belongs to, or undefined for one that is unknown or revoked. The answer may be
   * up to eight seconds old, which is also how long known keys outlive the database.
   * @throws Failure `database_unavailable`
   */
  authenticate(secret: string): Promise<Principal | undefined>
  /**
   * Creates a key. The secret is in this answer and nowhere else.
   * @throws Failure `scope_missing` where the grantor lacks a scope
   */
  create(key: NewApiKey): Promise<{ readonly key: ApiKey; readonly secret: string }>
  /** All keys, revoked ones too, oldest first. */
  list(): Promise<ApiKey[]>
  /**
   * Revokes a key: at once in this process, within ten seconds in every other. Revoking again
   * changes nothing.
   * @throws Failure `key_not_found`
   */
  revoke(id: string): Promise<ApiKey>
  /**
   * Makes the secret from the configuration a key with all scopes; any number of processes may do
   * so at once. A key that was revoked stays revoked (`revoked_at` of the answer tells): whoever
   * revoked it meant it, and a restart must not undo that.
   */
  ensureBootstrap(secret: string): Promise<ApiKey>
}

interface ApiKeyRow {
  readonly id: string
  readonly owner_id: string
  readonly name: string
  readonly prefix: string
  readonly scopes: readonly string[]
  readonly created_at: Date
  readonly last_used_at: Date | null
  readonly revoked_at: Date | null
}
const columns = 'id, owner_id, name, prefix, scopes, created_at, last_used_at, revoked_at'

/** The API keys of the database behind the pool, with a cache of this process in front. */
export function createApiKeys(options: ApiKeysOptions): ApiKeys {
  const { pool, clock, randomBytes = systemRandomBytes, newId = uuidv7 } = options
  const cache = createPrincipalCache({ load: createPrincipalLookup({ pool, clock }), clock })

  return {
    async authenticate(secret) {
      return isSecret(secret) ? cache.get(secretDigest(secret)) : undefined
    },

    async create({ name, scopes, ownerId, grantor }) {
      if (grantor !== 'operator') assertMayGrant(grantor, scopes)
      const secret = newSecret(randomBytes)
      const key = await insertKey(pool, {
        id: newId(),
        ownerId,
        name,
        secret,
        scopes,
        createdAt: clock.now(),
      })
      // 256 random bits do not repeat.
      if (!key) throw new Error('The secret of a new API key exists already.')
      return { key, secret }
    },

    async list() {
      const { rows } = await pool.query<ApiKeyRow>(
        `select ${columns} from api_keys order by created_at, id limit $1::integer`,
        [listedKeysMax],
      )
      return rows.map(toApiKey)
    },

    async revoke(id) {
      const { rows } = await pool.query<ApiKeyRow>(
        `update api_keys set revoked_at = coalesce(revoked_at, $2::timestamptz)
          where id = $1::uuid returning ${columns}`,
        [id, clock.now()],
      )
      cache.clear()
      const row = rows[0]
      if (!row) throw new Failure('key_not_found', `There is no API key ${id}.`)
      return toApiKey(row)
    },

    async ensureBootstrap(secret) {
      const key = await insertKey(pool, {
        id: newId(),
        ownerId: defaultOwnerId,
        name: 'Bootstrap key',
        secret,
        scopes: scopeNames,
        createdAt: clock.now(),
      })
      cache.clear()
      return key ?? renewBootstrap(pool, secret)
    },
  }
}

/** The new key, or undefined where the secret has one already. */
async function insertKey(
  pool: pg.Pool,
  key: {
    readonly id: string
    readonly ownerId: string
    readonly name: string
    readonly secret: string
    readonly scopes: readonly Scope[]
    readonly createdAt: Date
  },
): Promise<ApiKey | undefined> {
  assertStorable(key)
  const { rows } = await pool.query<ApiKeyRow>(
    `insert into api_keys (id, owner_id, name, prefix, secret_hash, scopes, created_at)
      values ($1::uuid, $2::text, $3::text, $4::text, $5::bytea, $6::text[], $7::timestamptz)
      on conflict (secret_hash) do nothing
      returning ${columns}`,
    [
      key.id,
      key.ownerId,
      key.name,
      secretPrefix(key.secret),
      Buffer.from(secretDigest(key.secret), 'hex'),
      key.scopes,
      key.createdAt,
    ],
  )
  return rows[0] && toApiKey(rows[0])
}

/** The key that has the secret already. A version with more scopes than its creator's adds them. */
async function renewBootstrap(pool: pg.Pool, secret: string): Promise<ApiKey> {
  const { rows } = await pool.query<ApiKeyRow>(
    `update api_keys
        set scopes = case when revoked_at is null then $2::text[] else scopes end
      where secret_hash = $1::bytea returning ${columns}`,
    [Buffer.from(secretDigest(secret), 'hex'), scopeNames],
  )
  // Rows are never deleted, so the one that refused the insert is still there.
  if (!rows[0]) throw new Error('The bootstrap key is neither new nor stored.')
  return toApiKey(rows[0])
}

const ownerIdPattern = /^[\w.@:-]+$/
/** The service posts under owners of this kind: whoever had their keys could take its business keys. */
const ownSystem = 'system:'

/** True for the id of a person or a team that keys can be made for, such as `controller`. */
export function isOwnerId(text: string): boolean {
  return (
    text.length <= ownerIdCharactersMax && ownerIdPattern.test(text) && !text.startsWith(ownSystem)
  )
}

/** The first guard; the checks of the table are the second. Callers have parsed these already. */
function assertStorable(key: {
  readonly name: string
  readonly ownerId: string
  readonly scopes: readonly Scope[]
}): void {
  const nameCharacters = [...key.name].length
  if (nameCharacters < 1 || nameCharacters > keyNameCharactersMax) {
    throw new Error(`The name of an API key has 1 to ${keyNameCharactersMax} characters.`)
  }
  if (!isOwnerId(key.ownerId)) throw new Error(`${key.ownerId} cannot be the owner of an API key.`)
  if (key.scopes.length === 0) throw new Error('An API key has at least one scope.')
}

function toApiKey(row: ApiKeyRow): ApiKey {
  return {
    id: row.id,
    name: row.name,
    owner_id: row.owner_id,
    prefix: row.prefix,
    scopes: row.scopes.filter(isScope),
    created_at: row.created_at.toISOString(),
    last_used_at: row.last_used_at?.toISOString() ?? null,
    revoked_at: row.revoked_at?.toISOString() ?? null,
  }
}
