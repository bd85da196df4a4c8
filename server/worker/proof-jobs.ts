import type { IncrementalCheck } from '../proof/incremental-check.ts'
import type { Job } from './job-runner.ts'

const restMs = 1_000

/** Goes on with the proof of zero, a bounded piece a second: what is left of a round can wait for it. */
export function proofJob(check: IncrementalCheck): Job {
  return {
    name: 'the proof of zero in the background',
    intervalMs: restMs,
    pauseMs: restMs,
    runsAtStop: false,
    run: async () => {
      await check.run()
      return false
    },
  }
}
