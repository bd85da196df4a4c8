import pg from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { verifyLedger } from '../ledger/verify.ts'
import { createTestDatabase } from '../testing/database.ts'
import { creditOf, debitOf, openJournal, posting } from '../testing/journal.ts'
import type { KeyedPosting } from './command.ts'
import type { Journal } from './journal.ts'
import type { PostingOutcome } from './outcome.ts'

let database: Awaited<ReturnType<typeof createTestDatabase>>
let owner: pg.Pool
const journals: Journal[] = []

beforeAll(async () => {
  database = await createTestDatabase()
  owner = new pg.Pool({ connectionString: database.ownerConnectionString })
  // Backends are terminated on purpose below.
  owner.on('error', () => {})
})
afterEach(async () => {
  for (const journal of journals.splice(0)) await journal.close()
  const verification = await verifyLedger(owner, { full: true })
  expect(verification.checks.flatMap((check) => check.faults)).toEqual([])
})
afterAll(async () => {
  await owner.end()
  await database.drop()
})

async function newJournal(options: Parameters<typeof openJournal>[1] = {}): Promise<Journal> {
  const journal = await openJournal(
    { connectionString: database.connectionString, pool: owner },
    options,
  )
  journals.push(journal)
  return journal
}

const submit = (journal: Journal, item: KeyedPosting) =>
  journal.submit({ kind: 'posting', posting: item }, 300)
const isNew = (outcome: PostingOutcome) => outcome.kind === 'posted' && !outcome.isDuplicate

async function balanceOf(userId: string): Promise<bigint> {
  const { rows } = await owner.query<{ available_cents: bigint }>(
    `select available_cents from user_balances where user_id = $1 and currency = 'USD'`,
    [userId],
  )
  return rows[0]?.available_cents ?? 0n
}

