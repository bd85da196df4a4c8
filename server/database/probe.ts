import type pg from 'pg'
import { migrationStatus } from './migrate.ts'

export interface DatabaseProbe {
  readonly isDatabaseReached: () => Promise<boolean>
  readonly isMigrated: () => Promise<boolean>
  readonly isAccepting: () => boolean
}

const probeTimeoutMs = 1_000

/** What the health endpoints ask; each question has an answer within a second. */
export function createProbe({
  pool,
  isAccepting,
}: {
  pool: pg.Pool
  isAccepting: () => boolean
}): DatabaseProbe {
  return {
    isDatabaseReached: () =>
      answerInTime(async () => {
        await pool.query('select 1')
        return true
      }, false),
    isMigrated: () =>
      answerInTime(
        async () => (await migrationStatus(pool)).every(({ isApplied }) => isApplied),
        false,
      ),
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
