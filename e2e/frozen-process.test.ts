import type { ChildProcess } from 'node:child_process'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { credit, startCreditors } from './harness/creditors.ts'
import { withDatabase } from './harness/database.ts'
import { type Fleet, startFleet } from './harness/fleet.ts'
import { History } from './harness/history.ts'
import { expectProofOfZero } from './harness/proof-of-zero.ts'
import { until } from './harness/until.ts'

const freezesMax = 200
const creditsAfter = 200

let fleet: Fleet

beforeAll(async () => {
  fleet = await startFleet(2)
})
afterAll(async () => {
  await expectProofOfZero(fleet.api(0))
  await fleet.stop()
})

/** The sessions of journals that have the lock of the writers and wait for their process. */
const holders = () =>
  withDatabase(fleet.databaseUrl, async (client) => {
    const { rows } = await client.query<{ pid: number; since: string }>(
      `select a.pid, a.state_change::text as since
       from pg_locks l join pg_stat_activity a on a.pid = l.pid
       where l.locktype = 'advisory' and l.mode = 'ExclusiveLock' and l.granted
         and a.application_name = 'pineos-journal' and a.datname = current_database()
         and a.state = 'idle in transaction'`,
    )
    return rows.map(({ pid, since }) => `${pid} since ${since}`)
  })

/** Freezes the process, again and again, until it stands still in the middle of a batch. */
async function freezeWithLock(frozen: ChildProcess): Promise<string> {
  for (let freezes = 0; freezes < freezesMax; freezes++) {
    frozen.kill('SIGSTOP')
    const before = await holders()
    const held = (await holders()).find((holder) => before.includes(holder))
    if (held !== undefined && (await holders()).includes(held)) return held
    frozen.kill('SIGCONT')
  }
  throw new Error('the process was never frozen in the middle of a batch')
}

// Without it one process that swaps, or that somebody suspends, would stop all others.
it('goes on when a process is frozen in the middle of a batch, and loses and doubles nothing when it wakes', async () => {
  const [frozen, awake] = fleet.services
  if (!frozen || !awake) throw new Error('two processes were to be started')
  const history = new History()
  const users = ['hot-0', 'hot-1']
  const [first, second] = [frozen, awake].map((service) =>
    startCreditors({ clients: 16, users, history, service: () => service }),
  )
  try {
    await until('both processes are at work', () =>
      [first, second].every((creditors) => (creditors?.acknowledged() ?? 0) > 100),
    )
    const holder = await freezeWithLock(frozen.process)
    await until('the database has ended its session', async () => {
      return !(await holders()).includes(holder)
    })
    const before = second?.acknowledged() ?? 0
    await until('the other goes on', () => (second?.acknowledged() ?? 0) > before + creditsAfter)
  } finally {
    frozen.process.kill('SIGCONT')
    await Promise.all([first?.stop(), second?.stop()])
  }
  for (const attempt of history.unknown()) expect(await credit(awake, attempt)).toBe(true)
  expect(await history.faults(fleet.databaseUrl)).toEqual([])
})
