/**
 * What sealing costs: credits of a service that seals beside those of one that is told to wait for an hour,
 * by their rate and by the processor time that one takes.
 */
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { startBenchService } from './bench-service.ts'
import { runLoad } from './load.ts'
import { printHeading, printLine } from './report.ts'
import { credit } from './requests.ts'

const { values: options } = parseArgs({
  options: {
    seconds: { type: 'string', default: '6' },
    rounds: { type: 'string', default: '6' },
    connections: { type: 'string', default: '256' },
  },
})
const durationS = Number(options.seconds)
const connections = Number(options.connections)

const directory = mkdtempSync(join(tmpdir(), 'pineos-bench-'))
// PostgreSQL runs under another account where this runs as root.
chmodSync(directory, 0o755)
const services = await Promise.all(
  Object.entries({ sealing: '1000', waiting: '3600000' }).map(async ([name, intervalMs]) => {
    const own = join(directory, name)
    mkdirSync(own, { mode: 0o755 })
    return {
      name,
      ...(await startBenchService(own, { settings: { LOG_SEAL_INTERVAL_MS: intervalMs } })),
    }
  }),
)
try {
  const rounds = new Map<string, Round[]>(services.map(({ name }) => [name, []]))
  printHeading(
    `Credits, ${connections} connections, ${options.rounds} rounds of ${durationS} s each`,
  )
  // The first round warms up the compilers of Node and the caches of PostgreSQL; it is not counted.
  for (let round = 0; round <= Number(options.rounds); round++) {
    // In turn, and each first as often as the other.
    for (const service of round % 2 === 0 ? services : [...services].reverse()) {
      const { baseUrl: url, apiKey } = service
      const before = service.processorTime()
      const { perSecond } = await runLoad({ url, apiKey, connections, durationS, next: credit })
      const after = service.processorTime()
      if (round === 0) continue
      const microseconds = (spentMs: number) => (spentMs * 1_000) / (perSecond * durationS)
      const measured = {
        perSecond,
        serviceUs: microseconds(after.serviceMs - before.serviceMs),
        postgresUs: microseconds(after.postgresMs - before.postgresMs),
      }
      rounds.get(service.name)?.push(measured)
      printLine(`${service.name}: ${textOf(measured)}`)
    }
  }
  const [sealing, waiting] = [...rounds.values()].map(medians)
  if (!sealing || !waiting) throw new Error('nothing was measured')
  printLine(`median of sealing: ${textOf(sealing)}`)
  printLine(`median of waiting: ${textOf(waiting)}`)
  const costOf = ({ serviceUs, postgresUs }: Round) => serviceUs + postgresUs
  printLine(
    `ratio of the rates ${(sealing.perSecond / waiting.perSecond).toFixed(3)}, of the processor time ${(costOf(waiting) / costOf(sealing)).toFixed(3)}`,
  )
} finally {
  await Promise.all(services.map((service) => service.stop()))
  rmSync(directory, { recursive: true, force: true })
}

interface Round {
  readonly perSecond: number
  /** Of the processor, for a credit. */
  readonly serviceUs: number
  readonly postgresUs: number
}

function textOf({ perSecond, serviceUs, postgresUs }: Round): string {
  return `${Math.round(perSecond)}/s, ${serviceUs.toFixed(0)} µs of the service and ${postgresUs.toFixed(0)} of PostgreSQL a credit`
}

function medians(rounds: readonly Round[]): Round {
  return {
    perSecond: median(rounds.map((round) => round.perSecond)),
    serviceUs: median(rounds.map((round) => round.serviceUs)),
    postgresUs: median(rounds.map((round) => round.postgresUs)),
  }
}

function median(rates: readonly number[]): number {
  const sorted = [...rates].sort((a, b) => a - b)
  const middle = sorted.length / 2
  return ((sorted[Math.floor(middle)] ?? 0) + (sorted[Math.ceil(middle) - 1] ?? 0)) / 2
}
