/** `npx tsx bench/statement.ts`: a page of a statement out of a million entries, beside a look-up of one row. */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { systemClock } from '@pineos/server/clock.ts'
import { startEmbeddedPostgres } from '@pineos/server/database/embedded/supervisor.ts'
import { migrate } from '@pineos/server/database/migrate.ts'
import { createPool } from '@pineos/server/database/session.ts'
import { type EntryRow, entryColumns, entryFromRow } from '@pineos/server/ledger/entry-row.ts'
import { createStatements, type StatementRequest } from '@pineos/server/ledger/statement.ts'
import { entryToWire, statementToWire } from '@pineos/server/ledger/wire.ts'
import { journalSession } from '@pineos/server/testing/journal.ts'
import type pg from 'pg'
import { printHeading, printLine } from './report.ts'

const { values: options } = parseArgs({
  options: {
    entries: { type: 'string', default: '1000000' },
    rounds: { type: 'string', default: '400' },
  },
})
const entriesCount = Number(options.entries)
const rounds = Number(options.rounds)
const limit = 100
const ratioMax = 5
// Entries are a second apart; every thousandth counts from a day before.
const firstAt = Date.parse('2026-01-01T00:00:00Z')
const at = (share: number) =>
  new Date(firstAt + Math.floor(share * entriesCount) * 1_000).toISOString()

// As superuser: the journal would take minutes, and the statement reads the same rows.
const manyEntries = `
  insert into ledger_entries (user_id, id, flow, entry_type, amount_cents, currency, debit_account,
    credit_account, user_sequence, balance_after_cents, pending_after_cents, debt_after_cents,
    reward_id, idempotency_key, actor, metadata, effective_at, recorded_at)
  select 'much', gen_random_uuid(), 'credit', 'credit', 1, 'USD', 'program:default:rewards',
    'user:much:available', n, n, 0, 0, 'bonus', gen_random_uuid()::text,
    'key:01926f3c-7a10-7cc4-9a5e-0c6a5f6f3b12', '{"campaign": "spring"}',
    at - case when n % 1000 = 0 then interval '1 day' else interval '0' end, at
  from generate_series(1, $1::integer) n
  cross join lateral (select $2::timestamptz + n * interval '1 second' as at) t`

const directory = mkdtempSync(join(tmpdir(), 'pineos-bench-'))
// PostgreSQL runs under another account where this runs as root.
chmodSync(directory, 0o755)
const postgres = await startEmbeddedPostgres({ dataDir: directory, log: () => {} })
const { connectionString } = postgres
await migrate({ connectionString, log: () => {} })
const pool = createPool({
  ...journalSession(connectionString),
  role: null,
  applicationName: 'bench',
  connectionsMax: 10,
  // The sessions that are left when the server stops.
  onError: () => {},
})
const statements = createStatements({ pool, clock: systemClock })
try {
  printHeading('Machine')
  const processor = cpus()[0]?.model.trim() ?? 'unknown processor'
  printLine(
    `Node ${process.version}, PostgreSQL ${postgres.version}, ${cpus().length} × ${processor}`,
  )
  await fill()
  printHeading(
    `A page of ${limit} entries of a user with ${entriesCount}: of ${rounds} the tenth percentile (and the median), ms`,
  )
  await measure()
} finally {
  await pool.end()
  await postgres.stop()
  rmSync(directory, { recursive: true, force: true })
}

async function fill(): Promise<void> {
  const client = await pool.connect()
  try {
    await client.query('set statement_timeout = 0')
    const slow = { query_timeout: 600_000 }
    // The driver's own timeout is made for short reads; @types/pg does not list it among the options of one query.
    const run = (text: string, values: unknown[] = []) =>
      client.query({ text, values, ...slow } as pg.QueryConfig)
    await run(manyEntries, [entriesCount, new Date(firstAt).toISOString()])
    await run(
      `insert into user_balances (user_id, currency, available_cents, pending_cents, version, updated_at)
       values ('much', 'USD', $1::bigint, 0, $1::bigint, $2::timestamptz)`,
      [entriesCount, at(1)],
    )
    await run('vacuum (analyze) ledger_entries')
  } finally {
    client.release()
  }
}

