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
      answersInTime(async () => {
        await pool.query('select 1')
        return true
      }),
    isMigrated: () =>
      answersInTime(async () => (await migrationStatus(pool)).every(({ isApplied }) => isApplied)),
    isAccepting,
  }
}

async function answersInTime(ask: () => Promise<boolean>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), probeTimeoutMs)
  })
  try {
    return await Promise.race([ask(), late])
  } catch {
    return false
  } finally {
    clearTimeout(timer)
  }
}
