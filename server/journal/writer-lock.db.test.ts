import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { systemClock } from '../clock.ts'
import { verifyLedger } from '../ledger/verify.ts'
import { createRuleBook } from '../rules/rule-book.ts'
import { createTestDatabase } from '../testing/database.ts'
import { creditOf, debitOf, journalSession, openJournal, posting } from '../testing/journal.ts'
import type { EventCommand, KeyedPosting } from './command.ts'
import { JournalConnection } from './connection.ts'
import type { Journal } from './journal.ts'
import type { PostingOutcome } from './outcome.ts'
import type { RuleBook } from './rule-edition.ts'
import { beginLocked, type LockMode, writerLock } from './writer-lock.ts'

let database: Awaited<ReturnType<typeof createTestDatabase>>
let owner: pg.Pool
const journals: Journal[] = []
const holders: JournalConnection[] = []

beforeAll(async () => {
  database = await createTestDatabase()
  owner = new pg.Pool({ connectionString: database.ownerConnectionString })
  // Backends are terminated on purpose below.
  owner.on('error', () => {})
})
afterEach(async () => {
  for (const holder of holders.splice(0)) await holder.close()
  for (const journal of journals.splice(0)) await journal.close()
  const verification = await verifyLedger(owner, { full: true })
  expect(verification.checks.flatMap((check) => check.faults)).toEqual([])
  const { rows } = await owner.query(
    `select id from (select id, recorded_at,
       lag(recorded_at) over (partition by user_id, currency order by user_sequence) as before
     from ledger_entries) e where recorded_at < before`,
  )
  expect(rows).toEqual([])
})
afterAll(async () => {
  await owner.end()
  await database.drop()
})

type Options = Parameters<typeof openJournal>[1] & { readonly aheadMs?: number }

async function newJournal({ aheadMs = 0, ...options }: Options = {}): Promise<Journal> {
  const journal = await openJournal(
    { connectionString: database.connectionString, pool: owner },
    { clock: { now: () => new Date(systemClock.now().getTime() + aheadMs) }, ...options },
  )
  journals.push(journal)
  return journal
}

/** A journal that has just met another: its clock is behind that of who has written before it. */
async function contendingJournal(options: Options = {}): Promise<Journal> {
  const userId = `met-${randomUUID()}`
  await submit(await newJournal({ aheadMs: 3_000 }), posting(creditOf(userId, 1n)))
  const journal = await newJournal(options)
  await submit(journal, posting(creditOf(userId, 1n)))
  return journal
}

const submit = (journal: Journal, item: KeyedPosting) =>
  journal.submit({ kind: 'posting', posting: item }, 300)
const isNew = (outcome: PostingOutcome) => outcome.kind === 'posted' && !outcome.isDuplicate
const sequenceOf = (outcome: PostingOutcome) =>
  outcome.kind === 'posted' ? outcome.entry.userSequence : null

/** A session of a journal's that holds the lock and does nothing. */
async function holdLock(mode: LockMode): Promise<JournalConnection> {
  const holder = await JournalConnection.open(journalSession(database.connectionString))
  holders.push(holder)
  await beginLocked(holder, mode)
  return holder
}

const lockNames: Readonly<Record<LockMode, string>> = {
  shared: 'ShareLock',
  exclusive: 'ExclusiveLock',
}

async function sessionsWithLock(mode: LockMode, isGranted: boolean): Promise<number[]> {
  const { rows } = await owner.query<{ pid: number }>(
    `select pid from pg_locks
     where locktype = 'advisory' and classid = $1::integer and mode = $2::text
       and granted = $3::boolean
       and database = (select oid from pg_database where datname = current_database())`,
    [writerLock, lockNames[mode], isGranted],
  )
  return rows.map((row) => row.pid)
}

const waitFor = (mode: LockMode, isGranted: boolean, sessions = 1) =>
  vi.waitFor(
    async () => expect(await sessionsWithLock(mode, isGranted)).toHaveLength(sessions),
    5_000,
  )

