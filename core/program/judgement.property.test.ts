import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compileRuleSet, type RuleSet } from '../rules/compiled/rule-set.ts'
import { parsed } from '../rules/evaluation/evaluation.fixture.ts'
import type { Counters, History } from '../rules/evaluation/history.ts'
import { noTotals } from '../rules/evaluation/history.ts'
import { arbitraryRuleJson } from '../rules/language/rule.fixture.ts'
import { arbitraryFacts, eventTypes, type Json } from '../rules/language/vocabulary.fixture.ts'
import { type Judgement, judge } from './judgement.ts'
import type { JsonObject, Json as NaiveJson } from './naive-conditions.fixture.ts'
import { judgeNaively, type NaiveResult } from './naive-interpreter.fixture.ts'
import { prospectsOf } from './prospects.ts'

/** Pairs of a rule set and an event; more by the variable. */
const pairs = Number(process.env['RULE_PAIRS'] ?? 20_000)
const eventsPerSet = 5
const timeoutMs = 1_200_000

const timezone = 'Asia/Kolkata'
const rules = fc.array(arbitraryRuleJson(), { minLength: 1, maxLength: 6 })
const instants = [
  '2027-01-31T18:29:59.999Z',
  '2027-02-01T00:00:00.000Z',
  '2027-03-14T07:30:00.000Z',
  '2027-03-28T01:15:00.000Z',
  '2027-06-01T00:00:00.000Z',
  '2028-02-29T23:59:59.000Z',
]
const event = fc.record({
  type: fc.constantFrom(...eventTypes, 'other'),
  user_id: fc.option(fc.constantFrom('ann', 'bob'), { nil: undefined }),
  occurred_at: fc.constantFrom(...instants),
  data: arbitraryFacts(),
})
const events = fc.array(event, { minLength: eventsPerSet, maxLength: eventsPerSet })
/** Makes other histories of the same events. */
const salt = fc.nat(50)

/** A small number that is the same for the same texts, or undefined for some. */
function numberOf(max: number, ...texts: readonly (string | number)[]): number {
  let hash = 7
  for (const character of texts.join('\0')) hash = (hash * 31 + character.charCodeAt(0)) % 65_537
  return hash % max
}

function historyOf(name: string, owner: string, seed: number): number | undefined {
  const value = numberOf(8, 'history', name, owner, seed)
  return value === 7 ? undefined : value
}

function usedOf(per: string, key: string, seed: number): { count: number; sum: bigint } {
  const count = numberOf(4, 'limit', per, key, seed)
  return { count, sum: BigInt(count) * 7_001n }
}

function setOf(jsons: readonly Json[]): RuleSet {
  return compileRuleSet(
    jsons.map((json, index) => ({
      id: `r${index}`,
      name: `rule ${index}`,
      version: 1,
      rule: parsed(json, timezone),
    })),
  )
}

function judged(set: RuleSet, given: EventJson, seed: number): Judgement {
  const { type, user_id: userId, occurred_at, data } = given
  const prospects = prospectsOf(
    set,
    { type, userId: userId ?? null, atMs: Date.parse(occurred_at), data },
    { timezone, referral: null, trace: 'all' },
  )
  const history: History = ({ metric }) => {
    const owner = prospects.owners[metric.role]
    const value = owner === null ? undefined : historyOf(metric.function, owner, seed)
    return value === undefined
      ? { kind: 'unknown', reason: 'the test does not say' }
      : { kind: 'known', value }
  }
  const counters: Counters = ({ metricId, owner }) => {
    const [, scope = '', , ruleId] = metricId.split(':')
    // The owner follows the unit that is counted.
    const named = owner.slice(owner.indexOf(':') + 1)
    if (ruleId === undefined) return { ...noTotals, ...usedOf(scope, '', seed) }
    return { ...noTotals, ...usedOf(scope, `${ruleId} ${named === '*' ? '' : named}`, seed) }
  }
  return judge(prospects, { counters, history })
}

interface EventJson {
  readonly type: string
  readonly user_id?: string | undefined
  readonly occurred_at: string
  readonly data: Json
}

function naively(jsons: readonly Json[], given: EventJson, seed: number): readonly NaiveResult[] {
  const { user_id, data, ...event } = given
  const user = user_id === undefined ? {} : { user_id }
  return judgeNaively({
    rules: jsons.map((json, index) => ({ id: `r${index}`, json: naiveObject(json) })),
    event: { ...event, ...user, data: naiveObject(data) },
    history: (name, _aggregate, owner) => historyOf(name, owner, seed),
    limitsUsed: ({ per: scope }, ruleId, key) => {
      const per = String(scope)
      if (per === 'program') return amounts(usedOf('program', '', seed))
      const [referrer = '', referred] = key.split('\0')
      const owner = per === 'pair' ? `${referrer.length}:${referrer}:${referred}` : key
      return amounts(usedOf(per, `${ruleId} ${owner}`, seed))
    },
    timezone,
    defaultCurrency: 'USD',
  })
}

/** The same as JSON; members that are not there are left out, as JSON does. */
function naiveObject(object: Readonly<Record<string, unknown>>): JsonObject {
  return Object.fromEntries(
    Object.entries(object).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, naiveJson(value)]],
    ),
  )
}

function naiveJson(value: unknown): NaiveJson {
  if (Array.isArray(value)) return value.map(naiveJson)
  if (typeof value === 'object' && value !== null) return naiveObject({ ...value })
  if (value === null || typeof value === 'string') return value
  if (typeof value === 'number' || typeof value === 'boolean') return value
  throw new Error(`not JSON: ${String(value)}`)
}

function amounts({ count, sum }: { count: number; sum: bigint }) {
  return { count, amountCents: sum }
}

describe('random rule sets on random events', () => {
  // What a set pays must not depend on how it is compiled and indexed, nor on who reads the language.
  it(
    'are judged as the naive interpreter judges them: outcome, trace and amounts',
    () => {
      fc.assert(
        fc.property(rules, events, salt, (jsons, all, seed) => {
          const set = setOf(jsons)
          for (const given of all) compare(judged(set, given, seed), naively(jsons, given, seed))
        }),
        { numRuns: Math.ceil(pairs / eventsPerSet) },
      )
    },
    timeoutMs,
  )
})

function compare({ results }: Judgement, expected: readonly NaiveResult[]): void {
  expect(results).toHaveLength(expected.length)
  const byRule = new Map(results.map((result) => [result.ruleId, result]))
  for (const { ruleId, outcome, nodes, payments } of expected) {
    const result = byRule.get(ruleId)
    expect(result?.outcome).toBe(wordOf(outcome))
    const traced = result?.conditions.map(({ node, outcome: found }) => [node, found])
    expect(traced).toEqual(traced?.map(([node = '']) => [node, wordOf(nodes[node])]))
    const planned = result?.actions.filter(({ problem }) => problem === null) ?? []
    const paid = planned.map(({ actionIndex, userId, amountCents, currency }) => {
      return { ruleId, actionIndex, userId, amountCents, currency }
    })
    expect(paid).toEqual(payments)
  }
}

function wordOf(truth: boolean | null | undefined): string {
  return truth === null ? 'unknown' : String(truth)
}
