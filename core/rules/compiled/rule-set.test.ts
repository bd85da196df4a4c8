import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { evaluateRule, parsed } from '../evaluation/evaluation.fixture.ts'
import { comparisonsOf } from '../language/condition.ts'
import { arbitraryRuleJson } from '../language/rule.fixture.ts'
import { arbitraryFacts, eventTypes } from '../language/vocabulary.fixture.ts'
import { compileRuleSet, type PublishedRule, RuleSet } from './rule-set.ts'

const action = { type: 'credit', user: 'user_id', amount_cents: 1, currency: 'USD' }
const published = (id: string, version: number, json: object): PublishedRule => ({
  id,
  name: id,
  version,
  rule: parsed({ actions: [action], ...json }),
})
const equality = (value: number) => ({ conditions: [{ field: 'a', operator: '==', value }] })
const aggregate = (event: string, operator = '>=') => ({
  conditions: [{ count: { event, for: 'user' }, operator, value: 1 }],
})
const idsOf = (rules: readonly PublishedRule[]) => rules.map(({ id }) => id)

type Step =
  | { readonly kind: 'put'; readonly id: string; readonly version: number; readonly json: object }
  | { readonly kind: 'remove'; readonly id: string; readonly version: number }

const id = fc.constantFrom('a', 'b', 'c', 'd')
const version = fc.constantFrom(1, 2)
const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.oneof(
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constant('put' as const),
        id,
        version,
        json: arbitraryRuleJson() as fc.Arbitrary<object>,
      }),
    },
    fc.record({ kind: fc.constant('remove' as const), id, version }),
  ),
  { maxLength: 12 },
)

describe('a set whose rules come and go', () => {
  // A live process changes its set in place; what it then pays must be what a new process would pay.
  it('answers as one that was compiled at once', () => {
    fc.assert(
      fc.property(steps, fc.array(arbitraryFacts(), { minLength: 3 }), (walk, events) => {
        const { set, rules } = walked(walk)
        const fresh = compileRuleSet(rules)
        expect(set.all()).toEqual(rules)
        expect(set.size).toBe(fresh.size)
        expect(set.usesCounters).toBe(fresh.usesCounters)
        expect(new Set(set.programLimits())).toEqual(new Set(fresh.programLimits()))
        for (const type of [...eventTypes, 'other']) {
          expect(set.countFor(type)).toBe(fresh.countFor(type))
          expect(set.rulesFor(type)).toEqual(fresh.rulesFor(type))
          expect(namesOf(set, type)).toEqual(namesOf(fresh, type))
          for (const facts of events)
            expect(set.matches(type, facts, 0)).toEqual(fresh.matches(type, facts, 0))
        }
      }),
      { numRuns: 300 },
    )
  })

  it('keeps the place of a rule among the others when its next version comes', () => {
    const set = compileRuleSet([published('x', 1, equality(1)), published('y', 1, equality(1))])
    set.put(published('x', 2, equality(1)))
    set.remove({ id: 'x', version: 1 })
    expect(idsOf(set.matches('any', { a: 1 }))).toEqual(['x', 'y'])
    expect(set.all().map(({ id, version }) => [id, version])).toEqual([
      ['x', 2],
      ['y', 1],
    ])
  })

  it('takes the same version again in the place of what it was', () => {
    const set = compileRuleSet([published('x', 1, equality(1))])
    set.put(published('x', 1, equality(2)))
    expect(set.matches('any', { a: 1 })).toEqual([])
    expect(set.size).toBe(1)
    set.remove({ id: 'nobody', version: 1 })
    expect(set.size).toBe(1)
  })

  it('adds many to those it has, and leaves these as they are', () => {
    const set = compileRuleSet([published('x', 1, equality(1))])
    set.putAll([published('y', 1, equality(1)), published('z', 1, { always: true })])
    expect(idsOf(set.matches('any', { a: 1 }))).toEqual(['x', 'y', 'z'])
  })
})

