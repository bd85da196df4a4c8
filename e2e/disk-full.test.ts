import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { type Api, createApi } from './harness/api.ts'
import { type Creditors, credit, startCreditors } from './harness/creditors.ts'
import { withDatabase } from './harness/database.ts'
import { History } from './harness/history.ts'
import { createLedger } from './harness/ledger.ts'
import { expectProofOfZero } from './harness/proof-of-zero.ts'
import { type RunningService, startService } from './harness/service.ts'
import { fillUp, smallFilesystem } from './harness/small-filesystem.ts'
import { until } from './harness/until.ts'

const diskBytes = 192 * 1_024 * 1_024
const clients = 8
const users = ['alice', 'bob', 'carol', 'dave']
const creditsBetween = 40
const failedTriesInVain = 2 * clients

let service: RunningService
let api: Api
let history: History
let creditors: Creditors

if (smallFilesystem(tmpdir(), diskBytes)) {
  it('on a full disk takes nothing, says so, loses nothing, and goes on when there is room', async () => {
    await startUnderLoad({ isSmall: true })
    for (const part of ['its tables', 'its log as well'] as const) {
      const ballast = fillUp(service.dataDir)
      await until('nothing is taken any more', async () => {
        // What is left of the log lasts for a while; without it PostgreSQL itself goes down.
        if (part === 'its log as well') await switchLog()
        return (await readiness()).status === 503
      })
      await expectRefusals()
      if (part === 'its tables') {
        expect((await readiness()).body.checks).toMatchObject({ database: true, journal: false })
        expect((await createLedger(api).balance('alice')).version).toBeGreaterThan(0)
      }
      ballast.release()
      await expectRecovery()
    }
    await expectNothingLost()
  })
} else {
  process.stdout.write(
    'disk-full.test.ts: nothing can be mounted on this machine; a log that cannot grow stands for the full disk\n',
  )
}

// The same end on any machine: PostgreSQL cannot make another file of its log and goes down.
it('where the log of the database cannot grow takes nothing, says so, and goes on when it can', async () => {
  await startUnderLoad({ isSmall: false })
  const log = join(service.dataDir, 'postgres', 'pg_wal')
  chmodSync(log, 0o500)
  await until('nothing is taken any more', async () => {
    await switchLog()
    return (await readiness()).status === 503
  })
  await expectRefusals()
  chmodSync(log, 0o700)
  await expectRecovery()
  await expectNothingLost()
})

/** A service with a PostgreSQL of its own, `isSmall` on a filesystem that is soon full. */
async function startUnderLoad({ isSmall }: { isSmall: boolean }): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'pineos-disk-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  // PostgreSQL runs under another account where the tests run as root.
  chmodSync(directory, 0o755)
  const startedBy = isSmall ? smallFilesystem(directory, diskBytes) : undefined
  service = await startService({
    embeddedIn: directory,
    ...(startedBy ? { startedBy } : {}),
    env: { LOG_LEVEL: 'silent', JOURNAL_DEADLINE_MS: '1000' },
  })
  onTestFinished(async () => {
    await service.stop()
  })
  api = createApi(service)
  history = new History()
  creditors = startCreditors({ clients, users, service: () => service, history, retries: true })
  onTestFinished(() => creditors.stop())
  await moreCredits('credits are acknowledged')
}

/** What follows in the log goes to another file, if there can be one. */
async function switchLog(): Promise<void> {
  await withDatabase(service.databaseUrl, (client) => client.query('select pg_switch_wal()')).catch(
    () => undefined,
  )
}

/** One try after the other fails, with 503 and the advice to come again, and none otherwise. */
async function expectRefusals(): Promise<void> {
  const before = creditors.failedTries()
  await until('tries are refused', () => creditors.failedTries() >= before + failedTriesInVain)
  const attempt = history.begin('late', 1)
  const answer = await createLedger(api).credit(attempt.userId, 1, {}, attempt.key)
  expect(answer.status).toBe(503)
  expect(answer.headers.get('retry-after')).toMatch(/^\d+$/)
}

/** By itself the service is ready again, and work goes on. */
async function expectRecovery(): Promise<void> {
  await until('the service is ready', async () => (await readiness()).status === 200)
  await moreCredits('credits are acknowledged again')
}

/** Every credit is there once, whether it was acknowledged before, meanwhile or when it was retried. */
async function expectNothingLost(): Promise<void> {
  await creditors.stop()
  for (const attempt of history.unknown()) {
    await until('an unknown outcome is told', () => credit(service, attempt))
  }
  const statuses = new Set(history.attempts.flatMap((attempt) => attempt.statuses))
  expect([...statuses].filter((status) => ![200, 201, 503].includes(status))).toEqual([])
  expect(await history.faults(service.databaseUrl)).toEqual([])
  await expectProofOfZero(api)
}

async function moreCredits(what: string): Promise<void> {
  const before = creditors.acknowledged()
  await until(what, () => creditors.acknowledged() >= before + creditsBetween)
}

function readiness() {
  return api.send('/readyz', {})
}
