/** `npx tsx bench/rules.ts`: the cost of an event by the number of rules, beside a plain walk over their JSON. */
import { judge } from '@pineos/core/program/judgement.ts'
import {
  compileRuleSet,
  type PublishedRule,
  type RuleSet,
} from '@pineos/core/rules/compiled/rule-set.ts'
import { parseRule } from '@pineos/core/rules/language/parse.ts'
import { printHeading, printLine } from './report.ts'
import { type WalkedRule, walk } from './rules-baseline.ts'

type Event = Readonly<Record<string, unknown>>

const eventTypes = Array.from({ length: 20 }, (_, index) => `event.${index}`)
const amountCentsMax = 100_000
const ruleCounts = [10, 100, 1_000, 10_000]
const eventsCount = 2_000
const roundsCount = 3
const roundMs = 500

printLine(`Node ${process.version}; CPU microseconds per event, median of ${roundsCount} rounds`)
printHeading('Three conditions a rule; one event type of 20; about 1 % of pairs match')
const events = makeEvents()
for (const count of ruleCounts) measure(count)

function measure(count: number): void {
  const rules = makeRules(count)
  const published = rules.map(publish)
  const compiledAt = process.cpuUsage()
  const ruleSet = compileRuleSet(published)
  const compileUs = usSince(compiledAt)
  const matched = checkMatches(ruleSet, rules)
  const match = usPerEvent((data) => ruleSet.matches('any', data))
  const trace = usPerEvent((data) => judge(ruleSet, { type: 'any', data }, { trace: 'candidates' }))
  const walked = usPerEvent((data) => rules.filter((rule) => walk(rule, data)))
  const share = ((100 * matched) / (count * events.length)).toFixed(2)
  printLine(
    `${count} rules (${share} % match, compiled in ${(compileUs / count).toFixed(1)} µs each): ` +
      `matches ${match.toFixed(2)}; trace of candidates ${trace.toFixed(2)}; ` +
      `plain walk ${walked.toFixed(2)}; ratio ${(walked / match).toFixed(1)}`,
  )
}

/** Counts the pairs that match, after the walk has confirmed every one of them. */
function checkMatches(ruleSet: RuleSet, rules: readonly WalkedRule[]): number {
  let pairs = 0
  for (const data of events) {
    const found = ruleSet.matches('any', data).map(({ id }) => Number(id))
    const expected = rules.flatMap((rule, index) => (walk(rule, data) ? [index] : []))
    if (found.join() !== expected.join()) throw new Error('the compiled set and the walk differ')
    pairs += found.length
  }
  return pairs
}

function usPerEvent(work: (data: Event) => unknown): number {
  const rounds = Array.from({ length: roundsCount + 1 }, () => {
    const startedAt = process.cpuUsage()
    const endAt = performance.now() + roundMs
    let done = 0
    while (performance.now() < endAt) {
      // The clock is asked once in ten events: asking it costs as much as a small set does.
      for (let step = 0; step < 10; step++) work(events[(done + step) % events.length] ?? {})
      done += 10
    }
    return usSince(startedAt) / done
  })
  // The first round warms up the compilers of Node.
  const sorted = rounds.slice(1).sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? 0
}

function usSince(startedAt: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(startedAt)
  return user + system
}

function makeRules(count: number): readonly WalkedRule[] {
  const random = randomNumbers(1)
  return Array.from({ length: count }, (_, index) => ({
    conditions: [
      { field: 'type', operator: '==', value: eventTypes[index % eventTypes.length] ?? '' },
      {
        field: 'purchase.amount_cents',
        operator: '>',
        value: Math.floor(random() * amountCentsMax * 1.2),
      },
      { field: 'referrer.is_paid_user', operator: '==', value: random() < 0.5 },
    ],
    logic: 'AND',
    actions: [{ type: 'credit', user: 'referrer_id', amount_cents: 100 }],
  }))
}

function makeEvents(): readonly Event[] {
  const random = randomNumbers(2)
  return Array.from({ length: eventsCount }, (_, index) => ({
    id: `evt-${index}`,
    type: eventTypes[Math.floor(random() * eventTypes.length)],
    referrer_id: `user-${index % 100}`,
    purchase: { amount_cents: Math.floor(random() * amountCentsMax), is_first: random() < 0.5 },
    referrer: { is_paid_user: random() < 0.5 },
  }))
}

function publish(json: WalkedRule, index: number): PublishedRule {
  const result = parseRule(json, { defaultCurrency: 'USD' })
  if (!result.ok) throw new Error(JSON.stringify(result.faults))
  return { id: String(index), name: `rule ${index}`, version: 1, rule: result.rule }
}

/** The same numbers in every run (a linear congruential generator, Numerical Recipes' constants). */
function randomNumbers(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}
