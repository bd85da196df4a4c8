import pg from 'pg'
import { afterAll, afterEach, beforeAll, expect } from 'vitest'
import type { KeyedPosting } from '../journal/command.ts'
import type { Journal, JournalOptions } from '../journal/journal.ts'
import type { PostingOutcome } from '../journal/outcome.ts'
import { verifyLedger } from '../ledger/verify.ts'
import { createTestDatabase, type TestDatabase } from './database.ts'
import { openJournal } from './journal.ts'

/** A database of its own for a test file, whose books must prove zero after each test. */
export interface ProvedDatabase {
  readonly database: TestDatabase
  /** As the superuser. */
  readonly owner: pg.Pool
  /** A journal that is closed after the test. */
  newJournal(options?: Partial<JournalOptions>): Promise<Journal>
}

export function useProvedDatabase(receive: (proved: ProvedDatabase) => void): void {
  const journals: Journal[] = []
  let database: TestDatabase
  let owner: pg.Pool

  beforeAll(async () => {
    database = await createTestDatabase()
    owner = new pg.Pool({ connectionString: database.ownerConnectionString })
    // Tests end backends on purpose.
    owner.on('error', () => {})
    receive({
      database,
      owner,
      async newJournal(options = {}) {
        const { connectionString } = database
        const journal = await openJournal({ connectionString, pool: owner }, options)
        journals.push(journal)
        return journal
      },
    })
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
}

/** Brings a posting to its outcome. */
export function submit(journal: Journal, posting: KeyedPosting): Promise<PostingOutcome> {
  return journal.submit({ kind: 'posting', posting }, 300)
}

/** The id of the entry that the posting has led to; fails where it was refused. */
export async function postedId(journal: Journal, posting: KeyedPosting): Promise<string> {
  const outcome = await submit(journal, posting)
  if (outcome.kind === 'posted') return outcome.entry.id
  throw new Error(outcome.kind === 'refused' ? outcome.refusal.code : outcome.kind)
}
