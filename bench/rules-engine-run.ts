/** Measures one engine in a process of its own, after its matches were compared with a plain walk. */
import { parseArgs } from 'node:util'
import { cpuUs, cpuUsPerStep } from './cpu-time.ts'
import { printLine } from './report.ts'
import type { BenchEngine } from './rules-engine.ts'
import { otherEngines } from './rules-other-engines.ts'
import { ownEngines, plainMatcher } from './rules-own-engines.ts'
import { makeEvents, makeRules } from './rules-workload.ts'

/** What one run prints, as a line of JSON. */
export interface EngineRun {
  readonly usPerEvent: number
  readonly prepareUsPerRule: number
  readonly matchPercent: number
  readonly eventsChecked: number
}

const { values: options } = parseArgs({
  options: {
    engine: { type: 'string', default: '' },
    rules: { type: 'string', default: '10' },
    rounds: { type: 'string', default: '3' },
    ms: { type: 'string', default: '1000' },
  },
})
const engines: Readonly<Record<string, BenchEngine>> = { ...ownEngines, ...otherEngines }
const engine = engines[options.engine]
if (!engine) throw new Error(`--engine is one of: ${Object.keys(engines).join('; ')}`)
printLine(JSON.stringify(await measure(engine, Number(options.rules))))

async function measure(measured: BenchEngine, rulesCount: number): Promise<EngineRun> {
  const rules = makeRules(rulesCount)
  const events = makeEvents(2_000)
  const preparedAtUs = cpuUs()
  const prepared = await measured.prepare(rules)
  const prepareUsPerRule = (cpuUs() - preparedAtUs) / rulesCount
  const { match, work } =
    typeof prepared === 'function' ? { match: prepared, work: prepared } : prepared
  const given: readonly unknown[] = measured.eventOf ? events.map(measured.eventOf) : events

  // The slow ones need minutes for all events; twenty show a mistake as well.
  const checkedUntil = performance.now() + 5_000
  const plain = plainMatcher(rules)
  let pairs = 0
  let eventsChecked = 0
  for (const [index, event] of events.entries()) {
    if (eventsChecked >= 20 && performance.now() > checkedUntil) break
    const expected = plain(event)
    const found = [...(await match(given[index]))].sort()
    if (found.join() !== [...expected].sort().join())
      throw new Error(`other matches than the plain walk: ${found} for ${expected}`)
    pairs += found.length
    eventsChecked += 1
  }
  const usPerEvent = await cpuUsPerStep((step) => work(given[step % given.length]), {
    count: Number(options.rounds),
    ms: Number(options.ms),
  })
  const matchPercent = (100 * pairs) / (rulesCount * eventsChecked)
  return { usPerEvent, prepareUsPerRule, matchPercent, eventsChecked }
}
