/** What sealing costs: credits of a service that seals beside those of one that is told to wait for an hour. */
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
  const rates = new Map<string, number[]>(services.map(({ name }) => [name, []]))
  printHeading(
    `Credits, ${connections} connections, ${options.rounds} rounds of ${durationS} s each`,
  )
  // The first round warms up the compilers of Node and the caches of PostgreSQL; it is not counted.
  for (let round = 0; round <= Number(options.rounds); round++) {
    // In turn, and each first as often as the other.
    for (const service of round % 2 === 0 ? services : [...services].reverse()) {
      const { baseUrl: url, apiKey } = service
      const { perSecond } = await runLoad({ url, apiKey, connections, durationS, next: credit })
      if (round === 0) continue
      rates.get(service.name)?.push(perSecond)
      printLine(`${service.name}: ${Math.round(perSecond)}/s`)
    }
  }
  const [sealing, waiting] = [...rates.values()].map(median)
  printLine(
    `median: sealing ${Math.round(sealing ?? 0)}/s, waiting ${Math.round(waiting ?? 0)}/s, ratio ${((sealing ?? 0) / (waiting ?? 1)).toFixed(3)}`,
  )
} finally {
  await Promise.all(services.map((service) => service.stop()))
  rmSync(directory, { recursive: true, force: true })
}

function median(rates: readonly number[]): number {
  const sorted = [...rates].sort((a, b) => a - b)
  const middle = sorted.length / 2
  return ((sorted[Math.floor(middle)] ?? 0) + (sorted[Math.ceil(middle) - 1] ?? 0)) / 2
}