/** A set after the steps, and the rules that are then in force, in the order of the set. */
function walked(steps: readonly Step[]): { set: RuleSet; rules: readonly PublishedRule[] } {
  const set = new RuleSet()
  const inForce = new Map<string, PublishedRule>()
  const order = new Set<string>()
  for (const { kind, id, version, ...step } of steps) {
    const key = `${id}@${version}`
    inForce.delete(key)
    if (kind === 'remove') {
      set.remove({ id, version })
      continue
    }
    const rule = { id, name: id, version, rule: parsed('json' in step ? step.json : {}) }
    set.put(rule)
    inForce.set(key, rule)
    order.add(id)
  }
  const ranks = [...order]
  const rules = [...inForce.values()].sort(
    (x, y) => ranks.indexOf(x.id) - ranks.indexOf(y.id) || x.version - y.version,
  )
  return { set, rules }
}

function namesOf(set: RuleSet, name: string): readonly string[] {
  return set
    .metricsFor('event', name)
    .map((metric) => metric.id)
    .sort()
}

describe('what the rules ask of history', () => {
  it('is known by what could count in it, as long as a rule asks', () => {
    const set = compileRuleSet([
      published('x', 1, aggregate('signup')),
      published('y', 1, aggregate('signup', '<')),
      published('z', 1, aggregate('any')),
    ])
    expect(set.metricsFor('event', 'signup')).toHaveLength(2)
    expect(set.metricsFor('event', 'purchase')).toHaveLength(1)
    expect(set.metricsFor('reward', 'signup')).toHaveLength(0)
    set.remove({ id: 'x', version: 1 })
    expect(set.metricsFor('event', 'signup')).toHaveLength(2)
    set.remove({ id: 'y', version: 1 })
    set.remove({ id: 'z', version: 1 })
    expect(set.metricsFor('event', 'signup')).toEqual([])
    expect(set.usesCounters).toBe(false)
  })

  it('makes counters needed, and so do limits', () => {
    const set = compileRuleSet([published('x', 1, { always: true })])
    expect(set.usesCounters).toBe(false)
    set.put(published('y', 1, { always: true, limits: [{ per: 'program', max_count: 1 }] }))
    expect(set.usesCounters).toBe(true)
    expect(set.programLimits()).toHaveLength(1)
    set.remove({ id: 'y', version: 1 })
    expect(set.programLimits()).toEqual([])
  })

  // What only history can tell must not be ruled out before history is asked, whichever way it is meant.
  it('leaves a rule possible, under a negation too', () => {
    const none = { conditions: [{ none: aggregate('signup').conditions }] }
    const set = compileRuleSet([
      published('x', 1, aggregate('signup')),
      published('y', 1, none),
      published('z', 1, { conditions: [...none.conditions, ...equality(1).conditions] }),
    ])
    expect(idsOf(set.matches('any', {}))).toEqual(['x', 'y'])
    expect(idsOf(set.matches('any', { a: 1 }))).toEqual(['x', 'y', 'z'])
  })
})

describe('the trace of candidates', () => {
  // The path that is lit for an event must be the one that its judgement has gone.
  it('has of every comparison what the evaluation finds', () => {
    const jsons = fc.array(
      arbitraryRuleJson({
        hasAggregates: false,
        hasComputedAmounts: false,
      }) as fc.Arbitrary<object>,
      { maxLength: 6 },
    )
    fc.assert(
      fc.property(jsons, arbitraryFacts(), (given, facts) => {
        const set = compileRuleSet(given.map((json, index) => published(String(index), 1, json)))
        for (const type of eventTypes) {
          const trace = set.trace(type, facts, 0)
          expect(idsOf(trace.rules).toSorted()).toEqual(
            idsOf(set.candidates(type, facts)).toSorted(),
          )
          for (const [index, { rule }] of trace.rules.entries()) {
            const { conditions } = evaluateRule(rule, facts, { atMs: 0 })
            expect(trace.outcomesOf(index)).toEqual(conditions.map(({ outcome }) => outcome))
          }
        }
      }),
      { numRuns: 500 },
    )
  })

  it('says unknown of what only history can tell, for thousands of comparisons', () => {
    const set = compileRuleSet(
      Array.from({ length: 2_000 }, (_, index) => published(`r${index}`, 1, aggregate('signup'))),
    )
    const trace = set.trace('any', {})
    expect(trace.rules).toHaveLength(2_000)
    expect(trace.outcomesOf(1_999)).toEqual(['unknown'])
    expect(trace.outcomesOf(2_000)).toEqual([])
    expect(comparisonsOf(parsed({ ...aggregate('x'), actions: [action] }).condition)).toHaveLength(
      1,
    )
  })
})
