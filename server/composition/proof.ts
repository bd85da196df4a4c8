import { newId } from '../id.ts'
import { createProver, type Prover } from '../proof/complete-proof.ts'
import { IncrementalCheck } from '../proof/incremental-check.ts'
import { createQuarantines, type Quarantines } from '../proof/quarantines.ts'
import { proofJob } from '../worker/proof-jobs.ts'
import type { Worker } from '../worker/worker.ts'
import type { Foundation, Parts } from './parts.ts'

/** How much later than its id an entry may still be committed, beyond the deadline of its caller. */
const lateCommitMs = 5_000

/** The proof of zero on request, and what follows from its faults. */
export function createProof({ log, clock, pool }: Foundation): {
  quarantines: Quarantines
  prover: Prover
} {
  const quarantines = createQuarantines({
    pool,
    clock,
    newId,
    onQuarantined: ({ userId, currency }, faults) =>
      log.error({ user_id: userId, currency, faults }, 'an account was put in quarantine'),
  })
  return { quarantines, prover: createProver({ pool, clock, quarantines }) }
}

/** Adds the proof of zero in the background to the worker, unless it is turned off. */
export function addProof(worker: Worker, { config, log, clock, pool, quarantines }: Parts): void {
  if (config.proofEntriesMax === 0) return
  const check = new IncrementalCheck({
    pool,
    clock,
    quarantines,
    entriesPerLookMax: config.proofEntriesMax,
    roundMs: config.proofRoundMs,
    settledMs: config.journalDeadlineMs + lateCommitMs,
    onSumsFaulty: (details) => log.error({ details }, 'the sums of the ledger are not right'),
  })
  worker.add(proofJob(check))
}
