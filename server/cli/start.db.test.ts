import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { type CommandRun, runCommand } from '../testing/command-line.ts'
import { createTestDatabase } from '../testing/database.ts'
import { exitCodes } from './program.ts'

const bootstrapApiKey = 'Canary-4f9e0c2b7a61d835'
const startTimeoutMs = 30_000

let database: Awaited<ReturnType<typeof createTestDatabase>>
let directory: string
const runs: CommandRun[] = []

beforeAll(async () => {
  database = await createTestDatabase()
  directory = mkdtempSync(join(tmpdir(), 'pineos-start-'))
})
afterAll(async () => {
  await database.drop()
  rmSync(directory, { recursive: true })
})
afterEach(async () => {
  for (const { child, ended } of runs.splice(0)) {
    child.kill('SIGKILL')
    await ended
  }
})

function command(
  args: readonly string[],
  settings: Readonly<Record<string, string>> = {},
): CommandRun {
  const environment = { DATABASE_URL: database.ownerConnectionString, PORT: '0', ...settings }
  const run = runCommand(args, { environment, directory })
  runs.push(run)
  return run
}

async function startService(settings: Readonly<Record<string, string>> = {}) {
  const run = command(['start'], { BOOTSTRAP_API_KEY: bootstrapApiKey, ...settings })
  const [, address = ''] = await run.until(/Ready at (http:\S+)/)
  const get = (path: string, secret?: string) =>
    fetch(`${address}${path}`, secret ? { headers: { authorization: `Bearer ${secret}` } } : {})
  return { ...run, address, get }
}

describe('start', { timeout: startTimeoutMs }, () => {
  test('says once that it is ready, serves the bootstrap key, shows it nowhere and ends with 0', async () => {
    const { output, get, child, ended } = await startService()
    expect((await get('/readyz')).status).toBe(200)
    expect((await get('/api/v1/keys', bootstrapApiKey)).status).toBe(200)
    child.kill('SIGTERM')
    expect(await ended).toBe(exitCodes.done)
    expect(output.stdout.match(/Ready at/g)).toHaveLength(1)
    expect(output.stdout + output.stderr).not.toContain(bootstrapApiKey)
  })

  // Ctrl-C under npm sends the signal twice: the second must not cut the stop short.
  test('takes two signals at once for one', async () => {
    const { child, ended } = await startService()
    child.kill('SIGINT')
    child.kill('SIGINT')
    expect(await ended).toBe(exitCodes.done)
  })

  test('says that it is not ready while it still serves, for the drain delay', async () => {
    const { child, get, ended } = await startService({ DRAIN_DELAY_MS: '3000' })
    child.kill('SIGTERM')
    await vi.waitFor(async () => expect((await get('/readyz')).status).toBe(503))
    expect((await get('/api/v1/keys', bootstrapApiKey)).status).toBe(200)
    expect(await ended).toBe(exitCodes.done)
  })

  test('ends with 0 when it is told to stop while it starts', async () => {
    const { child, until, ended, output } = command(['start'])
    await until(/Preparing/)
    child.kill('SIGTERM')
    expect(await ended).toBe(exitCodes.done)
    expect(output.stdout).not.toContain('Ready at')
  })

  test('ends with 1 and a sentence where the address is taken', async () => {
    const { address } = await startService()
    const second = command(['start'], { PORT: new URL(address).port })
    expect(await second.ended).toBe(exitCodes.failed)
    expect(second.output.stderr).toContain('error: listen EADDRINUSE')
    expect(second.output.stderr).not.toContain('    at ')
  })

  test('ends with 1 and a sentence where the database cannot be reached', async () => {
    const { ended, output } = command(['start'], {
      DATABASE_URL: `postgresql://u:${bootstrapApiKey}@127.0.0.1:1/db`,
    })
    expect(await ended).toBe(exitCodes.failed)
    expect(output.stderr).toContain('error: connect ECONNREFUSED 127.0.0.1:1')
    expect(output.stderr).not.toContain(bootstrapApiKey)
  })

  test('ends with 1 and every fault of the configuration', async () => {
    const { ended, output } = command(['start'], { PORT: 'x', LOG_LEVEL: 'loud' })
    expect(await ended).toBe(exitCodes.failed)
    expect(output.stderr).toMatch(/PORT: expected .*\n {2}LOG_LEVEL: expected/)
  })
})

describe('keys', { timeout: startTimeoutMs }, () => {
  test('creates a key that a running service takes, lists it, and revokes it', async () => {
    const { get } = await startService()
    const creating = command(['keys', 'create', '--name', 'Reader', '--scopes', 'keys:read'])
    expect(await creating.ended).toBe(exitCodes.done)
    const secret = creating.output.stdout.trim()
    expect(secret).toMatch(/^pk_\w{43}$/)
    const listed = await get('/api/v1/keys', secret)
    expect(listed.status).toBe(200)
    expect((await get('/api/v1/rules', secret)).status).toBe(403)

    const listing = command(['keys', 'list', '--json'])
    expect(await listing.ended).toBe(exitCodes.done)
    const { keys }: { keys: { id: string; name: string }[] } = JSON.parse(listing.output.stdout)
    const id = keys.find(({ name }) => name === 'Reader')?.id ?? ''
    expect(listing.output.stdout).not.toContain(secret)

    const revoking = command(['keys', 'revoke', id])
    expect(await revoking.ended).toBe(exitCodes.done)
    await vi.waitFor(async () => expect((await get('/api/v1/keys', secret)).status).toBe(401), {
      timeout: 10_000,
      interval: 200,
    })
  })

  test('ends with 1 for an id that there is not', async () => {
    const { ended, output } = command(['keys', 'revoke', '00000000-0000-7000-8000-000000000000'])
    expect(await ended).toBe(exitCodes.failed)
    expect(output.stderr).toContain(
      'error: There is no API key 00000000-0000-7000-8000-000000000000.',
    )
  })
})

