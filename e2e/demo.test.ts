import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runCommand } from '@pineos/server/testing/command-line.ts'
import { createTestDatabase } from '@pineos/server/testing/database.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Api, createApi } from './harness/api.ts'
import { type RunningService, startService } from './harness/service.ts'

const example = (name: string) =>
  readFileSync(new URL(`../examples/referral-year/${name}`, import.meta.url), 'utf8')
const bundle = fileURLToPath(new URL('../server/dist/main.js', import.meta.url))

interface Expected {
  readonly accepted: number
  readonly duplicates: number
  readonly conflicts: number
  readonly refused: number
  readonly rewards: { readonly count: number; readonly amount_cents: number }
  readonly balances: readonly { readonly user_id: string; readonly balance_cents: number }[]
  readonly duplicate_lines: readonly number[]
  readonly conflict_lines: readonly number[]
  readonly malformed_lines: readonly number[]
}
const expected = JSON.parse(example('expected.json')) as Expected
const lines = example('events.ndjson').trimEnd().split('\n')
const summary = example('expected.txt')

let service: RunningService
let api: Api
let first: Awaited<ReturnType<typeof runDemo>>

beforeAll(async () => {
  service = await startService()
  api = createApi(service)
  first = await runDemo()
})
afterAll(() => service.stop())

/** Runs the command as `npm run demo` does, from another directory, with nothing but its options. */
async function runDemo() {
  const args = [bundle, 'demo', '--url', service.baseUrl, '--key', service.apiKey]
  const child = spawn(process.execPath, args, {
    cwd: fileURLToPath(new URL('.', import.meta.url)),
    env: { PATH: process.env['PATH'] },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const output = { stdout: '', stderr: '' }
  child.stdout.on('data', (chunk) => (output.stdout += String(chunk)))
  child.stderr.on('data', (chunk) => (output.stderr += String(chunk)))
  const exitCode = await new Promise<number | null>((resolve) => child.once('close', resolve))
  return { exitCode, ...output }
}

function sendLine(lineNumber: number) {
  return api.send('/api/v1/events', {
    method: 'POST',
    headers: { authorization: `Bearer ${service.apiKey}`, 'content-type': 'application/json' },
    body: lines[lineNumber - 1] ?? '',
  })
}

const numberOfEntries = async () => (await api.get('/api/v1/ledger/entries?limit=1')).body.total

describe('the demo', () => {
  it('ends well with the committed summary, progress before it', () => {
    expect(first).toMatchObject({ exitCode: 0, stderr: '' })
    expect(summary).toContain('Events accepted')
    expect(first.stdout.endsWith(summary)).toBe(true)
    expect(first.stdout).toContain(
      `Feeding the example events: 100% (${lines.length} of ${lines.length})\n`,
    )
  })

  it('leaves every balance as an independent count of the file has it', async () => {
    const found = await Promise.all(
      expected.balances.map(async ({ user_id }) => {
        const { body } = await api.get(`/api/v1/ledger/balance/${encodeURIComponent(user_id)}`)
        return { user_id, balance_cents: body.balance_cents }
      }),
    )
    expect(found).toEqual(expected.balances)
  })

  it('posts an entry for each reward that was earned and for two starting balances, and no more', async () => {
    const { body } = await api.get('/api/v1/ledger/entries?limit=1000')
    expect(body.total).toBe(expected.rewards.count + 2)
    const sum = body.entries.reduce(
      (total: number, entry: { amount_cents: number }) => total + entry.amount_cents,
      0,
    )
    expect(sum).toBe(expected.rewards.amount_cents + 75_000)
    expect((await api.get('/api/v1/ledger/balance/mallory')).body.balance_cents).toBe(0)
  })

  it('is proven right by the ledger', async () => {
    expect((await api.get('/api/v1/ledger/verify?full=true')).body).toMatchObject({ ok: true })
  })

  it('refuses each malformed line with a problem document and stores nothing', async () => {
    const before = await numberOfEntries()
    for (const line of expected.malformed_lines) {
      const { status, headers, body } = await sendLine(line)
      expect([400, 422], `line ${line}: ${lines[line - 1]}`).toContain(status)
      expect(headers.get('content-type')).toContain('application/problem+json')
      expect(['body_malformed', 'validation_failed']).toContain(body.code)
    }
    expect(await numberOfEntries()).toBe(before)
    for (const id of ['evt-x0001', 'evt-x0021', 'evt-x0035', 'evt-x0037']) {
      expect((await api.get(`/api/v1/events/shop/${id}`)).status).toBe(404)
    }
  })

  it('answers each repeated line as a duplicate', async () => {
    for (const line of expected.duplicate_lines) {
      const { status, body } = await sendLine(line)
      expect([status, body.is_duplicate], `line ${line}`).toEqual([200, true])
    }
  })

  it('answers each line that reuses an id for another event with 409', async () => {
    for (const line of expected.conflict_lines) {
      const { status, body } = await sendLine(line)
      expect([status, body.code], `line ${line}`).toEqual([409, 'event_id_reused'])
    }
  })

  it('changes nothing when it runs again, and says so', async () => {
    const entries = await numberOfEntries()
    const { exitCode, stdout } = await runDemo()
    expect(exitCode).toBe(0)
    expect(stdout).toContain('Nothing was changed: everything was there already.')
    const sent = expected.accepted + expected.duplicates
    expect(stdout).toMatch(new RegExp(`Duplicates +│ +${sent.toLocaleString('en-US')} `))
    expect(await numberOfEntries()).toBe(entries)
    expect((await api.get('/api/v1/rules')).body).toHaveLength(2)
  })
})

describe('the first start', () => {
  it('feeds the demo before it says that it is ready, the next start does not', async () => {
    const demo = await startService({ env: { DEMO_DATA: 'true' } })
    try {
      expect(demo.output()).toContain(summary)
      expect(demo.output().indexOf(summary)).toBeLessThan(demo.output().indexOf('Ready at'))
      const { apiKey } = demo
      const again = await startService({
        databaseUrl: demo.databaseUrl,
        apiKey,
        env: { DEMO_DATA: 'true' },
      })
      expect(again.output()).not.toContain('Feeding')
      expect(await again.stop()).toBe(0)
    } finally {
      await demo.stop()
    }
  })

  it('ends with 0 when it is told to stop while it feeds, and the next start feeds the rest', async () => {
    const database = await createTestDatabase()
    const directory = mkdtempSync(join(tmpdir(), 'pineos-demo-'))
    const { apiKey } = service
    const environment = {
      DATABASE_URL: database.ownerConnectionString,
      BOOTSTRAP_API_KEY: apiKey,
      DEMO_DATA: 'true',
      PORT: '0',
    }
    try {
      const start = runCommand(['start'], { environment, directory })
      await start.until(/Feeding the example events/)
      start.child.kill('SIGTERM')
      expect(await start.ended).toBe(0)
      expect(start.output.stdout).not.toContain('Ready at')

      const next = await startService({
        databaseUrl: database.connectionString,
        apiKey,
        env: { DEMO_DATA: 'true' },
      })
      expect(next.output()).toContain('Feeding the example events: 100%')
      const { body } = await createApi(next).get('/api/v1/ledger/entries?limit=1')
      expect(body.total).toBe(expected.rewards.count + 2)
      expect(await next.stop()).toBe(0)
    } finally {
      rmSync(directory, { recursive: true })
      await database.drop()
    }
  })
})
