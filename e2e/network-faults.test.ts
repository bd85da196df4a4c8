import { createTestDatabase, type TestDatabase } from '@pineos/server/testing/database.ts'
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import { type Api, createApi } from './harness/api.ts'
import { type Creditors, credit, startCreditors } from './harness/creditors.ts'
import { withDatabase } from './harness/database.ts'
import { History } from './harness/history.ts'
import { expectProofOfZero } from './harness/proof-of-zero.ts'
import { type RunningService, startService } from './harness/service.ts'
import { startTcpProxy, type TcpProxy } from './harness/tcp-proxy.ts'
import { until } from './harness/until.ts'

/** How often each fault strikes; the campaign asks for more. */
const strikes = Number(process.env['NETWORK_FAULTS'] ?? 20)
const testTimeoutMs = 1_800_000
const healthyMsMax = 5_000
const clients = 8
const users = ['alice', 'bob', 'carol', 'dave']
const creditsBetweenStrikes = 16
const creditsDuringStrike = 8
const poolMax = 3

const queryTimeoutMs = 700
const journalDeadlineMs = 800
/**
 * The longest that a request may take: its key is looked up over a connection that may have to be
 * opened first, each bounded by the query timeout, and then the journal has its deadline. The rest is
 * for a machine that is busy with the test itself.
 */
const requestMsMax = 2 * queryTimeoutMs + journalDeadlineMs + 2_000

let database: TestDatabase
let proxy: TcpProxy
let service: RunningService
let api: Api
let history: History
let creditors: Creditors

beforeAll(async () => {
  database = await createTestDatabase()
  proxy = await startTcpProxy(database.connectionString)
  service = await startService({
    databaseUrl: proxy.databaseUrl,
    env: {
      LOG_LEVEL: 'silent',
      JOURNAL_DEADLINE_MS: String(journalDeadlineMs),
      DATABASE_LOCK_TIMEOUT_MS: '500',
      DATABASE_STATEMENT_TIMEOUT_MS: '600',
      DATABASE_QUERY_TIMEOUT_MS: String(queryTimeoutMs),
      DATABASE_POOL_MAX: String(poolMax),
    },
  })
  api = createApi(service)
  history = new History()
})
afterAll(async () => {
  await service.stop()
  await proxy.stop()
  await database.drop()
})

interface Fault {
  readonly name: string
  /** Lets it strike and end; `strike` counts from zero. */
  readonly strike: (strike: number) => Promise<void>
}

const faults: readonly Fault[] = [
  {
    name: 'every byte is delayed',
    strike: () => atPace({ delayMs: 30 }),
  },
  {
    name: 'the network passes a few kilobytes a second',
    strike: () => atPace({ bytesPerSecond: 64 * 1_024 }),
  },
  {
    name: 'nothing arrives for a while, and then all of it',
    async strike(strike) {
      proxy.pause()
      // By turns shorter and longer than the callers wait.
      if (strike % 2 === 0) await until('callers wait', () => proxy.isHolding())
      else await unknownOutcome()
      proxy.resume()
    },
  },
  {
    name: 'connections die in the middle of what is sent, and nobody is told',
    async strike(strike) {
      // By turns at any moment, and where a transaction that holds locks is left open.
      if (strike % 2 === 0) proxy.halve()
      else await proxy.halveAtCommit()
    },
  },
  {
    name: 'connections are reset',
    async strike() {
      proxy.reset()
    },
  },
  {
    name: 'connections are refused',
    async strike() {
      await proxy.cut()
      await until('the service is not ready', async () => !(await isReady()))
      await proxy.mend()
    },
  },
  {
    name: 'the connection is lost between the commit and its answer',
    strike: loseCommit,
  },
]

