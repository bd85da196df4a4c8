import { newId } from '../id.ts'
import { sumClosedPeriods } from '../journal/close-period.ts'
import { adjustmentsJob, maturityJob, periodsJob, publicationsJob } from '../worker/ledger-jobs.ts'
import { Maturity } from '../worker/maturity.ts'
import type { Worker } from '../worker/worker.ts'
import type { Parts } from './parts.ts'

/** Adds to the worker what the ledger does by itself. */
export function addLedgerJobs(
  worker: Worker,
  { clock, pool, journal, adjustments, rules }: Parts,
): void {
  worker.add(maturityJob(new Maturity({ pool, journal, clock, newId })))
  worker.add(periodsJob(() => sumClosedPeriods(pool, clock.now().toISOString())))
  worker.add(adjustmentsJob(adjustments))
  worker.add(publicationsJob(rules.publications))
}
