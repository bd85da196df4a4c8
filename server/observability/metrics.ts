import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { Clock } from '../clock.ts'
import type { JournalObserver } from '../journal/observer.ts'
import type { FaultCounts, ProofStatus } from '../proof/proof-status.ts'
import { type AnsweredRequest, RequestDurations } from './request-durations.ts'

/** What the metrics read when they are asked for. */
export interface MetricsSources {
  readonly clock: Clock
  readonly version: string
  readonly journal: { readonly queueLength: number; readonly queueMax: number }
  /** Null where the database did not answer in time. */
  readonly readLedger: () => Promise<LedgerFigures | null>
}

export interface LedgerFigures {
  readonly entries: number
  readonly proof: ProofStatus
}

export interface Metrics {
  /** The media type of the text format of Prometheus. */
  readonly contentType: string
  /** All metrics as they are now. */
  render(): Promise<string>
  readonly answered: (request: AnsweredRequest) => void
  readonly journal: JournalObserver
}

const batchSeconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10]
const batchSizes = [1, 2, 5, 10, 25, 50, 100, 250, 500, 1_000]

/** Counts what happens in plain numbers; everything else is read when somebody asks. */
export function createMetrics(sources: MetricsSources): Metrics {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry })
  new Gauge({
    name: 'pineos_info',
    help: 'Always 1; the version is a label',
    labelNames: ['version'],
    registers,
  }).set({ version: sources.version }, 1)
  const requests = new RequestDurations()
  const setLedger = ledgerGauges(registry, sources.clock)
  return {
    contentType: registry.contentType,
    answered: (request) => requests.add(request),
    journal: journalObserver(registry, sources.journal),
    async render() {
      setLedger(await sources.readLedger())
      return `${await registry.metrics()}${requests.render()}`
    },
  }
}

function journalObserver(registry: Registry, journal: MetricsSources['journal']): JournalObserver {
  const registers = [registry]
  new Gauge({
    name: 'pineos_journal_queue_length',
    help: 'Postings that wait for a batch',
    registers,
    collect() {
      this.set(journal.queueLength)
    },
  })
  new Gauge({
    name: 'pineos_journal_queue_max',
    help: 'Postings that may wait; more are answered 503',
    registers,
  }).set(journal.queueMax)
  const durations = new Histogram({
    name: 'pineos_journal_batch_duration_seconds',
    help: 'From taking a batch to its outcome, over whatever stood in the way',
    buckets: batchSeconds,
    registers,
  })
  const sizes = new Histogram({
    name: 'pineos_journal_batch_size',
    help: 'Commands in a batch',
    buckets: batchSizes,
    registers,
  })
  const counter = (name: string, help: string) => new Counter({ name, help, registers })
  const clashes = counter(
    'pineos_journal_clashes_total',
    'Attempts that another writer was before; each was made again',
  )
  const outages = counter(
    'pineos_journal_outages_total',
    'Attempts that found the database gone or lost it; each was made again',
  )
  return {
    batchDone: ({ commands, durationMs }) => {
      sizes.observe(commands)
      durations.observe(durationMs / 1_000)
    },
    clashed: () => clashes.inc(),
    lostDatabase: () => outages.inc(),
  }
}

/** Gauges of what the database keeps; without an answer of it they are left out. */
function ledgerGauges(registry: Registry, clock: Clock): (figures: LedgerFigures | null) => void {
  const gauge = <Label extends string>(name: string, help: string, labelNames: Label[] = []) =>
    new Gauge<Label>({ name, help, labelNames, registers: [registry] })
  const answers = gauge('pineos_database_up', 'Whether the database answered in time: 0 or 1')
  const entries = gauge('pineos_ledger_entries', 'Entries of the ledger')
  const accounts = gauge('pineos_quarantined_accounts', 'Accounts in quarantine')
  const faults = gauge(
    'pineos_proof_faults',
    'Faults by check, of the latest complete proof, of the sums, and of the accounts in quarantine',
    ['proof', 'check'],
  )
  const ok = gauge('pineos_proof_ok', 'Whether the proof found nothing: 0 or 1', ['proof'])
  const age = gauge(
    'pineos_proof_age_seconds',
    'How long ago: the check in the background at work, a round of it completed, a proof',
    ['proof'],
  )
  const tellProof = (proof: ProofStatus) => {
    accounts.set(proof.quarantinedAccounts)
    for (const [name, counts] of faultCounts(proof)) {
      ok.set({ proof: name }, Object.keys(counts).length === 0 ? 1 : 0)
      for (const [check, count] of Object.entries(counts)) faults.set({ proof: name, check }, count)
    }
    for (const [name, at] of proofTimes(proof)) {
      age.set({ proof: name }, (clock.now().getTime() - at.getTime()) / 1_000)
    }
  }
  return (figures) => {
    for (const each of [faults, ok, age]) each.reset()
    // A gauge without labels would be zero after a reset; without an answer it is not there.
    for (const each of [entries, accounts]) each.remove()
    answers.set(figures ? 1 : 0)
    if (!figures) return
    entries.set(figures.entries)
    tellProof(figures.proof)
  }
}

function faultCounts({ sums, complete, quarantineFaults }: ProofStatus): [string, FaultCounts][] {
  return [
    ...(sums ? [['sums', sums.faults] as [string, FaultCounts]] : []),
    ...(complete ? [['complete', complete.faults] as [string, FaultCounts]] : []),
    ['quarantine', quarantineFaults],
  ]
}

function proofTimes({
  checkedAt,
  roundCompletedAt,
  sums,
  complete,
}: ProofStatus): [string, Date][] {
  const times: readonly [string, Date | null | undefined][] = [
    ['incremental', checkedAt],
    ['round', roundCompletedAt],
    ['sums', sums?.provedAt],
    ['complete', complete?.provedAt],
  ]
  return times.flatMap(([name, at]) => (at ? [[name, at] as [string, Date]] : []))
}