describe('the journal', () => {
  it('posts the commands of one batch in order, each seeing those before it', async () => {
    const journal = await newJournal()
    const outcomes = await Promise.all(
      [
        creditOf('ordered', 10n),
        debitOf('ordered', 7n),
        debitOf('ordered', 7n),
        creditOf('ordered', 4n),
        debitOf('ordered', 7n),
      ].map((fields) => submit(journal, posting(fields))),
    )
    expect(outcomes.map((outcome) => outcome.kind)).toEqual([
      'posted',
      'posted',
      'refused',
      'posted',
      'posted',
    ])
    expect(await balanceOf('ordered')).toBe(0n)
  })

  it('gives every concurrent duplicate the one entry, and one caller the news of it', async () => {
    const journal = await newJournal()
    const outcomes = await Promise.all(
      Array.from({ length: 50 }, () =>
        submit(journal, posting(creditOf('twins', 5n), 'twins-key')),
      ),
    )
    expect(outcomes.filter(isNew)).toHaveLength(1)
    const ids = new Set(
      outcomes.map((outcome) => (outcome.kind === 'posted' ? outcome.entry.id : 'none')),
    )
    expect(ids.size).toBe(1)
    expect(await balanceOf('twins')).toBe(5n)
  })

  it('remembers a refusal: the same key is refused again although the balance would do by now', async () => {
    const journal = await newJournal()
    const attempt = () => submit(journal, posting(debitOf('late', 5n), 'late-key'))
    expect(await attempt()).toMatchObject({ kind: 'refused', isDuplicate: false })
    await submit(journal, posting(creditOf('late', 100n)))
    expect(await attempt()).toMatchObject({
      kind: 'refused',
      isDuplicate: true,
      refusal: { availableCents: 0n },
    })
  })

  it('loses and doubles nothing when several journals write the same accounts', async () => {
    const writers = await Promise.all([newJournal(), newJournal(), newJournal()])
    const before = await balanceOf('hot')
    const outcomes = await Promise.all(
      Array.from({ length: 600 }, (_, index) => {
        const journal = writers[index % writers.length] as Journal
        // Every third comes a second time, through another journal.
        return submit(
          journal,
          posting(creditOf('hot', 1n), `hot-${Math.floor(index / 3) * 2 + Math.min(index % 3, 1)}`),
        )
      }),
    )
    expect(outcomes.every((outcome) => outcome.kind === 'posted')).toBe(true)
    expect(outcomes.filter(isNew)).toHaveLength(400)
    expect((await balanceOf('hot')) - before).toBe(400n)
  })

  it('never spends more than there is when several journals debit at once', async () => {
    const writers = await Promise.all([newJournal(), newJournal()])
    await submit(writers[0] as Journal, posting(creditOf('scarce', 50n)))
    const outcomes = await Promise.all(
      Array.from({ length: 100 }, (_, index) =>
        submit(writers[index % 2] as Journal, posting(debitOf('scarce', 1n))),
      ),
    )
    expect(outcomes.filter((outcome) => outcome.kind === 'posted')).toHaveLength(50)
    expect(await balanceOf('scarce')).toBe(0n)
  })

  it('answers every caller truly while its sessions are killed again and again', async () => {
    const journal = await newJournal()
    const outcomes: PostingOutcome[] = []
    const kills: Promise<unknown>[] = []
    const kill = () =>
      owner.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
         where application_name = 'pineos-journal' and datname = current_database()`,
      )
    const callers = Array.from({ length: 20 }, async (_, caller) => {
      for (let index = 0; index < 20; index++) {
        outcomes.push(
          await submit(journal, posting(creditOf('killed', 1n), `killed-${caller}-${index}`)),
        )
        // While the others are under way.
        if (outcomes.length % 20 === 0) kills.push(kill())
      }
    })
    await Promise.all(callers)
    await Promise.all(kills)
    // Not one is told that it is a duplicate of itself, which was committed before the session died.
    expect(outcomes.filter(isNew)).toHaveLength(400)
    expect(await balanceOf('killed')).toBe(400n)
    expect(kills).toHaveLength(20)
  })

  it('lets a command that the database refuses hurt none of its neighbours', async () => {
    await owner.query(`
      create function refuse_poison() returns trigger language plpgsql as
        $$ begin if new.user_id = 'poison' then raise exception 'no'; end if; return new; end $$;
      create trigger poison before insert on ledger_entries for each row execute function refuse_poison()`)
    const journal = await newJournal()
    const results = await Promise.allSettled(
      ['a', 'poison', 'b', 'c'].map((userId) => submit(journal, posting(creditOf(userId, 1n)))),
    )
    await owner.query('drop trigger poison on ledger_entries; drop function refuse_poison')
    expect(results.map((result) => result.status)).toEqual([
      'fulfilled',
      'rejected',
      'fulfilled',
      'fulfilled',
    ])
    expect(await balanceOf('poison')).toBe(0n)
  })

  it('posts all of an atomic command or nothing, and remembers the refusal alone', async () => {
    const journal = await newJournal()
    const atomic = (keys: readonly [string, string]) =>
      journal.submit(
        {
          kind: 'atomic',
          postings: [
            posting(creditOf('atomic', 5n), keys[0]),
            posting(debitOf('atomic', 6n), keys[1]),
          ],
        },
        600,
      )
    const refused = await atomic(['atomic-1', 'atomic-2'])
    expect(refused.outcomes.map((outcome) => outcome.kind)).toEqual(['aborted', 'refused'])
    expect(await balanceOf('atomic')).toBe(0n)
    const again = await atomic(['atomic-1', 'atomic-2'])
    expect(again.outcomes[1]).toMatchObject({ kind: 'refused', isDuplicate: true })
    expect(await submit(journal, posting(creditOf('atomic', 5n), 'atomic-1'))).toMatchObject({
      isDuplicate: false,
    })
    // What was posted under its key meanwhile is a duplicate, and stays.
    const mixed = await atomic(['atomic-1', 'atomic-3'])
    expect(mixed.outcomes).toMatchObject([
      { kind: 'posted', isDuplicate: true },
      { kind: 'refused' },
    ])
  })
})

describe('postings that are submitted together', () => {
  // One of them must neither delay, hide nor change what became of the others.
  it('gives each its own result in their order, as if each had come alone', async () => {
    const journal = await newJournal()
    const results = await journal.submitEach(
      [
        posting(creditOf('each', 5n), 'each-1'),
        posting(debitOf('each', 6n)),
        posting(creditOf('each', 5n), 'each-1'),
        posting(creditOf('each', 7n), 'each-1'),
        posting(debitOf('each', 5n)),
      ],
      300,
    )
    expect(results).toMatchObject([
      { kind: 'posted', isDuplicate: false },
      { kind: 'refused' },
      { kind: 'posted', isDuplicate: true },
      { kind: 'key_reused' },
      { kind: 'posted', isDuplicate: false },
    ])
    expect(await journal.submitEach([], 300)).toEqual([])
    expect(await balanceOf('each')).toBe(0n)
  })

  it('refuses those beyond the queue and does those within', async () => {
    const journal = await newJournal({ queueMax: 3 })
    const postings = Array.from({ length: 5 }, () => posting(creditOf('each-queue', 1n)))
    const results = await journal.submitEach(postings, 300)
    expect(results.slice(0, 3)).toMatchObject([
      { kind: 'posted' },
      { kind: 'posted' },
      { kind: 'posted' },
    ])
    expect(results.slice(3)).toMatchObject([
      { code: 'journal_overloaded' },
      { code: 'journal_overloaded' },
    ])
    expect(await balanceOf('each-queue')).toBe(3n)
  })

  // Said to have failed, one that takes effect later would be posted again under another key.
  it('says of each past the deadline whether its outcome is unknown or nothing was done', async () => {
    const journal = await newJournal({ deadlineMs: 300, batchMax: 2 })
    const blocker = await owner.connect()
    await blocker.query('begin; lock table ledger_entries in access exclusive mode')
    const postings = Array.from({ length: 3 }, () => posting(creditOf('each-late', 1n)))
    const results = await journal.submitEach(postings, 300)
    await blocker.query('rollback')
    blocker.release()
    expect(results).toMatchObject([
      { code: 'outcome_unknown' },
      { code: 'outcome_unknown' },
      { code: 'journal_overloaded' },
    ])
    await journal.close()
    expect(await balanceOf('each-late')).toBe(2n)
  })
})

describe('the bounds of the journal', () => {
  it('refuses commands beyond its queue before any work, and does those within', async () => {
    const journal = await newJournal({ queueMax: 10 })
    const results = await Promise.allSettled(
      Array.from({ length: 30 }, () => submit(journal, posting(creditOf('queue', 1n)))),
    )
    const refused = results.filter((result) => result.status === 'rejected')
    expect(refused.length).toBe(20)
    expect(
      refused.every(
        (result) => result.status === 'rejected' && result.reason.code === 'journal_overloaded',
      ),
    ).toBe(true)
    expect(await balanceOf('queue')).toBe(10n)
  })

  it('tells a caller past its deadline that the outcome is unknown; the key then gives the true one', async () => {
    const journal = await newJournal({ deadlineMs: 300 })
    const blocker = await owner.connect()
    await blocker.query('begin; lock table ledger_entries in access exclusive mode')
    const late = submit(journal, posting(creditOf('blocked', 1n), 'blocked-key'))
    await expect(late).rejects.toMatchObject({ code: 'outcome_unknown' })
    await blocker.query('rollback')
    blocker.release()
    const outcome = await submit(
      await newJournal(),
      posting(creditOf('blocked', 1n), 'blocked-key'),
    )
    expect(outcome.kind).toBe('posted')
    expect(await balanceOf('blocked')).toBe(1n)
  })

  it('brings what waits to its outcome before it closes, and takes nothing more', async () => {
    const journal = await newJournal()
    const waiting = Array.from({ length: 50 }, () =>
      submit(journal, posting(creditOf('closing', 1n))),
    )
    const closed = journal.close()
    await expect(submit(journal, posting(creditOf('closing', 1n)))).rejects.toMatchObject({
      code: 'shutting_down',
    })
    expect((await Promise.all(waiting)).every(isNew)).toBe(true)
    await closed
    expect(await balanceOf('closing')).toBe(50n)
  })
})
