import type pg from 'pg'
import type { Clock } from '../clock.ts'
import { advisoryLocks, alone } from '../database/session-lock.ts'
import { transactionOn } from '../database/transaction.ts'
import { backfillPage, collecting } from './backfill.ts'

/**
 * Counts stored events into metrics that are still collected, a page at a time: what was counted and how
 * far it has got are committed together, so that a process that dies in between loses and doubles nothing.
 */
export async function runBackfill({
  pool,
  clock,
}: {
  pool: pg.Pool
  clock: Clock
}): Promise<boolean> {
  return await alone(pool, { lock: advisoryLocks.backfill, otherwise: false }, (client) =>
    transactionOn(client, async () => {
      const metrics = await collecting(client)
      await backfillPage(client, metrics, clock.now())
      // Others may have been registered since.
      return metrics !== null
    }),
  )
}
