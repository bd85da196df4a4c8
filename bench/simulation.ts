/** `npx tsx bench/simulation.ts`: past events simulated a second, beside live events with the same rules. */
import { randomUUID } from 'node:crypto'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type BenchService, startBenchService } from './bench-service.ts'
import { runLoad } from './load.ts'
import { printHeading, printLine } from './report.ts'

const { values: options } = parseArgs({
  options: {
    seconds: { type: 'string', default: '8' },
    connections: { type: 'string', default: '256' },
    rules: { type: 'string', default: '10' },
  },
})
const rulesCount = Number(options.rules)
const ratioMin = 5
const pollMs = 100
const usersCount = 2_000

await measure('Rules without history', {})
await measure('Rules with a limit for each user', {
  limits: [{ per: 'user', max_count: 1_000_000 }],
})

/** The same rules in both: each is met by one event in as many as there are rules. */
async function measure(heading: string, more: object): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'pineos-bench-'))
  // PostgreSQL runs under another account where this runs as root.
  chmodSync(directory, 0o755)
  const service = await startBenchService(directory)
  try {
    printHeading(`${heading}; ${rulesCount} rules, a reward for each event`)
    for (let index = 0; index < rulesCount; index++) {
      const rule_json = ruleOf(index, more)
      await service.post('/api/v1/rules', { name: `Rule ${index}`, rule_json })
    }
    const live = await sendEvents(service)
    const simulated = await simulate(service, live.events, ruleOf(0, more))
    const ratio = simulated.perSecond / live.perSecond
    const verdict = ratio >= ratioMin ? 'reached' : 'MISSED'
    printLine(`live: ${said(live)}`)
    printLine(`simulated, the rules in force and a draft: ${said(simulated)}`)
    printLine(`ratio ${ratio.toFixed(1)}, target ${ratioMin}: ${verdict}`)
  } finally {
    await service.stop()
    rmSync(directory, { recursive: true, force: true })
  }
}

interface Measured {
  readonly events: number
  readonly perSecond: number
  /** Of the service and of PostgreSQL, for an event. */
  readonly serviceUs: number
  readonly postgresUs: number
}

function said({ events, perSecond, serviceUs, postgresUs }: Measured): string {
  return `${events} events, ${Math.round(perSecond)}/s, processor ${serviceUs.toFixed(1)} + ${postgresUs.toFixed(1)} µs each`
}

async function sendEvents(service: BenchService): Promise<Measured> {
  const { baseUrl: url, apiKey } = service
  const durationS = Number(options.seconds)
  const connections = Number(options.connections)
  let sent = 0
  const next = () => ({ path: '/api/v1/events', body: eventOf(sent++) })
  // Warms up the compilers of Node; not counted.
  await runLoad({ url, apiKey, connections, durationS: 2, next })
  const before = service.processorTime()
  const { perSecond } = await runLoad({ url, apiKey, connections, durationS, next })
  const events = Math.round(perSecond * durationS)
  return { events, perSecond, ...spentSince(service, before, events) }
}

async function simulate(service: BenchService, last: number, rule_json: object): Promise<Measured> {
  const headers = {
    authorization: `Bearer ${service.apiKey}`,
    'content-type': 'application/json',
  }
  const ask = async (path: string, body?: object): Promise<Simulation> => {
    const request = body ? { method: 'POST', body: JSON.stringify(body) } : {}
    const answer = await fetch(`${service.baseUrl}${path}`, { headers, ...request })
    if (!answer.ok) throw new Error(`${path} gave ${answer.status}: ${await answer.text()}`)
    // The bench reads of it what it knows to be there.
    return (await answer.json()) as Simulation
  }
  const before = service.processorTime()
  const { id } = await ask('/api/v1/rules/simulate', { rule_json, last })
  for (;;) {
    const simulation = await ask(`/api/v1/simulations/${id}`)
    if (simulation.finished_at === null) {
      await new Promise((resolve) => setTimeout(resolve, pollMs))
      continue
    }
    if (simulation.status !== 'done') throw new Error(JSON.stringify(simulation))
    const tookMs = Date.parse(simulation.finished_at) - Date.parse(simulation.created_at)
    const events = simulation.progress.events_done
    const perSecond = (1_000 * events) / tookMs
    return { events, perSecond, ...spentSince(service, before, events) }
  }
}

interface Simulation {
  readonly id: string
  readonly status: string
  readonly created_at: string
  readonly finished_at: string | null
  readonly progress: { readonly events_done: number }
}

function spentSince(
  service: BenchService,
  before: ReturnType<BenchService['processorTime']>,
  events: number,
) {
  const { serviceMs, postgresMs } = service.processorTime()
  return {
    serviceUs: (1_000 * (serviceMs - before.serviceMs)) / events,
    postgresUs: (1_000 * (postgresMs - before.postgresMs)) / events,
  }
}

function ruleOf(index: number, more: object): object {
  return {
    on: ['purchase.completed'],
    conditions: [
      { field: 'lot', operator: '==', value: index },
      { field: 'purchase.amount_cents', operator: '>', value: 100 },
      { field: 'referrer.is_paid_user', operator: '==', value: true },
    ],
    actions: [{ type: 'credit', user: 'referrer_id', amount_cents: 500, reward_id: 'bonus' }],
    ...more,
  }
}

function eventOf(index: number): object {
  const data = {
    lot: index % rulesCount,
    referrer_id: `user-${(index * 7_919) % usersCount}`,
    purchase: { amount_cents: 1_000 + (index % 5_000) },
    referrer: { is_paid_user: true },
  }
  return { id: randomUUID(), type: 'purchase.completed', data }
}
