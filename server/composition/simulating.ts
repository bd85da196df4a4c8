import { newId } from '../id.ts'
import { SimulationRunner } from '../simulations/simulation-runner.ts'
import { createSimulationStore } from '../simulations/simulation-store.ts'
import { createSimulations, type Simulations } from '../simulations/simulations.ts'
import { simulationsJob } from '../worker/rule-jobs.ts'
import type { Worker } from '../worker/worker.ts'
import type { Parts } from './parts.ts'

/** Simulations, and the one that this process runs. */
export interface Simulating {
  readonly simulations: Simulations
  /** Gives back what it runs, so that another process takes it at once. */
  readonly release: () => Promise<void>
}

/** Adds the running of simulations to the worker. */
export function addSimulations(
  worker: Worker,
  {
    config,
    log,
    clock,
    pool,
    ruleBook,
  }: Pick<Parts, 'config' | 'log' | 'clock' | 'pool' | 'ruleBook'>,
): Simulating {
  const { defaultCurrency, programTimezone: timezone } = config
  const store = createSimulationStore({ pool })
  const rulesInForce = () => ruleBook.inForce()
  const running = { pool, clock, newId, store, rulesInForce, defaultCurrency, timezone }
  const runner = new SimulationRunner(running)
  const job = worker.add(simulationsJob(runner))
  const onCreated = () => job.nudge()
  return {
    simulations: createSimulations({
      pool,
      store,
      clock,
      newId,
      defaultCurrency,
      timezone,
      onCreated,
    }),
    async release() {
      try {
        await runner.release()
      } catch (error) {
        // It will be taken over once it has been silent for long enough.
        log.warn({ err: error }, 'a simulation could not be given back')
      }
    },
  }
}
