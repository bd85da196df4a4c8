/** `npm run bench`: the speed of the money path, each figure beside its baseline from the same run. */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type BenchService, startBenchService } from './bench-service.ts'
import { syncsPerSecond } from './disk.ts'
import { type Load, type LoadResult, runLoad } from './load.ts'
import { type Figure, medianOf, printFigure, printHeading, printLine } from './report.ts'
import {
  balance,
  baselineCredit,
  batch,
  credit,
  noOpBalance,
  noOpCredit,
  operationsPerBatch,
} from './requests.ts'

const { values: options } = parseArgs({
  options: {
    seconds: { type: 'string', default: '8' },
    rounds: { type: 'string', default: '3' },
    entries: { type: 'string', default: '1000000' },
  },
})
const durationS = Number(options.seconds)
const rounds = Number(options.rounds)
const entriesForGrowth = Number(options.entries)

const directory = mkdtempSync(join(tmpdir(), 'pineos-bench-'))
// PostgreSQL runs under another account where this runs as root.
chmodSync(directory, 0o755)
const service = await startBenchService(directory)
try {
  await measure(service)
} finally {
  await service.stop()
  rmSync(directory, { recursive: true, force: true })
}

async function measure(running: BenchService): Promise<void> {
  printHeading('Machine')
  printLine(`Node ${process.version}, PostgreSQL ${running.postgresVersion}, ${running.cpus}`)
  printLine(`write + fdatasync of 8 KiB: ${Math.round(syncsPerSecond(directory))} a second`)
  const load = (connections: number, next: Load['next']): Promise<LoadResult> =>
    runLoad({ url: running.baseUrl, apiKey: running.apiKey, connections, durationS, next })

  // Warms up the compilers of Node and the caches of PostgreSQL; not counted.
  await load(64, credit)
  await load(64, noOpCredit)

  printHeading(
    `Durable credits, one hot program account (${rounds} rounds of ${durationS} s, median)`,
  )
  const credits64 = await compare(
    () => load(64, credit),
    () => load(64, noOpCredit),
  )
  printFigure(
    figure('credits, 64 connections', credits64, { baseline: 'no-op POST', ratioMin: 0.5 }),
  )
  const credits256 = await compare(
    () => load(256, credit),
    () => load(256, noOpCredit),
  )
  printFigure(
    figure('credits, 256 connections', credits256, { baseline: 'no-op POST', ratioMin: 0.6 }),
  )
  const perRequest = await load(256, baselineCredit)
  const versus = { measured: credits256.measured, baseline: perRequest }
  printFigure(
    figure('credits, 256 connections', versus, {
      baseline: 'a transaction per request',
      ratioMin: 4,
    }),
  )

  printHeading('Balance reads, 64 connections')
  const balances = await compare(
    () => load(64, balance),
    () => load(64, noOpBalance),
  )
  printFigure(figure('balance reads', balances, { baseline: 'no-op GET', ratioMin: 0.5 }))

  printHeading(`Batches of ${operationsPerBatch} credits`)
  const batches = await load(8, batch)
  const operations = { ...batches, perSecond: batches.perSecond * operationsPerBatch }
  const batched = { measured: operations, baseline: credits256.measured }
  printFigure(figure('operations in batches', batched, { baseline: 'single credits', ratioMin: 3 }))

  printHeading(`Growth to ${entriesForGrowth} entries`)
  await grow(running)
  const grown = await compare(
    () => load(256, credit),
    () => load(256, noOpCredit),
  )
  const kept = { measured: grown.measured, baseline: credits256.measured }
  printFigure(
    figure('credits, 256 connections, grown', kept, { baseline: 'near empty', ratioMin: 0.8 }),
  )
  printFigure(
    figure('credits, 256 connections, grown', grown, { baseline: 'no-op POST', ratioMin: 0.6 }),
  )
}

interface Comparison {
  readonly measured: LoadResult
  readonly baseline: LoadResult
}

/** Runs both in turn, several times, so that what else the machine does meets them alike. */
async function compare(
  measured: () => Promise<LoadResult>,
  baseline: () => Promise<LoadResult>,
): Promise<Comparison> {
  const results: { measured: LoadResult[]; baseline: LoadResult[] } = { measured: [], baseline: [] }
  for (let round = 0; round < rounds; round++) {
    results.baseline.push(await baseline())
    results.measured.push(await measured())
  }
  return { measured: medianOf(results.measured), baseline: medianOf(results.baseline) }
}

function figure(
  name: string,
  { measured, baseline }: Comparison,
  target: { baseline: string; ratioMin: number },
): Figure {
  return { name, measured, baseline, baselineName: target.baseline, ratioMin: target.ratioMin }
}

async function grow(running: BenchService): Promise<void> {
  for (
    let entries = await running.countEntries();
    entries < entriesForGrowth;
    entries = await running.countEntries()
  ) {
    const { path, body } = batch()
    const rest = Array.from({ length: 20 }, () => batch().body)
    await Promise.all([body, ...rest].map((operations) => running.post(path, operations)))
  }
}
