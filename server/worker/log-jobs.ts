import type { Sealer } from '../log/sealer.ts'
import type { Job } from './job-runner.ts'

/** How long what another process has committed, and did not seal itself, waits at most to be found. */
const lookMs = 1_000

/** Seals what was committed: at once when it is nudged, and under load as often as the pause allows. */
export function sealingJob({ sealer, pauseMs }: { sealer: Sealer; pauseMs: number }): Job {
  return {
    name: 'the sealing of the log',
    intervalMs: Math.max(lookMs, pauseMs),
    pauseMs,
    runsAtStop: true,
    run: () => sealer.sealSome(),
  }
}

/** Gives a witness the newest head; the last of a process too. */
export function witnessJob({
  name,
  intervalMs,
  run,
}: Pick<Job, 'name' | 'intervalMs' | 'run'>): Job {
  return { name, intervalMs, pauseMs: intervalMs, runsAtStop: true, run }
}
