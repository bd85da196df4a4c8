import type pg from 'pg'
import { migrationStatus } from './migrate.ts'

export interface DatabaseProbe {
  readonly isDatabaseReached: () => Promise<boolean>
  readonly isMigrated: () => Promise<boolean>
  readonly isWritable: () => Promise<boolean>
  readonly isAccepting: () => boolean
}

/** What whoever writes knows of it. */
export interface WritingHealth {
  /** A write waits at this moment for a database that does not take it. */
  readonly isStuck: boolean
  /** Nothing was written since the database last did not take a write. */
  readonly isDoubted: boolean
}

const probeTimeoutMs = 1_000

// Rows beyond `work_mem` go to a temporary file: some megabytes of the disk, which are given back at
// once. Where there is no room for them there is none for the ledger.
const roomProbe = `
  set local work_mem = '64kB';
  select count(*) from generate_series(1, 100000)`

/** What the health endpoints ask; each question has an answer within a second. */
export function createProbe({
  pool,
  health,
  isAccepting,
}: {
  pool: pg.Pool
  health: WritingHealth
  isAccepting: () => boolean
}): DatabaseProbe {
  const ask = (sql: string) => {
    // The pool lets go of a connection whose answer is late; the declared type does not know the key.
    const query = { text: sql, query_timeout: probeTimeoutMs }
    return answerInTime(async () => {
      await pool.query(query)
      return true
    }, false)
  }
  return {
    isDatabaseReached: () => ask('select 1'),
    isMigrated: () =>
      answerInTime(
        async () => (await migrationStatus(pool)).every(({ isApplied }) => isApplied),
        false,
      ),
    // After an outage without a write since, the disk is asked: nobody may send the next write here
    // before this says that it would be taken.
    isWritable: async () => !health.isStuck && (!health.isDoubted || (await ask(roomProbe))),
    isAccepting,
  }
}

/** What the database answers; the other value where it fails or takes more than a second. */
export async function answerInTime<Answer>(
  ask: () => Promise<Answer>,
  otherwise: Answer,
): Promise<Answer> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<Answer>((resolve) => {
    timer = setTimeout(() => resolve(otherwise), probeTimeoutMs)
  })
  try {
    return await Promise.race([ask(), late])
  } catch {
    return otherwise
  } finally {
    clearTimeout(timer)
  }
}
