import { randomUUID } from 'node:crypto'
import { connect, createServer, type Socket } from 'node:net'
import { ApiKey } from '@pineos/contract/routes/keys.ts'
import { scopeNames } from '@pineos/contract/scopes.ts'
import pg from 'pg'
import { Value } from 'typebox/value'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { createTestDatabase } from '../testing/database.ts'
import { type ApiKeys, createApiKeys, defaultOwnerId } from './api-keys.ts'
import { knownMsMax, unknownMsMax } from './principal-cache.ts'
import { lastUsedMsMin } from './principal-lookup.ts'
import { newSecret, secretDigest } from './secret.ts'

let database: Awaited<ReturnType<typeof createTestDatabase>>
let pool: pg.Pool
let nowMs: number
let apiKeys: ApiKeys
const clock = { now: () => new Date(nowMs) }

beforeAll(async () => {
  database = await createTestDatabase()
  pool = new pg.Pool({ connectionString: database.connectionString, max: 10 })
})
afterAll(async () => {
  await pool.end()
  await database.drop()
})
beforeEach(() => {
  nowMs = Date.parse('2027-01-31T12:00:00.000Z')
  apiKeys = createApiKeys({ pool, clock })
})

const reader = {
  name: 'Reader',
  scopes: ['ledger:read'],
  ownerId: defaultOwnerId,
  grantor: 'operator',
} as const

describe('a new key', () => {
  test('is known by its secret, with its owner and scopes and no others', async () => {
    const { key, secret } = await apiKeys.create({ ...reader, ownerId: 'shop' })
    expect(await apiKeys.authenticate(secret)).toEqual({
      keyId: key.id,
      ownerId: 'shop',
      scopes: new Set(['ledger:read']),
    })
  })

  // The service posts under such owners: their keys could take the place of an entry of its own.
  test('does not belong to the service itself', async () => {
    for (const ownerId of ['system:adjustments', 'system:rules', '', 'the boss', 'x'.repeat(256)]) {
      await expect(apiKeys.create({ ...reader, ownerId })).rejects.toThrow('cannot be the owner')
    }
  })

  test('has the shape of the contract', async () => {
    const { key } = await apiKeys.create(reader)
    expect([...Value.Errors(ApiKey, key)]).toEqual([])
    expect(key).toMatchObject({
      created_at: '2027-01-31T12:00:00.000Z',
      last_used_at: null,
      revoked_at: null,
    })
  })

  // A dump of the table must not let anybody in.
  test('leaves nothing of its secret in the database but the hash and the prefix', async () => {
    const { key, secret } = await apiKeys.create(reader)
    const { rows } = await pool.query<{ row: string; hash: string }>(
      `select api_keys::text as row, encode(secret_hash, 'hex') as hash from api_keys where id = $1::uuid`,
      [key.id],
    )
    expect(rows[0]?.hash).toBe(secretDigest(secret))
    expect(rows[0]?.row).toContain(key.prefix)
    expect(rows[0]?.row).not.toContain(secret.slice(0, key.prefix.length + 1))
  })

  test('cannot have a scope that its grantor lacks, and is not stored', async () => {
    const grantor = {
      keyId: randomUUID(),
      ownerId: 'default',
      scopes: new Set(['keys:write'] as const),
    }
    const name = `Climber ${randomUUID()}`
    const creating = apiKeys.create({
      ...reader,
      name,
      scopes: ['keys:write', 'ledger:write'],
      grantor,
    })
    await expect(creating).rejects.toMatchObject({
      code: 'scope_missing',
      message: expect.stringContaining('ledger:write'),
    })
    expect((await apiKeys.list()).map((key) => key.name)).not.toContain(name)
  })

  test('works although its secret was refused a moment ago', async () => {
    const secret = newSecret((size) => crypto.getRandomValues(new Uint8Array(size)))
    expect(await apiKeys.authenticate(secret)).toBeUndefined()
    await apiKeys.ensureBootstrap(secret)
    expect(await apiKeys.authenticate(secret)).toBeDefined()
  })
})