/** A rule book that does not answer until it is told to: whoever asks stands still with the lock. */
function frozenRuleBook(): { ruleBook: RuleBook; thaw: () => void } {
  const real = createRuleBook({ pool: owner, defaultCurrency: 'USD', timezone: 'UTC' })
  let thaw = () => {}
  const thawed = new Promise<void>((resolve) => {
    thaw = resolve
  })
  return {
    thaw,
    ruleBook: {
      usesCounters: false,
      async edition(version) {
        await thawed
        return real.edition(version)
      },
    },
  }
}

function eventOf(id: string): EventCommand {
  return {
    kind: 'event',
    id: randomUUID(),
    ruleId: null,
    event: {
      source: 'test',
      id,
      type: 'none',
      userId: null,
      occurredAt: '2027-01-31T12:00:00.000Z',
      data: {},
      fingerprint: '00'.repeat(32),
    },
  }
}

describe('the lock of the writers', () => {
  // Else a batch that has the lock could clash all the same, and retries would have no end in sight.
  it('lets nobody save while a batch of another process has it alone', async () => {
    const { ruleBook, thaw } = frozenRuleBook()
    const alone = await contendingJournal({ ruleBook })
    await submit(alone, posting(creditOf('waited', 1n)))
    const event = alone.submit(eventOf('waited'), 300)
    await waitFor('exclusive', true)
    const first = submit(alone, posting(creditOf('waited', 1n)))
    const second = submit(await newJournal(), posting(creditOf('waited', 1n)))
    await waitFor('shared', false)
    thaw()
    expect(await event).toMatchObject({ isDuplicate: false })
    expect([sequenceOf(await first), sequenceOf(await second)].sort()).toEqual([2n, 3n])
  })

  it('goes to the next when the process that has it dies', async () => {
    const journals = [await newJournal(), await contendingJournal(), await contendingJournal()]
    await holdLock('exclusive')
    const outcomes = journals.map((journal) => submit(journal, posting(creditOf('died', 1n))))
    await waitFor('shared', false)
    await waitFor('exclusive', false, 2)
    const [pid] = await sessionsWithLock('exclusive', true)
    await owner.query('select pg_terminate_backend($1::integer)', [pid])
    expect((await Promise.all(outcomes)).every(isNew)).toBe(true)
  })

  // Else one process that stands still would stop all others until somebody notices.
  it('is taken from a process that is frozen with it, which does its work once when it wakes', async () => {
    const session = journalSession(database.connectionString)
    const limits = { ...session.limits, idleInTransactionTimeoutMs: 300 }
    const { ruleBook, thaw } = frozenRuleBook()
    const frozen = await contendingJournal({ ruleBook, session: { ...session, limits } })
    const others = [await newJournal(), await contendingJournal()]
    const event = frozen.submit(eventOf('frozen'), 300)
    await waitFor('exclusive', true)
    const outcomes = others.map((journal) => submit(journal, posting(creditOf('frozen', 1n))))
    expect((await Promise.all(outcomes)).every(isNew)).toBe(true)
    thaw()
    expect(await event).toMatchObject({ isDuplicate: false })
  })

  // Waiting for another process is no outage, and must not let a caller wait for longer than it would.
  it('keeps no caller beyond its deadline, and the key gives the true answer later', async () => {
    const session = journalSession(database.connectionString)
    const log: string[] = []
    const options = {
      session: { ...session, limits: { ...session.limits, lockTimeoutMs: 50 } },
      deadlineMs: 1_500,
      log: (message: string) => log.push(message),
    }
    const journals = [await newJournal(options), await contendingJournal(options)]
    const holder = await holdLock('exclusive')
    const attempt = () =>
      journals.map((journal, index) =>
        submit(journal, posting(creditOf('patient', 1n), `patient-${index}`)),
      )
    for (const late of attempt())
      await expect(late).rejects.toMatchObject({ code: 'outcome_unknown' })
    await holder.control('rollback')
    expect((await Promise.all(attempt())).map(({ kind }) => kind)).toEqual(['posted', 'posted'])
    expect(log).toEqual([])
  })

  it('is shared again by a process that meets nobody any more', async () => {
    const journal = await contendingJournal()
    const holder = await holdLock('shared')
    const waiting = submit(journal, posting(creditOf('alone', 1n)))
    await waitFor('exclusive', false)
    await holder.control('rollback')
    await waiting
    for (let batch = 0; batch < 16; batch++) await submit(journal, posting(creditOf('alone', 1n)))
    await holdLock('shared')
    expect(isNew(await submit(journal, posting(creditOf('alone', 1n))))).toBe(true)
  })

  it('loses, doubles and deadlocks nothing while some processes share it and others have it alone', async () => {
    const users = Array.from({ length: 5 }, (_, index) => `mixed-${index}`)
    const writers = [
      await newJournal(),
      await contendingJournal(),
      await newJournal(),
      await contendingJournal({ aheadMs: 3_000 }),
    ]
    const commands = Array.from({ length: 1_200 }, (_, index) => {
      // Every third comes a second time, through another journal.
      const number = Math.floor(index / 3) * 2 + Math.min(index % 3, 1)
      const userId = users[number % users.length] ?? ''
      const fields = number % 4 === 3 ? debitOf(userId, 1n) : creditOf(userId, 2n)
      return posting(fields, `mixed-${number}`)
    })
    const outcomes = await Promise.all(
      commands.map((item, index) => submit(writers[index % writers.length] as Journal, item)),
    )
    expect(outcomes.filter(({ kind }) => kind === 'key_reused')).toEqual([])
    const first = outcomes.filter((outcome) => !('isDuplicate' in outcome && outcome.isDuplicate))
    expect(first).toHaveLength(800)
    for (const journal of journals.splice(0)) await journal.close()
    const { rows } = await owner.query(
      `select deadlocks from pg_stat_database where datname = current_database()`,
    )
    expect(rows).toEqual([{ deadlocks: 0n }])
  })

  // Else a writer that knows of no lock, and always comes first, would keep a batch for ever.
  it('gives up after many clashes, and says that nothing was done', async () => {
    await owner.query(`
      create function always_first() returns trigger language plpgsql as
        $$ begin raise exception 'no' using errcode = 'serialization_failure'; end $$;
      create trigger always_first before insert on ledger_entries
        for each row when (new.user_id = 'second') execute function always_first()`)
    const journal = await newJournal()
    const attempt = () => submit(journal, posting(creditOf('second', 1n), 'second'))
    await expect(attempt()).rejects.toMatchObject({ code: 'journal_overloaded' })
    await owner.query('drop trigger always_first on ledger_entries; drop function always_first')
    expect(isNew(await attempt())).toBe(true)
  })
})

