import { expect, test } from 'vitest'
import { createMetrics, type LedgerFigures } from './metrics.ts'

const now = new Date('2027-01-31T12:00:00.000Z')
const figures: LedgerFigures = {
  entries: 42,
  proof: {
    checkedAt: new Date(now.getTime() - 1_500),
    roundCompletedAt: null,
    sums: { provedAt: new Date(now.getTime() - 60_000), faults: {} },
    complete: null,
    quarantinedAccounts: 2,
    quarantineFaults: { balances_equal_entries: 3 },
  },
}

function metricsOf(answers: (LedgerFigures | null)[]) {
  return createMetrics({
    clock: { now: () => now },
    version: '1.2.3',
    journal: { queueLength: 5, queueMax: 100 },
    readLedger: async () => answers.shift() ?? null,
  })
}

test('counts requests by the path of their route, each in the first bound that holds it', async () => {
  const metrics = metricsOf([])
  for (const durationMs of [1, 5, 7, 60_000])
    metrics.answered({ method: 'GET', route: '/a/:b', status: 200, durationMs })
  const lines = (await metrics.render()).split('\n')
  const series = (name: string) => lines.filter((line) => line.startsWith(name))
  const bucket = (le: string) =>
    `pineos_http_request_duration_seconds_bucket{le="${le}",method="GET",route="/a/:b",status="200"}`
  expect(lines).toContain(`${bucket('0.005')} 2`)
  expect(lines).toContain(`${bucket('0.01')} 3`)
  expect(lines).toContain(`${bucket('10')} 3`)
  expect(lines).toContain(`${bucket('+Inf')} 4`)
  expect(series('pineos_http_request_duration_seconds_sum')[0]).toMatch(/ 60\.013$/)
  expect(series('pineos_http_request_duration_seconds_count')[0]).toMatch(/ 4$/)
})

test('cannot be broken by what stands in a label', async () => {
  const metrics = metricsOf([])
  metrics.answered({ method: 'GET', route: 'a"b\\c\nd', status: 200, durationMs: 1 })
  expect(await metrics.render()).toContain('route="a\\"b\\\\c\\nd"')
})

test('tells what the journal does', async () => {
  const metrics = metricsOf([])
  metrics.journal.batchDone({ commands: 30, durationMs: 12 })
  metrics.journal.clashed()
  metrics.journal.lostDatabase()
  metrics.journal.lostDatabase()
  const text = await metrics.render()
  expect(text).toMatch(/^pineos_journal_queue_length 5$/m)
  expect(text).toMatch(/^pineos_journal_queue_max 100$/m)
  expect(text).toMatch(/^pineos_journal_batch_size_sum 30$/m)
  expect(text).toMatch(/^pineos_journal_batch_duration_seconds_sum 0.012$/m)
  expect(text).toMatch(/^pineos_journal_clashes_total 1$/m)
  expect(text).toMatch(/^pineos_journal_outages_total 2$/m)
})

test('says nothing of the ledger while the database does not answer, rather than zero', async () => {
  const metrics = metricsOf([figures, null, figures])
  const first = await metrics.render()
  expect(first).toMatch(/^pineos_database_up 1$/m)
  expect(first).toMatch(/^pineos_ledger_entries 42$/m)
  expect(first).toMatch(/^pineos_quarantined_accounts 2$/m)
  expect(first).toMatch(/^pineos_proof_ok{proof="sums"} 1$/m)
  expect(first).toMatch(/^pineos_proof_ok{proof="quarantine"} 0$/m)
  expect(first).not.toMatch(/proof="complete"|proof="round"/)
  expect(first).toMatch(/^pineos_proof_faults{.*check="balances_equal_entries"} 3$/m)
  expect(first).toMatch(/^pineos_proof_age_seconds{proof="incremental"} 1.5$/m)
  const second = await metrics.render()
  expect(second).toMatch(/^pineos_database_up 0$/m)
  expect(second).not.toMatch(/^pineos_(ledger_entries|quarantined_accounts|proof_\w+)[ {]/m)
  expect(await metrics.render()).toMatch(/^pineos_ledger_entries 42$/m)
})