test('lists keys oldest first, revoked ones too, without their secrets', async () => {
  const first = await apiKeys.create(reader)
  nowMs += 1
  const second = await apiKeys.create(reader)
  await apiKeys.revoke(first.key.id)
  const keys = await apiKeys.list()
  const ids = keys.map((key) => key.id)
  expect(ids.indexOf(first.key.id)).toBeLessThan(ids.indexOf(second.key.id))
  expect(keys.find((key) => key.id === first.key.id)?.revoked_at).toBe('2027-01-31T12:00:00.001Z')
  expect(JSON.stringify(keys)).not.toContain(second.secret)
})

test('refuses what cannot be a secret without asking the database', async () => {
  const unreachable = createApiKeys({ pool: new pg.Pool({ host: '127.0.0.1', port: 1 }), clock })
  for (const text of [
    '',
    'short',
    'x'.repeat(256),
    `pk_${'ü'.repeat(43)}`,
    `pk_${'a'.repeat(42)}\0`,
  ]) {
    expect(await unreachable.authenticate(text)).toBeUndefined()
  }
})

describe('revoking', () => {
  test('refuses the key at once in this process and within ten seconds in another', async () => {
    const elsewhere = createApiKeys({ pool, clock })
    const { key, secret } = await apiKeys.create(reader)
    expect(await apiKeys.authenticate(secret)).toBeDefined()
    expect(await elsewhere.authenticate(secret)).toBeDefined()
    await apiKeys.revoke(key.id)
    expect(await apiKeys.authenticate(secret)).toBeUndefined()
    nowMs += 10_000
    expect(await elsewhere.authenticate(secret)).toBeUndefined()
  })

  test('again changes nothing', async () => {
    const { key } = await apiKeys.create(reader)
    const revoked = await apiKeys.revoke(key.id)
    nowMs += 1_000
    expect(await apiKeys.revoke(key.id)).toEqual(revoked)
  })

  test('refuses an unknown id', async () => {
    await expect(apiKeys.revoke(randomUUID())).rejects.toMatchObject({ code: 'key_not_found' })
  })
})

describe('the bootstrap key', () => {
  const secretOf = () => `bootstrap-${randomUUID()}`

  test('has every scope and the default owner', async () => {
    const secret = secretOf()
    const key = await apiKeys.ensureBootstrap(secret)
    expect(await apiKeys.authenticate(secret)).toEqual({
      keyId: key.id,
      ownerId: defaultOwnerId,
      scopes: new Set(scopeNames),
    })
  })

  test('is one key although many processes bring it at once', async () => {
    const secret = secretOf()
    const processes = Array.from({ length: 8 }, () => createApiKeys({ pool, clock }))
    const keys = await Promise.all(processes.map((each) => each.ensureBootstrap(secret)))
    expect(new Set(keys.map((key) => key.id)).size).toBe(1)
    const { rows } = await pool.query('select id from api_keys where secret_hash = $1::bytea', [
      Buffer.from(secretDigest(secret), 'hex'),
    ])
    expect(rows).toHaveLength(1)
  })

  test('gets the scopes of a later version', async () => {
    const secret = secretOf()
    const { id } = await apiKeys.ensureBootstrap(secret)
    await pool.query(`update api_keys set scopes = '{ledger:read}' where id = $1::uuid`, [id])
    expect((await apiKeys.ensureBootstrap(secret)).scopes).toEqual(scopeNames)
  })

  // Otherwise every restart would undo the revocation of a leaked key.
  test('stays revoked', async () => {
    const secret = secretOf()
    const { id } = await apiKeys.ensureBootstrap(secret)
    const revoked = await apiKeys.revoke(id)
    expect(await apiKeys.ensureBootstrap(secret)).toEqual(revoked)
    expect(await apiKeys.authenticate(secret)).toBeUndefined()
  })
})

describe('last_used_at', () => {
  const lastUse = async (id: string) =>
    (await apiKeys.list()).find((key) => key.id === id)?.last_used_at

  test('is written after a use, and not again within a minute', async () => {
    const { key, secret } = await apiKeys.create(reader)
    await apiKeys.authenticate(secret)
    await vi.waitFor(async () => expect(await lastUse(key.id)).toBe('2027-01-31T12:00:00.000Z'))

    nowMs += lastUsedMsMin - 1
    await apiKeys.authenticate(secret)
    nowMs += knownMsMax
    await apiKeys.authenticate(secret)
    await vi.waitFor(async () => expect(await lastUse(key.id)).toBe('2027-01-31T12:01:07.999Z'))
  })
})

