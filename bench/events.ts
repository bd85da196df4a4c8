/** `npx tsx bench/events.ts`: events that rules judge and pay, beside plain credits from the same run. */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type BenchService, startBenchService } from './bench-service.ts'
import { type Load, type LoadResult, runLoad } from './load.ts'
import { medianOf, printFigure, printHeading, printLine } from './report.ts'
import { credit, event } from './requests.ts'

const { values: options } = parseArgs({
  options: {
    seconds: { type: 'string', default: '5' },
    rounds: { type: 'string', default: '3' },
  },
})
const durationS = Number(options.seconds)
const rounds = Number(options.rounds)
const connections = 256
const rulesCount = 10

/**
 * What is measured, in turn: ten rules that are asked about the type of the event. Those on history come
 * first, before there are events that would have to be counted again.
 */
const workloads = [
  {
    type: 'bench.history',
    name: '10 rules on history and limits, 1 met',
    rule: counted,
    ratioMin: 0,
  },
  { type: 'bench.one', name: '1 of 10 rules met, 1 reward', rule: oneOfTen, ratioMin: 0.5 },
  { type: 'bench.ten', name: '10 of 10 rules met, 10 rewards', rule: each, ratioMin: 0 },
] as const

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
  printLine(`Node ${process.version}, PostgreSQL ${running.postgresVersion}, ${running.cpus}`)
  const load = (next: Load['next']): Promise<LoadResult> =>
    runLoad({ url: running.baseUrl, apiKey: running.apiKey, connections, durationS, next })
  // Warms up the compilers of Node and the caches of PostgreSQL; not counted.
  await load(credit)
  printHeading(`${rounds} rounds of ${durationS} s, ${connections} connections, median`)
  for (const { type, name, rule, ratioMin } of workloads) {
    for (let index = 0; index < rulesCount; index++) {
      await running.post('/api/v1/rules', {
        name: `${type} ${index}`,
        rule_json: rule(type, index),
      })
    }
    await load(() => event(type))
    const [measured, baseline]: LoadResult[][] = [[], []]
    for (let round = 0; round < rounds; round++) {
      baseline?.push(await load(credit))
      measured?.push(await load(() => event(type)))
    }
    printFigure({
      name,
      measured: medianOf(measured ?? []),
      baseline: medianOf(baseline ?? []),
      baselineName: 'plain credits',
      ratioMin,
    })
  }
}

function pays(type: string, index: number) {
  const reward = { type: 'credit', user: 'user_id', amount_cents: 100, currency: 'USD' }
  return { on: [type], actions: [{ ...reward, reward_id: `bonus-${index}` }] }
}

/** Three conditions; the tier of an event meets one of the ten. */
function oneOfTen(type: string, index: number) {
  return {
    ...pays(type, index),
    conditions: [
      { field: 'tier', operator: '==', value: index },
      { field: 'purchase.amount_cents', operator: '>=', value: 1_000 },
      { field: 'referrer.is_paid_user', operator: '==', value: true },
    ],
  }
}

function each(type: string, index: number) {
  const { conditions, ...rule } = oneOfTen(type, index)
  return { ...rule, conditions: conditions.slice(1) }
}

/** The same with a count over 30 days, and a limit for each user. */
function counted(type: string, index: number) {
  const { conditions, ...rule } = oneOfTen(type, index)
  const count = { event: type, for: 'user', within: 'P30D' }
  return {
    ...rule,
    conditions: [...conditions, { count, operator: '>=', value: 1 }],
    limits: [{ per: 'user', within: 'month', max_count: 1_000 }],
  }
}
