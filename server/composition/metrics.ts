import { answerInTime } from '../database/probe.ts'
import { countAllEntries } from '../ledger/entry-count.ts'
import { createMetrics, type Metrics } from '../observability/metrics.ts'
import { readProofStatus } from '../proof/proof-status.ts'
import { version } from '../version.ts'
import type { Foundation } from './parts.ts'

/** The metrics of the process; `queueLength` is asked when they are scraped. */
export function createLedgerMetrics(
  { config, clock, pool }: Foundation,
  queueLength: () => number,
): Metrics {
  return createMetrics({
    clock,
    version,
    journal: {
      queueMax: config.journalQueueMax,
      get queueLength() {
        return queueLength()
      },
    },
    readLedger: () =>
      answerInTime(async () => {
        const [entries, proof] = await Promise.all([countAllEntries(pool), readProofStatus(pool)])
        return { entries, proof }
      }, null),
  })
}
