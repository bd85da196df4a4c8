import { runBackfill } from '../rules/backfill-run.ts'
import { createBudgets } from '../rules/budgets.ts'
import { backfillJob, budgetsJob, refreshJob } from '../worker/rule-jobs.ts'
import type { JobHandle, Worker } from '../worker/worker.ts'
import type { Parts } from './parts.ts'

/** Adds to the worker what rules need beside the events. */
export function addRuleJobs(
  worker: Worker,
  { pool, clock, ruleBook, rules }: Parts,
): { budgets: JobHandle } {
  worker.add(refreshJob(() => ruleBook.refresh()))
  worker.add(backfillJob(() => runBackfill({ pool, clock })))
  const { pauseSpent } = createBudgets({ pool, ruleBook, moves: rules.moves })
  return { budgets: worker.add(budgetsJob(pauseSpent)) }
}
