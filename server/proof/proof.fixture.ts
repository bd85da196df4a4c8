import pg from 'pg'
import { afterAll, beforeAll } from 'vitest'
import { type Clock, systemClock } from '../clock.ts'
import { newId } from '../id.ts'
import type { Journal } from '../journal/journal.ts'
import type { AccountOfUser } from '../ledger/verify.ts'
import { createTestDatabase, type TestDatabase } from '../testing/database.ts'
import { openJournal } from '../testing/journal.ts'
import { IncrementalCheck, type IncrementalCheckOptions } from './incremental-check.ts'
import { createQuarantines, type Quarantines } from './quarantines.ts'

/** An hour ahead, so that whatever was just written counts as settled. */
export const laterClock: Clock = {
  now: () => new Date(systemClock.now().getTime() + 3_600_000),
}

export interface ProofUnderTest {
  readonly quarantines: Quarantines
  /** The accounts that went into quarantine, with their faults, in order. */
  readonly told: { readonly account: AccountOfUser; readonly faults: readonly string[] }[]
  readonly sumsTold: string[]
  newCheck(options?: Partial<IncrementalCheckOptions>): IncrementalCheck
  /** Runs a round through all accounts, by a check that knows nothing of the run before each time. */
  runRound(options?: Partial<IncrementalCheckOptions>): Promise<void>
}

/** The incremental check on a test database. */
export function proofUnderTest(pool: pg.Pool): ProofUnderTest {
  const told: { account: AccountOfUser; faults: readonly string[] }[] = []
  const sumsTold: string[] = []
  const quarantines = createQuarantines({
    pool,
    clock: laterClock,
    newId,
    onQuarantined: (account, faults) => told.push({ account, faults }),
  })
  const newCheck = (options: Partial<IncrementalCheckOptions> = {}) =>
    new IncrementalCheck({
      pool,
      clock: laterClock,
      quarantines,
      entriesPerLookMax: 1_000,
      roundMs: 0,
      settledMs: 1_000,
      onSumsFaulty: (details) => sumsTold.push(...details),
      ...options,
    })
  return {
    quarantines,
    told,
    sumsTold,
    newCheck,
    async runRound(options) {
      while (await newCheck(options).run());
    },
  }
}

/** A database of its own for a test file, with a journal and the proof on it. */
export interface ProvingDatabase {
  readonly database: TestDatabase
  readonly pool: pg.Pool
  readonly journal: Journal
  readonly proof: ProofUnderTest
}

export function useProvingDatabase(receive: (proving: ProvingDatabase) => void): void {
  let opened: ProvingDatabase | undefined
  beforeAll(async () => {
    const database = await createTestDatabase()
    const { connectionString } = database
    const pool = new pg.Pool({ connectionString })
    const journal = await openJournal({ connectionString, pool })
    opened = { database, pool, journal, proof: proofUnderTest(pool) }
    receive(opened)
  })
  afterAll(async () => {
    await opened?.journal.close()
    await opened?.pool.end()
    await opened?.database.drop()
  })
}

/** As somebody who has the database in his hands: without triggers. */
export async function tamper(
  connectionString: string,
  statement: string,
  values: readonly unknown[] = [],
): Promise<void> {
  const client = new pg.Client({ connectionString })
  await client.connect()
  try {
    await client.query(`set session_replication_role = 'replica'`)
    const { rowCount } = await client.query(statement, [...values])
    if (rowCount !== 1) throw new Error(`${rowCount} rows were tampered with, not one`)
  } finally {
    await client.end()
  }
}
