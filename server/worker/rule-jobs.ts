import type { Job } from './job-runner.ts'

const simulationsMs = 1_000
const refreshMs = 500
const backfillMs = 1_000
const budgetsMs = 5_000
/** Under load, spent budgets are looked for this often at most. */
const budgetsPauseMs = 100

/** Loads a new set of rules before the next event asks for it. */
export function refreshJob(refresh: () => Promise<void>): Job {
  return {
    name: 'the loading of rules',
    intervalMs: refreshMs,
    pauseMs: 0,
    runsAtStop: false,
    run: async () => {
      await refresh()
      return false
    },
  }
}

/** Counts stored events into metrics that a rule on its way asks for. */
export function backfillJob(run: () => Promise<boolean>): Job {
  return {
    name: 'the counting of stored events',
    intervalMs: backfillMs,
    pauseMs: 0,
    runsAtStop: false,
    run,
  }
}

/** Pauses rules whose budget is spent: nudged by commits, and by itself where a nudge was lost. */
export function budgetsJob(pauseSpent: () => Promise<void>): Job {
  return {
    name: 'the pausing of rules whose budget is spent',
    intervalMs: budgetsMs,
    pauseMs: budgetsPauseMs,
    runsAtStop: false,
    run: async () => {
      await pauseSpent()
      return false
    },
  }
}

/** Runs simulations a page at a time; those that other processes were asked for too. */
export function simulationsJob(runner: { run(): Promise<boolean> }): Job {
  return {
    name: 'the running of simulations',
    intervalMs: simulationsMs,
    pauseMs: 0,
    runsAtStop: false,
    run: () => runner.run(),
  }
}
