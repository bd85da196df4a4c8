import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createApi } from './harness/api.ts'
import { credit, startCreditors } from './harness/creditors.ts'
import { History } from './harness/history.ts'
import { findPostmaster } from './harness/postmaster.ts'
import { type RunningService, startService } from './harness/service.ts'

/** How often each is killed; the campaign asks for more. */
const kills = Number(process.env['CRASH_KILLS'] ?? 25)
const readyMsMax = 5_000
const creditsBetweenKills = 40
const users = ['alice', 'bob', 'carol', 'dave']
const testTimeoutMs = 1_800_000

let directory: string
let service: RunningService

const start = () =>
  startService({
    embeddedIn: directory,
    env: { JOURNAL_DEADLINE_MS: '4000' },
    apiKey: 'crash-test-key-0123456789',
  })

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'pineos-crash-'))
  // PostgreSQL runs under another account where the tests run as root.
  chmodSync(directory, 0o755)
  service = await start()
})
afterEach(async () => {
  await service.stop()
  rmSync(directory, { recursive: true, force: true })
})

describe('under load, every acknowledged credit is there exactly once and every unknown one resolves', () => {
  it(`when the service is killed ${kills} times`, { timeout: testTimeoutMs }, async () => {
    await underLoad(async () => {
      await service.kill()
      const since = performance.now()
      service = await start()
      return performance.now() - since
    })
  })

  it(`when PostgreSQL is killed ${kills} times`, { timeout: testTimeoutMs }, async () => {
    await underLoad(async () => {
      const before = await findPostmaster(service.databaseUrl)
      const since = performance.now()
      process.kill(before, 'SIGKILL')
      await until(async () => (await isReady()) && (await isOtherPostmaster(before)))
      return performance.now() - since
    })
  })
})

/** Kills under load, waits for work to go on in between, resolves what is unknown, checks everything. */
async function underLoad(killOnce: () => Promise<number>): Promise<void> {
  const history = new History()
  const creditors = startCreditors({ clients: 16, users, service: () => service, history })
  try {
    for (let kill = 0; kill < kills; kill++) {
      const before = creditors.acknowledged()
      await until(async () => creditors.acknowledged() >= before + creditsBetweenKills)
      const readyMs = await killOnce()
      expect(readyMs, `ready again after kill ${kill + 1}`).toBeLessThan(readyMsMax)
    }
  } finally {
    await creditors.stop()
  }
  for (const attempt of history.unknown()) await until(() => credit(service, attempt))
  expect(await history.faults(service.databaseUrl)).toEqual([])
  const { body } = await createApi(service).get('/api/v1/ledger/verify')
  expect(body.checks.flatMap((check: { faults: unknown[] }) => check.faults)).toEqual([])
}

/** Readiness may have been answered just before the kill: then there is nothing to connect to. */
async function isOtherPostmaster(before: number): Promise<boolean> {
  try {
    return (await findPostmaster(service.databaseUrl)) !== before
  } catch {
    return false
  }
}

async function isReady(): Promise<boolean> {
  try {
    return (await fetch(`${service.baseUrl}/readyz`)).status === 200
  } catch {
    return false
  }
}

/** Waits for the condition, looking again every few milliseconds, for a minute at most. */
async function until(condition: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 60_000
  while (!(await condition())) {
    if (performance.now() > deadline)
      throw new Error(`waited a minute in vain; the service said:\n${service.output()}`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}
