/**
 * `npx tsx bench/contention.ts`: the same load on 1, 2 and 4 processes of the service in front of one
 * PostgreSQL, in turn, several times.
 */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type BenchService, startBenchService } from './bench-service.ts'
import { syncsPerSecond } from './disk.ts'
import { type Load, type LoadResult, runLoad } from './load.ts'
import { medianOf, printFigure, printHeading, printLine } from './report.ts'
import { contendedCredit, credit } from './requests.ts'

const { values: options } = parseArgs({
  options: {
    seconds: { type: 'string', default: '6' },
    rounds: { type: 'string', default: '5' },
    connections: { type: 'string', default: '64,256' },
  },
})
const durationS = Number(options.seconds)
const rounds = Number(options.rounds)
const processCounts = [1, 2, 4]

const loads: readonly { readonly name: string; readonly next: Load['next'] }[] = [
  { name: 'half on 3 hot users, half on 1,000', next: contendedCredit },
  { name: '20,000 users alike', next: credit },
]

const directory = mkdtempSync(join(tmpdir(), 'pineos-bench-'))
// PostgreSQL runs under another account where this runs as root.
chmodSync(directory, 0o755)
const service = await startBenchService(directory, { processes: Math.max(...processCounts) })
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
  // Warms up the compilers of Node and the caches of PostgreSQL; not counted.
  await spread(running, { processes: Math.max(...processCounts), connections: 64, next: credit })
  for (const { name, next } of loads) {
    for (const connections of options.connections.split(',').map(Number)) {
      printHeading(
        `${name}, ${connections} connections (${rounds} rounds of ${durationS} s, median)`,
      )
      await compare(running, connections, next)
    }
  }
}

async function compare(
  running: BenchService,
  connections: number,
  next: Load['next'],
): Promise<void> {
  const results = new Map<number, LoadResult[]>(processCounts.map((count) => [count, []]))
  for (let round = 0; round < rounds; round++) {
    for (const processes of processCounts) {
      results.get(processes)?.push(await spread(running, { processes, connections, next }))
    }
  }
  const [alone, ...more] = processCounts
  const baseline = medianOf(results.get(alone ?? 1) ?? [])
  for (const processes of more) {
    printFigure({
      name: `credits, ${processes} processes`,
      measured: medianOf(results.get(processes) ?? []),
      baseline,
      baselineName: '1 process',
      ratioMin: 1,
    })
  }
}

interface Spread {
  readonly processes: number
  readonly connections: number
  readonly next: Load['next']
}

/** The load on the first so many processes, each with its part of the connections. */
async function spread(
  running: BenchService,
  { processes, connections, next }: Spread,
): Promise<LoadResult> {
  const parts = await Promise.all(
    running.baseUrls.slice(0, processes).map((url) =>
      runLoad({
        url,
        apiKey: running.apiKey,
        connections: connections / processes,
        durationS,
        next,
      }),
    ),
  )
  const sum = (value: (part: LoadResult) => number) =>
    parts.reduce((total, part) => total + value(part), 0)
  return {
    perSecond: sum((part) => part.perSecond),
    // Of the slowest process.
    latencyMs: {
      p50: Math.max(...parts.map((part) => part.latencyMs.p50)),
      p99: Math.max(...parts.map((part) => part.latencyMs.p99)),
    },
    failures: sum((part) => part.failures),
  }
}