describe('while the database is gone', () => {
  let relay: Relay
  let relayed: pg.Pool
  beforeEach(async () => {
    relay = await openRelay(database.connectionString)
    relayed = new pg.Pool({
      connectionString: relay.connectionString,
      connectionTimeoutMillis: 2_000,
    })
    relayed.on('error', () => undefined)
    return async () => {
      await relayed.end()
      await relay.close()
    }
  })

  test('a known key works for its eight seconds, then callers are told; afterwards it works again', async () => {
    const { secret } = await apiKeys.create(reader)
    const cut = createApiKeys({ pool: relayed, clock })
    expect(await cut.authenticate(secret)).toBeDefined()
    relay.cut()
    nowMs += knownMsMax - 1
    expect(await cut.authenticate(secret)).toBeDefined()
    nowMs += 1
    await expect(cut.authenticate(secret)).rejects.toMatchObject({ code: 'database_unavailable' })
    relay.mend()
    await vi.waitFor(async () => expect(await cut.authenticate(secret)).toBeDefined(), 20_000)
  })

  test('an unknown secret is never called wrong', async () => {
    const cut = createApiKeys({ pool: relayed, clock })
    relay.cut()
    nowMs += unknownMsMax
    const secret = `pk_${'a'.repeat(43)}`
    await expect(cut.authenticate(secret)).rejects.toMatchObject({ code: 'database_unavailable' })
  })
})

// The second guard of each rule, for the day when the code before it is wrong.
describe('the table refuses', () => {
  const row = {
    id: randomUUID(),
    owner_id: 'default',
    name: 'x',
    prefix: 'pk_12345678',
    secret_hash: Buffer.alloc(32, 7),
    scopes: ['ledger:read'] as (string | null)[],
  }
  test.each([
    ['a hash of another size', { secret_hash: Buffer.alloc(31) }, 'api_keys_secret_hash_size'],
    ['a prefix of 12 characters', { prefix: 'pk_123456789' }, 'api_keys_prefix_size'],
    ['an empty name', { name: '' }, 'api_keys_name_size'],
    ['a name of 201 characters', { name: 'x'.repeat(201) }, 'api_keys_name_size'],
    ['no owner', { owner_id: '' }, 'api_keys_owner_id_size'],
    ['no scopes', { scopes: [] }, 'api_keys_scopes_given'],
    ['a scope that is null', { scopes: [null] }, 'api_keys_scopes_given'],
  ])('%s', async (_, fault, constraint) => {
    const { id, owner_id, name, prefix, secret_hash, scopes } = { ...row, ...fault }
    const inserting = pool.query(
      `insert into api_keys (id, owner_id, name, prefix, secret_hash, scopes, created_at)
        values ($1::uuid, $2::text, $3::text, $4::text, $5::bytea, $6::text[], now())`,
      [id, owner_id, name, prefix, secret_hash, scopes],
    )
    await expect(inserting).rejects.toMatchObject({ constraint })
  })
})

interface Relay {
  readonly connectionString: string
  /** Ends every connection and takes no new ones. */
  cut(): void
  mend(): void
  close(): Promise<void>
}

/** A TCP relay before the database: cutting it is what a lost network looks like to the service. */
async function openRelay(connectionString: string): Promise<Relay> {
  const target = new URL(connectionString)
  const sockets = new Set<Socket>()
  let isCut = false
  const server = createServer((client) => {
    if (isCut) {
      client.destroy()
      return
    }
    // The test cluster listens on a Unix socket where there are such.
    const host = decodeURIComponent(target.hostname)
    const upstream = host.startsWith('/')
      ? connect(`${host}/.s.PGSQL.${target.port}`)
      : connect(Number(target.port), host)
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(from)
      from.pipe(to)
      from.on('error', () => to.destroy())
      from.on('close', () => sockets.delete(from))
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the relay has no port')
  const url = new URL(connectionString)
  url.host = `127.0.0.1:${address.port}`
  return {
    connectionString: url.href,
    cut() {
      isCut = true
      for (const socket of sockets) socket.destroy()
    },
    mend() {
      isCut = false
    },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  }
}