// Each under load: a credit that is lost or doubled, an answer that is neither the outcome nor 503, a
// request without an end and a service that does not come back would all show here.
it.each(faults.map((fault) => [fault.name, fault] as const))(
  `keeps every credit exactly once when %s, ${strikes} times`,
  { timeout: testTimeoutMs },
  async (_name, { strike }) => {
    const since = history.attempts.length
    creditors = startCreditors({ clients, users, service: () => service, history, retries: true })
    try {
      for (let count = 0; count < strikes; count++) {
        await moreCredits('credits go on', creditsBetweenStrikes)
        await strike(count)
        await expectHealthySoon()
      }
    } finally {
      await creditors.stop()
    }
    for (const attempt of history.unknown()) {
      await until('an unknown outcome is told', () => credit(service, attempt))
    }
    const attempts = history.attempts.slice(since)
    const statuses = new Set(attempts.flatMap((attempt) => attempt.statuses))
    expect([...statuses].filter((status) => ![200, 201, 503].includes(status))).toEqual([])
    expect(Math.max(...attempts.map((attempt) => attempt.longestMs))).toBeLessThan(requestMsMax)
    expect(await history.faults(database.connectionString)).toEqual([])
    await expectProofOfZero(api)
    // What is dead is let go: the pool and the journal hold no more than they may.
    await until('no connection is left over', () => proxy.connections() <= poolMax + 1)
  },
)

// The database does not learn that the process is gone, and keeps the locks of its transaction.
it('lets other processes go on soon when one is gone in the middle of a transaction', async () => {
  const { apiKey, databaseUrl } = service
  const other = await startService({ databaseUrl: database.connectionString, apiKey })
  onTestFinished(async () => {
    await other.stop()
  })
  const gone = await startService({ databaseUrl, apiKey })
  const struck = proxy.halveAtCommit()
  const unanswered = credit(gone, history.begin('shared', 1))
  await struck
  await gone.kill()
  expect(await unanswered).toBe(false)
  const sinceMs = performance.now()
  const attempt = history.begin('shared', 2)
  await until('the other process has taken the credit', () => credit(other, attempt))
  expect(performance.now() - sinceMs).toBeLessThan(healthyMsMax)
  for (const unknown of history.unknown()) expect(await credit(other, unknown)).toBe(true)
  expect(await history.faults(database.connectionString)).toEqual([])
  await expectProofOfZero(createApi(other))
})

async function atPace(pace: Parameters<TcpProxy['setPace']>[0]): Promise<void> {
  proxy.setPace(pace)
  await moreCredits('credits go on, slowly', creditsDuringStrike)
  proxy.setPace({})
}

/**
 * The service cannot reach the database from the moment on that the answer was lost: what the
 * database holds then, and no caller was told, is what was committed without an answer. That each is
 * acknowledged afterwards, and as the same entry, is for its idempotency record alone to bring about.
 */
async function loseCommit(): Promise<void> {
  await proxy.loseNextCommit()
  const posted = await withDatabase(database.connectionString, async (client) => {
    const { rows } = await client.query<{ idempotency_key: string }>(
      'select idempotency_key from ledger_entries',
    )
    return new Set(rows.map((row) => row.idempotency_key))
  })
  const lost = history.unknown().filter((attempt) => posted.has(attempt.key))
  expect(lost.length).toBeGreaterThan(0)
  proxy.resume()
  await until('they are acknowledged', () =>
    lost.every((attempt) => attempt.outcome === 'acknowledged'),
  )
}

async function moreCredits(what: string, count: number): Promise<void> {
  const before = creditors.acknowledged()
  await until(what, () => creditors.acknowledged() >= before + count)
}

async function expectHealthySoon(): Promise<void> {
  const sinceMs = performance.now()
  await until('the service is ready', isReady)
  await moreCredits('credits are acknowledged again', 1)
  expect(performance.now() - sinceMs).toBeLessThan(healthyMsMax)
}

async function isReady(): Promise<boolean> {
  return (await api.send('/readyz', {})).status === 200
}

async function unknownOutcome(): Promise<void> {
  const before = creditors.failedTries()
  await until('a caller is told that it is unknown', () => creditors.failedTries() > before)
}