async function measure(): Promise<void> {
  const [rows, row] = await timesOf(readRows, readRow)
  printLine(
    `the ${limit} rows alone: ${textOf(rows)}; look-up of one row: ${textOf(row)}; ratio ${(rows.low / row.low).toFixed(1)}`,
  )
  const cases = [
    { name: 'first page of everything', parts: {} },
    { name: 'page in the middle', parts: { from: at(0.2), to: at(0.8) }, isSecondPage: true },
    { name: 'first page from the middle on', parts: { from: at(0.5), to: at(0.9) } },
    {
      name: 'effective: first page of everything',
      parts: { axis: 'effective' as const },
    },
    {
      name: 'effective: page in the middle',
      parts: { axis: 'effective' as const, from: at(0.2), to: at(0.8) },
      isSecondPage: true,
    },
  ]
  for (const { name, parts, isSecondPage = false } of cases) {
    const request = await requestOf(parts, isSecondPage)
    const [page, lookUp] = await timesOf(() => readPage(request), readRow)
    const ratio = page.low / lookUp.low
    printLine(
      `${name}: ${textOf(page)}; look-up of one row: ${textOf(lookUp)}; ratio ${ratio.toFixed(1)}, at most ${ratioMax}: ${ratio <= ratioMax ? 'reached' : 'MISSED'}`,
    )
  }
}

async function requestOf(
  parts: Partial<StatementRequest>,
  isSecondPage: boolean,
): Promise<StatementRequest> {
  const request: StatementRequest = {
    userId: 'much',
    currency: 'USD',
    axis: 'recorded',
    from: null,
    to: null,
    knownAt: null,
    ...parts,
  }
  if (!isSecondPage) return request
  const { start, read } = await statements.open(request)
  return { ...request, cursor: (await read(start, limit)).next?.cursor }
}

/** All that the route does between the request and the serialiser. */
async function readPage(request: StatementRequest): Promise<void> {
  const { head, page } = await statements.page(request, limit)
  const { lines, next } = page
  const body = statementToWire(head, { lines, nextCursor: next?.cursor ?? null })
  if (body.lines.length !== limit) throw new Error(`${body.lines.length} lines`)
}

/** The baseline: one entry by its place in the sequence. */
async function readRow(): Promise<void> {
  const { rows } = await pool.query<EntryRow>({
    name: 'bench_look_up',
    text: `select ${entryColumns} from ledger_entries e
           where e.user_id = $1::text and e.currency = $2::text and e.user_sequence = $3::bigint`,
    values: ['much', 'USD', 1 + Math.floor(Math.random() * entriesCount)],
  })
  const [row] = rows
  if (!row) throw new Error('the entry is not there')
  entryToWire(entryFromRow(row))
}

/** What the driver takes for as many rows by their index, without balances and anything else. */
async function readRows(): Promise<void> {
  const { rows } = await pool.query<EntryRow>({
    name: 'bench_rows',
    text: `select ${entryColumns} from ledger_entries e
           where e.user_id = $1::text and e.currency = $2::text and e.user_sequence > $3::bigint
           order by e.user_sequence limit $4::integer`,
    values: ['much', 'USD', Math.floor((Math.random() * entriesCount) / 2), limit],
  })
  for (const row of rows) entryToWire(entryFromRow(row))
}

interface Times {
  readonly low: number
  readonly median: number
}

function textOf({ low, median }: Times): string {
  return `${low.toFixed(2)} (${median.toFixed(2)})`
}

/**
 * In turns, so that what else the machine does hits both alike; the first quarter warms up. What else
 * runs can only add to a time, so the low ones tell what the work itself takes.
 */
async function timesOf(
  first: () => Promise<void>,
  second: () => Promise<void>,
): Promise<readonly [Times, Times]> {
  const times: readonly [number[], number[]] = [[], []]
  for (let round = -rounds / 4; round < rounds; round++) {
    for (const [index, work] of [first, second].entries()) {
      const startedAt = performance.now()
      await work()
      if (round >= 0) times[index]?.push(performance.now() - startedAt)
    }
  }
  return [summaryOf(times[0]), summaryOf(times[1])]
}

function summaryOf(times: readonly number[]): Times {
  const sorted = times.toSorted((a, b) => a - b)
  const at = (share: number) => sorted[Math.floor(sorted.length * share)] ?? 0
  return { low: at(0.1), median: at(0.5) }
}
