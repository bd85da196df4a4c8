import type { EntryPosition } from '@pineos/core/ledger/entry.ts'
import type { MetricNumbers } from './load-counters.ts'

/** What was in the database when the batch was loaded, to compare with when it is saved. */
export interface Loaded {
  /** Versions of the balances, by user and currency; absent where there is none yet. */
  readonly versions: ReadonlyMap<string, bigint>
  readonly positions: ReadonlyMap<string, EntryPosition>
  /** When the latest of the balances was updated, in epoch milliseconds; 0 where it was not asked for. */
  readonly updatedAtMs: number
}

export interface SaveContext {
  readonly loaded: Loaded
  /** RFC 3339, UTC: the time of the batch. */
  readonly recordedAt: string
  /** A new UUIDv7, under which the entries of the batch wait to be sealed. */
  readonly batchId: string
  /** Under which numbers the metrics of the batch are kept. */
  readonly metricNumber: MetricNumbers
}
