import { builtInFacts } from '../catalogue/built-in-facts.ts'
import { amountNodes, measure } from '../checks/amount-nodes.ts'
import { domainUnder, type FactDomains, subjectKey } from '../checks/assumption.ts'
import type { Demanded } from '../checks/conjuncts.ts'
import { anyPresent, anyValue, type Domain } from '../checks/domain.ts'
import { truthOfCondition } from '../evaluation/evaluate.ts'
import { factsOf } from '../evaluation/event-facts.ts'
import { offSchedule } from '../evaluation/schedule.ts'
import { aggregatesOf } from '../language/aggregates-of.ts'
import type { Comparison } from '../language/condition.ts'
import { operandOfFact, operators } from '../language/operators.ts'
import { isPay, type ParsedRule } from '../language/rule.ts'
import { truthOf } from '../language/truth.ts'
import { candidatesOf, type Given, relativesOf } from './candidates.ts'
import { historyOfCase } from './expectation.ts'
import { eventOf, judgedEventOf, type Scene } from './scene.ts'
import { historyPointer } from './test-case.ts'
import { type Way, wayTo } from './way.ts'

const quarterMs = 15 * 60_000
/** A week and a day: each weekday and hour comes once. */
const quartersSearchedMax = 8 * 24 * 4
const repairsMax = 3

export interface Solving {
  readonly rule: ParsedRule
  readonly facts: FactDomains
  readonly nowMs: number
}

/** An event that meets the rule, through the comparison where one is given; undefined where none is found. */
export function solve(solving: Solving, preferred?: Comparison): Scene | undefined {
  const { rule, facts } = solving
  const way = wayTo(rule.condition, facts, preferred)
  if (!way) return undefined
  const atMs = instantFor(rule, solving.nowMs)
  const assigned = repaired(assign(solving, way, atMs), way, atMs)
  const type = typeFor(rule, assigned)
  const scene = { type, atMs, facts: assigned, history: historyFor(rule, way) }
  return isMet(rule, scene) ? scene : undefined
}

export function isMet(rule: ParsedRule, scene: Scene): boolean {
  const event = eventOf(scene)
  if (!event) return false
  const history = historyOfCase({ history: historyList(scene) })
  const context = { facts: factsOf(judgedEventOf(event)), atMs: scene.atMs, history }
  return truthOfCondition(rule.condition, context) === 'true'
}

export function historyList({ history }: Scene) {
  return [...history].map(([pointer, value]) => ({ pointer, value }))
}

/** An instant at which the rule holds, now or as soon after as can be; now where there is none. */
function instantFor({ schedule }: ParsedRule, nowMs: number): number {
  const startMs = Math.max(nowMs, schedule?.startsAtMs ?? nowMs)
  const endsAtMs = schedule?.endsAtMs ?? Number.POSITIVE_INFINITY
  // A rule that has ended is tried in its last days.
  const fromMs = startMs < endsAtMs ? startMs : endsAtMs - quartersSearchedMax * quarterMs
  for (let step = 0; step < quartersSearchedMax; step++) {
    const atMs = fromMs + step * quarterMs
    if (offSchedule(schedule, atMs) === undefined) return atMs
  }
  return fromMs
}

function typeFor({ on }: ParsedRule, facts: ReadonlyMap<string, Given>): string {
  const wanted = facts.get('event.type')
  if (typeof wanted === 'string' && (on === null || on.includes(wanted))) return wanted
  return on?.[0] ?? 'example'
}

/** Values for everything that the way and the actions read. */
function assign({ rule }: Solving, way: Way, atMs: number): ReadonlyMap<string, Given> {
  const comparisons = new Map<string, Comparison[]>()
  for (const { node } of way.demands) {
    if (node.subject.kind === 'fact') push(comparisons, node.subject.path.text, node)
    if (node.reference) push(comparisons, node.reference.text, undefined)
  }
  const usual = usualValues(rule)
  for (const path of usual.keys()) push(comparisons, path, undefined)
  return new Map(
    [...comparisons].map(([path, own]) => {
      const domain = domainUnder(way.known, path) ?? (own.length > 0 ? anyValue : anyPresent)
      const context = { atMs, usual: usual.get(path) ?? examples.get(path) }
      const candidates = candidatesOf(domain, own, context)
      const fits = (value: Given) => isFitting(path, value, { way, atMs })
      return [path, candidates.find(fits)] as const
    }),
  )
}

