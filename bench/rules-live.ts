/** Measures what only a live set does: many programs, and rules that come while events are judged. */
import { setImmediate } from 'node:timers/promises'
import { cpuUs, cpuUsPerStep } from './cpu-time.ts'
import { printLine } from './report.ts'
import { compile, plainMatcher, published } from './rules-own-engines.ts'
import { type BenchRule, makeEvents, makeRules } from './rules-workload.ts'

const rounds = { count: 3, ms: 1_000 }

const inOne = await usPerEvent(makeRules(10_000), 0)
const inMany = await usPerEvent(makeRules(100_000, 1_000), 1_000)
printLine(`10,000 rules in one program:              ${inOne.toFixed(2)} µs an event`)
printLine(
  `100,000 rules over 1,000 programs:        ${inMany.toFixed(2)} µs an event, ${(inMany / inOne).toFixed(2)} times it (at most 2)`,
)
await addRules()

async function usPerEvent(rules: readonly BenchRule[], programs: number): Promise<number> {
  const events = makeEvents(2_000, programs)
  const set = compile(rules)
  const plain = plainMatcher(rules)
  for (const event of events.slice(0, 20)) {
    const found = set.matches('any', event).map(({ id }) => id)
    if (found.join() !== plain(event).join()) throw new Error('the set and the walk differ')
  }
  const step = (index: number) => set.matches('any', events[index % events.length] ?? {})
  return await cpuUsPerStep(step, rounds)
}

/** A rule is read, put into the set and used; in between the event loop has its turn. */
async function addRules(): Promise<void> {
  const [live, more] = [10_000, 1_000]
  const rules = makeRules(live + more)
  const set = compile(rules.slice(0, live))
  const events = makeEvents(1_000)
  for (const event of events) set.matches('any', event)
  const tookMs: number[] = []
  const cpuMs: number[] = []
  const blocksMs: number[] = []
  let turnAt = performance.now()
  for (const [index, rule] of rules.slice(live).entries()) {
    const startedAt = performance.now()
    const startedUs = cpuUs()
    set.put(published(rule))
    set.matches('any', events[index] ?? {})
    tookMs.push(performance.now() - startedAt)
    cpuMs.push((cpuUs() - startedUs) / 1_000)
    await setImmediate()
    blocksMs.push(performance.now() - turnAt)
    turnAt = performance.now()
  }
  printLine(
    'one rule more in a live set of 10,000, read, put and asked about an event (at most 5 ms):',
  )
  printLine(`  by the clock   ${spread(tookMs)}`)
  printLine(`  processor time ${spread(cpuMs)}`)
  printLine(`  from turn to turn of the event loop ${spread(blocksMs)}`)
}

function spread(figuresMs: readonly number[]): string {
  const sorted = [...figuresMs].sort((a, b) => a - b)
  const at = (share: number) => (sorted[Math.floor(share * (sorted.length - 1))] ?? 0).toFixed(3)
  return `median ${at(0.5)} ms, 99th of a hundred ${at(0.99)} ms, longest ${at(1)} ms`
}