describe('the times of entries', () => {
  // Each test ends with a look at all sequences: recorded_at must never go back along one.
  it('never go back along a sequence that processes with different clocks write', async () => {
    const writers = [await newJournal(), await newJournal({ aheadMs: 3_000 })]
    const outcomes = await Promise.all(
      writers.map(async (journal) => {
        const own: PostingOutcome[] = []
        for (let index = 0; index < 100; index++)
          own.push(await submit(journal, posting(creditOf('skewed', 1n))))
        return own
      }),
    )
    expect(outcomes.flat().every(isNew)).toBe(true)
    const { rows } = await owner.query<{ is_latest: boolean }>(
      `select b.updated_at = (select max(recorded_at) from ledger_entries e
         where e.user_id = b.user_id) as is_latest
       from user_balances b where b.user_id = 'skewed' and b.version = 200`,
    )
    expect(rows).toEqual([{ is_latest: true }])
  })

  it('stand still for a user while the clock of a process was set back', async () => {
    let aheadMs = 60_000
    const journal = await newJournal({
      clock: { now: () => new Date(systemClock.now().getTime() + aheadMs) },
    })
    const credit = async (userId: string) => {
      const outcome = await submit(journal, posting(creditOf(userId, 1n)))
      return outcome.kind === 'posted' ? Date.parse(outcome.entry.recordedAt) : 0
    }
    const before = await credit('set-back')
    aheadMs = 0
    expect(await credit('set-back')).toBe(before)
    expect(await credit('set-back')).toBe(before)
    // Nobody else is drawn along.
    expect(await credit('of-now')).toBeLessThan(before)
  })
})
