import { headToWire, readNewestHead } from '../log/head.ts'
import { createOwnKey } from '../log/own-key.ts'
import { createSealer } from '../log/sealer.ts'
import type { SigningKey } from '../log/signing-key.ts'
import { createWitnessing, fileWitness, urlWitness } from '../log/witness.ts'
import { sealingJob, witnessJob } from '../worker/log-jobs.ts'
import type { JobHandle, Worker } from '../worker/worker.ts'
import type { Foundation } from './parts.ts'

/** The sealing of the log, to be told of what was committed. */
export interface Sealing {
  readonly job: JobHandle
  /** Reads or makes the key that heads are signed with. Fails where it cannot be read. */
  readonly ownKey: () => Promise<SigningKey>
  /** Seals all that was committed before. */
  readonly sealNow: () => Promise<void>
}

/** Adds the sealing of the log and its witnesses to the worker. */
export function addSealing(worker: Worker, { config, log, clock, pool }: Foundation): Sealing {
  const { logSigningKey: given, dataDir, logOrigin: origin } = config
  const ownKey = createOwnKey({ pool, clock, given, dataDir })
  const tell = (message: string, error?: unknown) =>
    error === undefined ? log.warn(message) : log.error({ err: error }, message)
  const sealer = createSealer({ pool, clock, origin, ownKey, log: tell })
  const job = worker.add(sealingJob({ sealer, pauseMs: config.logSealIntervalMs }))
  const readHead = async () => {
    const head = await readNewestHead(pool)
    return head && headToWire(head)
  }
  const { logWitnessFile: file, logWitnessUrl: url, logWitnessIntervalMs: intervalMs } = config
  const witnesses = [
    ...(file === undefined ? [] : [fileWitness(file)]),
    ...(url === undefined ? [] : [urlWitness(url)]),
  ]
  for (const witness of witnesses) {
    worker.add(
      witnessJob({ name: witness.name, intervalMs, run: createWitnessing(witness, readHead) }),
    )
  }
  return { job, ownKey, sealNow: () => sealer.sealNow() }
}
