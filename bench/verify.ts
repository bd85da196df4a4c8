/** `npx tsx bench/verify.ts`: the complete proof of zero beside one query that sums the entries by account. */
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { startEmbeddedPostgres } from '@pineos/server/database/embedded/supervisor.ts'
import { migrate } from '@pineos/server/database/migrate.ts'
import { flowTable } from '@pineos/server/ledger/flow-effects.ts'
import { verifyLedger } from '@pineos/server/ledger/verify.ts'
import { openSealer } from '@pineos/server/testing/log.ts'
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
// One backend and no workers, so that its processor time is all that there is.
const alone = new pg.Pool({
  connectionString: postgres.connectionString,
  max: 1,
  options: '-c max_parallel_workers=0',
})
try {
  await migrate({ connectionString: postgres.connectionString, log: () => {} })
  const client = await pool.connect()
  await fillLedger(client, { entries, flowTable })
  client.release()
  await sealAll()
  await measure()
  await measureProcessorTime()
} finally {
  await alone.end()
  await pool.end()
  await postgres.stop()
  rmSync(directory, { recursive: true, force: true })
}

/** All entries in the log, as a service would have them by then. */
async function sealAll(): Promise<void> {
  await pool.query(
    `insert into log_intake (batch_id, entry_ids)
     select (array_agg(n.id order by n.id))[1], array_agg(n.id order by n.id)
     from (select e.id, (row_number() over (order by e.id) - 1) / 1000 as batch from ledger_entries e) n
     group by n.batch`,
  )
  await openSealer(pool).sealNow()
  await pool.query('vacuum analyze')
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
    proofs.push(await timed(() => prove(pool)))
  }
  printRatio(median(baselines.slice(1)), median(proofs.slice(1)))
}

/** The same in processor time, which others on the machine do not change; where the system tells it. */
async function measureProcessorTime(): Promise<void> {
  if (process.platform !== 'linux') return
  printHeading('Processor time of the same, without parallel workers')
  const { rows } = await alone.query<{ pid: number }>('select pg_backend_pid() as pid')
  const spent = () => {
    const fields = readFileSync(`/proc/${rows[0]?.pid}/stat`, 'utf8').split(' ')
    // In hundredths of a second: in user mode, in the kernel (proc(5)).
    return (Number(fields[13]) + Number(fields[14])) * 10
  }
  const costOf = async (work: () => Promise<unknown>) => {
    const before = spent()
    await work()
    return spent() - before
  }
  printRatio(await costOf(() => alone.query(sumsByAccount)), await costOf(() => prove(alone)))
}

function printRatio(baselineMs: number, proofMs: number): void {
  const ratio = proofMs / baselineMs
  printLine(`one query that sums them by account: ${Math.round(baselineMs)} ms`)
  printLine(
    `complete proof: ${Math.round(proofMs)} ms; ratio ${ratio.toFixed(2)}, target at most ${ratioMax}: ${ratio <= ratioMax ? 'reached' : 'MISSED'}`,
  )
}

async function prove(on: pg.Pool): Promise<void> {
  const { ok, checks } = await verifyLedger(on, { full: true })
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
