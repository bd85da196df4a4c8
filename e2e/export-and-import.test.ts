import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createEmptyDatabase, type TestDatabase } from '@pineos/server/testing/database.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Answer, type Api, createApi } from './harness/api.ts'
import { runCommand } from './harness/command.ts'
import { createLedger, type Ledger } from './harness/ledger.ts'
import { expectProofOfZero } from './harness/proof-of-zero.ts'
import { untilSealed } from './harness/sealed.ts'
import { serveProved } from './harness/served.ts'
import { type RunningService, startService } from './harness/service.ts'
import { runVerifier } from './harness/verifier.ts'

const users = ['ann', 'bea', 'cleo', 'dan@example.com']

let service: RunningService
let api: Api
let ledger: Ledger
let directory: string
let file: string
/** Where the file was imported. */
let target: TestDatabase

serveProved((served) => {
  ;({ service, api, ledger } = served)
})
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'pineos-export-'))
  file = join(directory, 'ledger.ndjson')
  target = await createEmptyDatabase()
  for (const user of users) {
    const { body } = await ledger.credit(
      user,
      500,
      { metadata: { note: 'é “quotes” \\' } },
      `key-${user}`,
    )
    await ledger.debit(user, 450)
    if (user !== 'ann') await ledger.reverse(body.data.id, { shortfall: 'debt' })
  }
  // What comes after it is under a head of its own.
  await untilSealed(api)
  await ledger.credit('ann', 30, { reward_status: 'pending' })
  await api.post('/api/v1/rules/seed-examples', {})
  const { body } = await api.post('/api/v1/events', {
    id: 'order-1',
    source: 'shop',
    type: 'purchase.completed',
    user_id: 'bea',
    data: { referrer_id: 'ann', purchase: { is_first: true, amount_cents: 150_000 } },
  })
  expect(body.decision.rules_triggered).toBe(1)
})
afterAll(async () => {
  await target.drop()
  rmSync(directory, { recursive: true, force: true })
})

const exportLedger = (...options: string[]) =>
  runCommand(['ledger', 'export', ...options], service.databaseUrl)
const importLedger = (input: string, databaseUrl: string, ...options: string[]) =>
  runCommand(['ledger', 'import', '--input', input, ...options], databaseUrl)

const headOf = async (from: Api): Promise<Answer['body']> => {
  await untilSealed(from)
  return (await from.get('/api/v1/ledger/log/head')).body
}

