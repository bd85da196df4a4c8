/** `npx tsx bench/verify.ts`: the complete proof of zero beside one query that sums the entries by account. */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { startEmbeddedPostgres } from '@pineos/server/database/embedded/supervisor.ts'
import { migrate } from '@pineos/server/database/migrate.ts'
import { flowTable } from '@pineos/server/ledger/flow-effects.ts'
import { verifyLedger } from '@pineos/server/ledger/verify.ts'
import pg from 'pg'
import { fillLedger } from './ledger-fill.ts'
import { printHeading, printLine } from './report.ts'

const { values: options } = parseArgs({
  options: {
    entries: { type: 'string', default: '1000000' },
    rounds: { type: 'string', default: '3' },
  },
})
const entries = Number(options.entries)
const rounds = Number(options.rounds)
const ratioMax = 4

// Every entry moves an amount out of one account and into another.
const sumsByAccount = `
  select a.account, e.currency, sum(a.debits), sum(a.credits)
  from ledger_entries e
  cross join lateral (values (e.debit_account, e.amount_cents, 0), (e.credit_account, 0, e.amount_cents))
    as a (account, debits, credits)
  group by 1, 2`

const directory = mkdtempSync(join(tmpdir(), 'pineos-bench-'))
// PostgreSQL runs under another account where this runs as root.
chmodSync(directory, 0o755)
const postgres = await startEmbeddedPostgres({ dataDir: join(directory, 'data'), log: () => {} })
const pool = new pg.Pool({ connectionString: postgres.connectionString })
try {
  await migrate({ connectionString: postgres.connectionString, log: () => {} })
  const client = await pool.connect()
  await fillLedger(client, { entries, flowTable })
  client.release()
  await measure()
} finally {
  await pool.end()
  await postgres.stop()
  rmSync(directory, { recursive: true, force: true })
}

async function measure(): Promise<void> {
  const processor = cpus()[0]?.model.trim() ?? 'unknown processor'
  printHeading('Machine')
  printLine(
    `Node ${process.version}, PostgreSQL ${postgres.version}, ${cpus().length} × ${processor}`,
  )
  const { rows } = await pool.query<{ count: string }>(
    'select count(*)::text as count from ledger_entries',
  )
  printHeading(`Complete proof of ${rows[0]?.count} entries, median of ${rounds} rounds in turn`)
  const baselines: number[] = []
  const proofs: number[] = []
  // One more of each at first, for the caches.
  for (let round = 0; round <= rounds; round++) {
    baselines.push(await timed(() => pool.query(sumsByAccount)))
    proofs.push(await timed(prove))
  }
  const baseline = median(baselines.slice(1))
  const proof = median(proofs.slice(1))
  const ratio = proof / baseline
  printLine(`one query that sums them by account: ${Math.round(baseline)} ms`)
  printLine(
    `complete proof: ${Math.round(proof)} ms; ratio ${ratio.toFixed(2)}, target at most ${ratioMax}: ${ratio <= ratioMax ? 'reached' : 'MISSED'}`,
  )
}

async function prove(): Promise<void> {
  const { ok, checks } = await verifyLedger(pool, { full: true })
  if (!ok)
    throw new Error(
      JSON.stringify(
        checks.filter((check) => !check.ok),
        null,
        2,
      ),
    )
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now()
  await work()
  return performance.now() - startedAt
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? 0
}