const examples: ReadonlyMap<string, Given> = new Map(
  builtInFacts.map(({ path, example }) => [path, example ?? undefined]),
)

function push(map: Map<string, Comparison[]>, path: string, comparison?: Comparison): void {
  const list = map.get(path) ?? []
  if (comparison) list.push(comparison)
  map.set(path, list)
}

/** Users to pay, amounts to pay a share of, and by what an event confirms it. */
function usualValues(rule: ParsedRule): ReadonlyMap<string, Given> {
  const values = new Map<string, Given>()
  const isPair = rule.limits.some(({ per }) => per === 'pair')
  if (isPair) values.set('referrer_id', 'ann').set('referred_id', 'bob')
  for (const action of rule.actions.filter(isPay)) {
    const { beneficiary, hold, currency } = action
    values.set(beneficiary.text, examples.get(beneficiary.text) ?? 'ann')
    if (hold?.kind === 'event') values.set(hold.match.text, examples.get(hold.match.text) ?? 'one')
    for (const { amount } of amountNodes(action)) {
      const path = measure(amount)?.path
      if (!path) continue
      values.set(path.text, usualCents)
      values.set([...path.segments.slice(0, -1), 'currency'].join('.'), currency)
    }
  }
  return values
}

const usualCents = 10_000

/** Whether the value makes every comparison of the fact with what is written down come out as the way wants. */
function isFitting(
  path: string,
  value: Given,
  { way, atMs }: { readonly way: Way; readonly atMs: number },
): boolean {
  return way.demands.every(({ node, outcome }) => {
    const { subject, reference, operator, operand } = node
    if (subject.kind !== 'fact' || subject.path.text !== path || reference) return true
    return operators[operator].test(value, operand, atMs) === truthOf(outcome)
  })
}

/** Moves facts that are compared with others until the comparisons come out, if that is near. */
function repaired(
  start: ReadonlyMap<string, Given>,
  way: Way,
  atMs: number,
): ReadonlyMap<string, Given> {
  let facts = start
  for (let round = 0; round < repairsMax; round++) {
    for (const demanded of way.demands) facts = repair(facts, demanded, { way, atMs })
  }
  return facts
}

function repair(
  facts: ReadonlyMap<string, Given>,
  { node, outcome }: Demanded<Comparison>,
  context: { readonly way: Way; readonly atMs: number },
): ReadonlyMap<string, Given> {
  const { subject, reference, operator } = node
  if (!reference || subject.kind !== 'fact') return facts
  const [left, right] = [subject.path.text, reference.text]
  const comes = (own: Given, other: Given) => {
    const operand = operandOfFact(operator, other)
    const truth = operand ? operators[operator].test(own, operand, context.atMs) : 'unknown'
    return truth === truthOf(outcome)
  }
  const [own, other] = [facts.get(left), facts.get(right)]
  if (comes(own, other)) return facts
  const newOwn = relativesOf(other).find(
    (value) => comes(value, other) && isFitting(left, value, context),
  )
  if (newOwn !== undefined) return new Map(facts).set(left, newOwn)
  const newOther = relativesOf(own).find(
    (value) => comes(own, value) && isFitting(right, value, context),
  )
  return newOther === undefined ? facts : new Map(facts).set(right, newOther)
}

/** A number for every fact over history: what the way wants, else what makes the amounts due. */
function historyFor(rule: ParsedRule, { known }: Way): ReadonlyMap<string, number | null> {
  const nths = new Map(
    rule.actions.filter(isPay).flatMap((action) =>
      amountNodes(action).flatMap(({ amount }) => {
        if (amount.kind === 'every_nth') return [[amount.count.id, amount.nth] as const]
        if (amount.kind !== 'whole_tiers' || amount.by.kind !== 'aggregate') return []
        return [[amount.by.aggregate.id, Number(amount.tiers[0]?.from ?? 0n)] as const]
      }),
    ),
  )
  return new Map(
    aggregatesOf(rule).map((aggregate) => {
      const domain = known.domains.get(subjectKey({ kind: 'aggregate', aggregate }))
      const wanted = nths.get(aggregate.id) ?? 1
      return [historyPointer(aggregate), domain ? wholeIn(domain, wanted) : wanted]
    }),
  )
}

function wholeIn({ numbers }: Domain, wanted: number): number | null {
  const isIn = numbers.some(
    ({ low, high }) => (low === null || low <= wanted) && (high === null || wanted <= high),
  )
  if (isIn) return wanted
  const [first] = numbers
  return first?.low ?? first?.high ?? null
}