test('warns at start that a revoked bootstrap key stays revoked', {
  timeout: startTimeoutMs,
}, async () => {
  const settings = { BOOTSTRAP_API_KEY: 'Revoked-4f9e0c2b7a61d8' }
  const first = await startService(settings)
  const listing = command(['keys', 'list', '--json'])
  await listing.ended
  const { keys }: { keys: { id: string; prefix: string }[] } = JSON.parse(listing.output.stdout)
  const id = keys.find(({ prefix }) => settings.BOOTSTRAP_API_KEY.startsWith(prefix))?.id ?? ''
  expect(await command(['keys', 'revoke', id]).ended).toBe(exitCodes.done)
  first.child.kill('SIGTERM')
  await first.ended

  const second = await startService(settings)
  expect((await second.get('/api/v1/keys', settings.BOOTSTRAP_API_KEY)).status).toBe(401)
  expect(second.output.stderr).toContain('stays revoked')
})

test('verify holds the log against a head that was kept, and says where the file has none', {
  timeout: startTimeoutMs,
}, async () => {
  const forged = {
    origin: 'pineos-referral',
    tree_size: 1_000_000,
    root_hash: 'a'.repeat(64),
    signed_at: '2027-01-31T12:00:00.000Z',
    key_id: 'b'.repeat(32),
    signature: Buffer.alloc(64).toString('base64'),
  }
  const path = join(directory, 'head.json')
  writeFileSync(path, JSON.stringify(forged))
  const cut = command(['verify', '--head', path])
  expect(await cut.ended).toBe(exitCodes.failed)
  expect(cut.output.stdout).toContain('the earlier head is of 1000000 entries, the log has 0')
  writeFileSync(path, '{}')
  const none = command(['verify', '--head', path])
  expect(await none.ended).toBe(exitCodes.failed)
  expect(none.output.stderr).toContain('holds no tree heads')
})

test('migrate --status names every migration, and verify finds the ledger right', {
  timeout: startTimeoutMs,
}, async () => {
  const migrating = command(['migrate'])
  expect(await migrating.ended).toBe(exitCodes.done)
  const status = command(['migrate', '--status'])
  expect(await status.ended).toBe(exitCodes.done)
  expect(status.output.stdout).toMatch(/0001-ledger\.sql +│ applied/)
  expect(status.output.stdout).not.toContain('missing')
  const verifying = command(['verify', '--json'])
  expect(await verifying.ended).toBe(exitCodes.done)
  expect(JSON.parse(verifying.output.stdout)).toMatchObject({ ok: true })
})

describe('quarantine', { timeout: startTimeoutMs }, () => {
  /** A balance of nothing: no entry has led to it. */
  async function plantBalance(userId: string): Promise<void> {
    const crook = new pg.Client({ connectionString: database.ownerConnectionString })
    await crook.connect()
    await crook.query(
      `insert into user_balances (user_id, currency, available_cents, pending_cents, version, updated_at)
       values ($1, 'USD', 5, 0, 1, now())`,
      [userId],
    )
    await crook.end()
  }
  async function listed(): Promise<readonly { user_id: string }[]> {
    const listing = command(['quarantine', 'list', '--json'])
    expect(await listing.ended).toBe(exitCodes.done)
    return JSON.parse(listing.output.stdout).quarantines
  }

  test('takes no account that a dry run finds', async () => {
    await plantBalance('crook')
    const verifying = command(['verify', '--full', '--dry-run'])
    expect(await verifying.ended).toBe(exitCodes.failed)
    expect(verifying.output.stdout).toContain('balances_equal_entries · user:crook')
    expect(await listed()).toEqual([])
  })

  test('takes what a complete verify finds, which writes no progress into a pipe', async () => {
    const verifying = command(['verify', '--full'])
    expect(await verifying.ended).toBe(exitCodes.failed)
    expect(verifying.output.stdout).toContain('The ledger is NOT right.')
    expect(verifying.output.stderr).not.toContain('Proof of zero')
    expect(await listed()).toMatchObject([{ user_id: 'crook', lifted_at: null }])
  })

  test('is lifted over a fault by force alone', async () => {
    const lift = [
      'quarantine',
      'lift',
      '--user',
      'crook',
      '--currency',
      'USD',
      '--reason',
      'A test',
    ]
    const refused = command(lift)
    expect(await refused.ended).toBe(exitCodes.failed)
    expect(refused.output.stderr).toContain('still has 1 fault:')
    const forced = command([...lift, '--force'])
    expect(await forced.ended).toBe(exitCodes.done)
    expect(forced.output.stderr).toContain('It still has a fault: balances_equal_entries')
    expect(await listed()).toEqual([])
  })
})
