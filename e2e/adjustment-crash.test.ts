import { randomUUID } from 'node:crypto'
import { createTestDatabase, type TestDatabase } from '@pineos/server/testing/database.ts'
import type pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createAdjuster, createAdjusters } from './harness/adjustments.ts'
import { createApi } from './harness/api.ts'
import { withDatabase } from './harness/database.ts'
import { createLedger } from './harness/ledger.ts'
import { expectProofOfZero } from './harness/proof-of-zero.ts'
import { type RunningService, startService } from './harness/service.ts'
import { until } from './harness/until.ts'

const large = 100_001
const apiKey = 'adjustment-crash-key-0123456789'

let database: TestDatabase
const start = () => startService({ databaseUrl: database.connectionString, apiKey })

beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database.drop())

// Approved and not posted is a promise: whoever starts next keeps it, once.
describe('a service that is killed after it has stored an approval', () => {
  it.each([
    ['before the entry is posted', killBeforeEntry, 0],
    ['after the entry is posted and before the adjustment says so', killBeforeMark, 1],
  ] as const)('%s: the next start finishes it, once', async (_when, kill, entriesLeft) => {
    const victim = await start()
    const { clerk, controllerKey } = await createAdjusters(victim)
    const user = `killed-${randomUUID()}`
    // There has to be a balance to hold.
    await createLedger(createApi(victim)).credit(user, 1)
    const { id } = (await clerk.propose(user, large)).body.data
    const approver = createAdjuster(createApi({ ...victim, apiKey: controllerKey.secret }))
    await kill(victim, { user, id, approve: () => ignored(approver.approve(id)) })
    await withDatabase(database.connectionString, async (client) => {
      expect(await statusOf(client, id)).toBe('approved')
      expect(await adjustmentEntries(client, user)).toBe(entriesLeft)
    })

    const next = await start()
    const api = createApi(next)
    const again = createAdjuster(createApi({ ...next, apiKey: controllerKey.secret }))
    await until('the start has posted the adjustment', async () => {
      return (await again.get(id)).data.status === 'posted'
    })
    const { status, body } = await again.approve(id)
    expect([status, body.is_duplicate]).toEqual([200, true])
    await withDatabase(database.connectionString, async (client) => {
      expect(await adjustmentEntries(client, user)).toBe(1)
    })
    expect(await createLedger(api).balance(user)).toMatchObject({ balance_cents: large + 1 })
    await expectProofOfZero(api)
    await next.stop()
  })
})

interface Approval {
  readonly user: string
  readonly id: string
  readonly approve: () => void
}

/** While the balance is held, so that the journal waits with the entry. */
async function killBeforeEntry(
  victim: RunningService,
  { user, id, approve }: Approval,
): Promise<void> {
  await withDatabase(database.connectionString, async (holder) => {
    await holdBalance(holder, user)
    approve()
    await until('the approval is stored', async () => (await statusOf(holder, id)) === 'approved')
    await victim.kill()
    await endSessions()
    await holder.query('rollback')
  })
}

/** While the adjustment is held, so that it cannot be marked as posted. */
async function killBeforeMark(
  victim: RunningService,
  { user, id, approve }: Approval,
): Promise<void> {
  await withDatabase(database.connectionString, (holder) =>
    withDatabase(database.connectionString, async (balanceHolder) => {
      await holdBalance(balanceHolder, user)
      approve()
      await until('the approval is stored', async () => (await statusOf(holder, id)) === 'approved')
      await holder.query('begin')
      await holder.query('select from adjustments where id = $1::uuid for update', [id])
      await balanceHolder.query('rollback')
      await until('the entry is posted', async () => {
        return (await adjustmentEntries(balanceHolder, user)) === 1
      })
      await victim.kill()
      await endSessions()
      await holder.query('rollback')
    }),
  )
}

async function holdBalance(client: pg.Client, user: string): Promise<void> {
  await client.query('begin')
  await client.query('select from user_balances where user_id = $1::text for update', [user])
}

/**
 * What the killed service has sent already must not be done after it. Asked in a session of its own,
 * as within a transaction the list of sessions stands still.
 */
async function endSessions(): Promise<void> {
  await withDatabase(database.connectionString, (client) =>
    until('the sessions of the service have ended', async () => {
      const { rowCount } = await client.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
         where datname = current_database() and application_name like 'pineos%'`,
      )
      return rowCount === 0
    }),
  )
}

async function statusOf(client: pg.Client, id: string): Promise<string | undefined> {
  const { rows } = await client.query<{ status: string }>(
    'select status from adjustments where id = $1::uuid',
    [id],
  )
  return rows[0]?.status
}

async function adjustmentEntries(client: pg.Client, user: string): Promise<number | undefined> {
  const { rows } = await client.query<{ entries: number }>(
    `select count(*)::integer as entries from ledger_entries
     where user_id = $1::text and entry_type = 'adjustment'`,
    [user],
  )
  return rows[0]?.entries
}

/** The service dies over this request: there is no answer to it. */
function ignored(request: Promise<unknown>): void {
  request.catch(() => {})
}
