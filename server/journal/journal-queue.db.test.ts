import { beforeEach, describe, expect, it } from 'vitest'
import { newId } from '../id.ts'
import { creditOf, journalSession, posting } from '../testing/journal.ts'
import { type ProvedDatabase, submit, useProvedDatabase } from '../testing/proved-database.ts'
import { JournalConnection } from './connection.ts'
import { editionOf, setOf } from './rule-edition.fixture.ts'
import type { RuleBook } from './rule-edition.ts'

let proved: ProvedDatabase
let batchesBefore: number

useProvedDatabase((received) => {
  proved = received
})
beforeEach(async () => {
  batchesBefore = await batches()
})

/** Each batch that has written entries leaves one row to the log. */
async function batches(): Promise<number> {
  const { rows } = await proved.owner.query<{ count: number }>(
    'select count(*)::integer as count from log_intake',
  )
  return rows[0]?.count ?? 0
}

const batchesSince = async () => (await batches()) - batchesBefore

describe('the queue of the journal', () => {
  // A batch without bounds would keep all callers waiting for the largest of them.
  it('gives a batch so many postings at most', async () => {
    const journal = await proved.newJournal({ batchMax: 2 })
    await Promise.all(
      Array.from({ length: 5 }, () => submit(journal, posting(creditOf('ann', 1n)))),
    )
    expect(await batchesSince()).toBe(3)
  })

  it('gives a batch so many bytes at most, and a command of any size a batch of its own', async () => {
    const journal = await proved.newJournal()
    const sizes = [3, 1, 1, 1].map((mebibytes) => mebibytes * 1024 * 1024)
    await Promise.all(
      sizes.map((bytes) =>
        journal.submit({ kind: 'posting', posting: posting(creditOf('bea', 1n)) }, bytes),
      ),
    )
    expect(await batchesSince()).toBe(3)
  })

  it('counts what waits by its postings, and nothing once it is taken', async () => {
    const journal = await proved.newJournal()
    const postings = [posting(creditOf('cleo', 1n)), posting(creditOf('cleo', 2n))]
    const outcome = journal.submit({ kind: 'atomic', postings }, 600)
    expect(journal.queueLength).toBe(2)
    await outcome
    expect(journal.queueLength).toBe(0)
    expect([journal.health.isStuck, journal.health.isDoubted]).toEqual([false, false])
  })

  // What was not taken can be sent again without a thought; of what was, nobody knows yet.
  it('tells a caller past its deadline whether its command was taken', async () => {
    const journal = await proved.newJournal({ deadlineMs: 300, batchMax: 1 })
    const blocker = await proved.owner.connect()
    await blocker.query('begin; lock table ledger_entries in access exclusive mode')
    const results = await Promise.allSettled(
      ['dan', 'eve'].map((userId) => submit(journal, posting(creditOf(userId, 1n)))),
    )
    await blocker.query('rollback')
    blocker.release()
    expect(results).toMatchObject([
      { status: 'rejected', reason: { code: 'outcome_unknown' } },
      { status: 'rejected', reason: { code: 'journal_overloaded' } },
    ])
  })
})

describe('a command that fails by itself', () => {
  it('fails its caller alone, and is told to who reads the log', async () => {
    const told: string[] = []
    const ruleBook: RuleBook = {
      usesCounters: false,
      edition: async (version) => ({
        ...editionOf(setOf({}), { version }),
        prospects: () => null,
      }),
    }
    const log = (message: string) => told.push(message)
    const journal = await proved.newJournal({ ruleBook, log })
    const event = {
      source: 'shop',
      id: 'event-1',
      type: 'purchase',
      userId: null,
      occurredAt: '2027-01-31T12:00:00.000Z',
      data: {},
      fingerprint: '00'.repeat(32),
    }
    const results = await Promise.allSettled([
      journal.submit({ kind: 'event', id: newId(), event, ruleId: null }, 300),
      submit(journal, posting(creditOf('finn', 1n))),
    ])
    expect(results).toMatchObject([
      { status: 'rejected', reason: { message: 'an event without a decision was not judged' } },
      { status: 'fulfilled', value: { kind: 'posted' } },
    ])
    expect(told).toEqual(['a command failed unexpectedly'])
  })
})

describe('the connection of the journal', () => {
  it('fails with what the database says where it cannot be opened', async () => {
    const url = new URL(proved.database.connectionString)
    url.pathname = '/nowhere'
    await expect(JournalConnection.open(journalSession(url.href))).rejects.toMatchObject({
      code: '3D000',
    })
  })

  it('is in a stripe of its own beside those of other processes', async () => {
    const session = journalSession(proved.database.connectionString)
    const open = await Promise.all([1, 2].map(() => JournalConnection.open(session)))
    expect(new Set(open.map(({ stripe }) => stripe)).size).toBe(2)
    expect(await Promise.all(open.map((connection) => connection.close()))).toEqual([true, true])
    expect(open.map(({ isBroken }) => isBroken)).toEqual([true, true])
  })
})
