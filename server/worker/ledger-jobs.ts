import type { Adjustments } from '../adjustments/adjustments.ts'
import type { Job } from './job-runner.ts'
import type { Maturity } from './maturity.ts'

const maturityMs = 1_000
const periodsMs = 60_000
const adjustmentsMs = 10_000
const publicationsMs = 500

/** Posts what matures and expires, within a second of its time. */
export function maturityJob(maturity: Maturity): Job {
  return {
    name: 'the maturing of credits',
    intervalMs: maturityMs,
    pauseMs: 0,
    runsAtStop: false,
    run: () => maturity.run(),
  }
}

/** Takes the sums of a closed period where whoever closed it was interrupted. */
export function periodsJob(sumPeriods: () => Promise<void>): Job {
  return {
    name: 'the summing of closed periods',
    intervalMs: periodsMs,
    pauseMs: 0,
    runsAtStop: false,
    run: async () => {
      await sumPeriods()
      return false
    },
  }
}

/** Posts approved adjustments whose posting was interrupted. */
export function adjustmentsJob(adjustments: Pick<Adjustments, 'finishInterrupted'>): Job {
  return {
    name: 'the finishing of approved adjustments',
    intervalMs: adjustmentsMs,
    pauseMs: 0,
    runsAtStop: false,
    run: async () => {
      await adjustments.finishInterrupted()
      return false
    },
  }
}

/** Publishes the versions of rules whose time has come, within a second of it. */
export function publicationsJob(publications: { run(): Promise<boolean> }): Job {
  return {
    name: 'the publishing of scheduled versions of rules',
    intervalMs: publicationsMs,
    pauseMs: 0,
    runsAtStop: false,
    run: () => publications.run(),
  }
}
