import { type Job, type JobLog, JobRunner } from './job-runner.ts'

/** What others may ask of a job. */
export type JobHandle = Pick<JobRunner, 'nudge' | 'drain'>

/** The jobs of the process, started and stopped together. */
export class Worker {
  readonly #log: JobLog
  readonly #runners: JobRunner[] = []
  #isStarted = false

  constructor(log: JobLog) {
    this.#log = log
  }

  /** Takes a job in before the start; those that finish at the stop do so in the order of adding. */
  add(job: Job): JobHandle {
    const runner = new JobRunner(job, this.#log)
    this.#runners.push(runner)
    return runner
  }

  start(): void {
    this.#isStarted = true
    for (const runner of this.#runners) runner.start()
  }

  /** Waits for what runs, and lets those jobs that want to finish. Does nothing where it never started. */
  async stop(): Promise<void> {
    if (!this.#isStarted) return
    this.#isStarted = false
    await Promise.all(this.#runners.map((runner) => runner.stop()))
    for (const runner of this.#runners) await runner.finish()
  }
}