describe('an export', () => {
  it('is written while the service runs, with its progress on standard error', async () => {
    const { status, stdout, stderr } = await exportLedger('--output', file)
    expect({ status, stdout }).toEqual({ status: 0, stdout: '' })
    expect(stderr).toMatch(/Exporting the ledger: 100% \((\d+) of \1\)\n/)
    expect(JSON.parse(readFileSync(file, 'utf8').split('\n')[0] ?? '')).toMatchObject({
      record: 'header',
      format: 'pineos-ledger-export',
      head: await headOf(api),
    })
  })

  it('goes to standard output where no file is named, and has the same records again', async () => {
    const { status, stdout } = await exportLedger()
    expect(status).toBe(0)
    const recordsOf = (text: string) =>
      text.split('\n').filter((line) => !/^\{"record":"(header|digests|end)"/.test(line))
    expect(recordsOf(stdout)).toEqual(recordsOf(readFileSync(file, 'utf8')))
  })

  it('replaces no file unless told to, and leaves nothing half done', async () => {
    const before = readFileSync(file, 'utf8')
    const refused = await exportLedger('--output', file)
    expect(refused).toMatchObject({ status: 1, stdout: '' })
    expect(refused.stderr).toContain('is there already')
    expect(readFileSync(file, 'utf8')).toBe(before)
    expect((await exportLedger('--output', file, '--force')).status).toBe(0)
    expect(existsSync(`${file}.part`)).toBe(false)
  })

  // An auditor has the key, a head and the file, and none of the service.
  it('is proven by the verifier with the key and the head alone', async () => {
    const { body } = await api.get('/api/v1/ledger/log/keys')
    const text = readFileSync(file, 'utf8')
    const check = (log: string, head: unknown) =>
      runVerifier([
        ['key', body.keys[0].public_key],
        ['head', head],
        ['log', log],
      ])
    const head = await headOf(api)
    expect(check(text, head)).toMatchObject({ status: 0 })
    const heads = text.split('\n').filter((line) => line.startsWith('{"record":"head"'))
    expect(heads.length).toBeGreaterThan(1)
    expect(check(text, heads.join('\n'))).toMatchObject({ status: 0 })
    const changed = check(text.replace('"amount_cents":500', '"amount_cents":501'), head)
    expect(changed).toMatchObject({
      status: 1,
      output: expect.stringMatching(/WRONG: of lines 1 to \d+ not all are/),
    })
  })

  it('shows no secret of an API key', async () => {
    const text = readFileSync(file, 'utf8')
    expect(text).not.toContain(service.apiKey)
    expect(text).not.toContain('secret_hash')
  })
})

describe('an import', () => {
  it('changes nothing as a dry run, and into a database that has a ledger', async () => {
    const dry = await importLedger(file, target.connectionString, '--dry-run')
    expect(dry).toMatchObject({ status: 0 })
    expect(dry.stdout).toContain('this was a dry run')
    const again = await importLedger(file, service.databaseUrl)
    expect(again).toMatchObject({ status: 1, stdout: '' })
    expect(again.stderr).toContain('has a ledger already')
  })

  it('names the line of a damaged file, and a file that there is not', async () => {
    const lines = readFileSync(file, 'utf8').split('\n')
    const damaged = join(directory, 'damaged.ndjson')
    writeFileSync(damaged, lines.with(4, (lines[4] ?? '').replace('USD', 'EUR')).join('\n'))
    const refused = await importLedger(damaged, target.connectionString)
    expect(refused.status).toBe(1)
    expect(refused.stderr).toContain(`${damaged}, line 5: this is not what was written here`)
    const missing = await importLedger(join(directory, 'none'), target.connectionString)
    expect(missing).toMatchObject({ status: 1, stderr: expect.stringContaining('ENOENT') })
  })

  it('proves the imported ledger, which a service then serves as the first one did', async () => {
    const { status, stdout, stderr } = await importLedger(file, target.connectionString)
    expect(status).toBe(0)
    expect(stderr).toMatch(/Importing the ledger: 100% \((\d+) of \1\)\n/)
    expect(stdout).toContain('The ledger is right.')
    expect(stdout).toMatch(/Imported \d+ entries\.\n$/)
    const copy = await startService({ databaseUrl: target.connectionString })
    try {
      await expectSameAnswers(createApi(copy))
    } finally {
      await copy.stop()
    }
  })
})

async function expectSameAnswers(copied: Api): Promise<void> {
  const paths = [
    ...users.map((user) => `/api/v1/ledger/balance/${encodeURIComponent(user)}`),
    '/api/v1/ledger/entries?limit=1000',
    '/api/v1/ledger/accounts',
    '/api/v1/ledger/log/head',
    '/api/v1/events/shop/order-1',
    '/api/v1/rules',
  ]
  for (const path of paths) {
    const [first, second] = [await api.get(path), await copied.get(path)]
    expect([path, second.status]).toEqual([path, 200])
    expect(second.body).toEqual(first.body)
  }
  const other = createLedger(copied)
  const note = { metadata: { note: 'é “quotes” \\' } }
  const replayed = await other.credit('ann', 500, note, 'key-ann')
  expect(replayed.body).toMatchObject({ is_duplicate: true })
  expect(replayed.body).toEqual((await ledger.credit('ann', 500, note, 'key-ann')).body)
  expect((await other.credit('ann', 1)).status).toBe(201)
  const grown = await headOf(copied)
  expect(grown.tree_size).toBe((await headOf(api)).tree_size + 1)
  await expectProofOfZero(copied)
}
