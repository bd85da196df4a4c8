import type { ActionResult, ConditionResult, RuleResult } from '@pineos/contract/rules.ts'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { evaluateCondition } from '../rules/evaluation/evaluate.ts'
import { parsed } from '../rules/evaluation/evaluation.fixture.ts'
import type { History } from '../rules/evaluation/history.ts'
import type { Condition } from '../rules/language/condition.ts'
import type { Facts } from '../rules/language/facts.ts'
import { credit } from './judgement.fixture.ts'
import { decidingNodes, reasonsOf } from './reasons.ts'
import { standingOf, verdictOf } from './verdict.ts'

const noHistory: History = () => ({ kind: 'unknown', reason: 'nobody has counted' })

function evaluated(conditions: readonly object[], facts: Facts, history = noHistory) {
  const { condition } = parsed({ conditions, actions: [credit(1)] })
  return { condition, ...evaluateCondition(condition, { facts, atMs: 0, history }) }
}

function reasons(conditions: readonly object[], facts: Facts, history = noHistory) {
  const { condition, conditions: results } = evaluated(conditions, facts, history)
  return reasonsOf(condition, results)
}

const is = (field: string, value: unknown) => ({ field, operator: '==', value })
const result = (more: Partial<RuleResult>): RuleResult => ({
  rule_id: 'r',
  rule_name: 'Rule',
  rule_version: 1,
  conditions_met: true,
  outcome: 'true',
  standing: 'met',
  conditions: [],
  actions_executed: [],
  ...more,
})
const action = (more: Partial<ActionResult>): ActionResult => ({
  success: true,
  entry_id: null,
  is_duplicate: false,
  action_type: 'credit',
  user_id: 'ann',
  amount_cents: 50_000,
  currency: 'USD',
  reward_id: null,
  problem: null,
  ...more,
})
const said = (more: Partial<RuleResult>, isHypothetical = false) =>
  verdictOf(result(more), { condition: null, isHypothetical }).sentences

describe('the reasons of a condition', () => {
  // A comparison that failed in a group that was met all the same is no reason: whoever mends it finds
  // that nothing has changed.
  it('are never comparisons that have decided nothing', () => {
    const rule = [{ any: [is('a', 1), is('b', 1)] }, is('c', 1)]
    expect(reasons(rule, { a: 1, b: 2, c: 3 })).toEqual(['c is 3; met when it is 1.'])
  })

  it('of alternatives are all of them together', () => {
    expect(reasons([{ any: [is('a', 1), is('b', 1)] }], { a: 2, b: 3 })).toEqual([
      'none of 2 alternatives is met: a is 2; met when it is 1; or b is 3; met when it is 1.',
    ])
  })

  it('of what must not be are what is', () => {
    const rule = [{ none: [is('plan', 'free'), is('plan', 'trial')] }]
    expect(reasons(rule, { plan: 'free' })).toEqual(['excluded: plan is "free".'])
  })

  it('say how many there are of how many there must be', () => {
    const counted = (operator: string, value: number) => [
      { count: { referral: 'started', for: 'referrer', within: 'P30D' }, operator, value },
    ]
    const two: History = () => ({ kind: 'known', value: 2 })
    const facts = { referrer_id: 'ann' }
    const sentences = ['2 of 3 referrals of the referrer in 30 days.']
    expect(reasons(counted('>=', 3), facts, two)).toEqual(sentences)
    expect(reasons(counted('>', 2), facts, two)).toEqual(sentences)
    expect(reasons(counted('<', 2), facts, two)[0]).toMatch(/is 2; met when it is less than 2/)
    expect(reasons(counted('>=', 3), facts)[0]).toMatch(/is not known: nobody has counted/)
  })

  it('are unknown where nothing was kept of a comparison', () => {
    const { condition } = evaluated([is('a', 1)], {})
    expect(reasonsOf(condition, [])).toEqual(['what /conditions/0 came to was not kept.'])
  })

  // The measure of reasons: were all of them otherwise, the condition would be met.
  it('are enough', () => {
    const facts = fc.record({ a: fc.boolean(), b: fc.boolean(), c: fc.boolean(), d: fc.boolean() })
    const comparison = fc.record({ field: fc.constantFrom('a', 'b', 'c', 'd'), bit: fc.boolean() })
    const { node } = fc.letrec<{ node: object }>((tie) => {
      const nodes = fc.array(tie('node'), { minLength: 1, maxLength: 3 })
      const mode = fc.constantFrom('all', 'any', 'none')
      return {
        node: fc.oneof(
          { maxDepth: 3 },
          comparison.map(({ field, bit }) => is(field, bit)),
          fc.tuple(mode, nodes).map(([name, members]) => ({ [name]: members })),
        ),
      }
    })
    const rules = fc.array(node, { minLength: 1, maxLength: 3 })
    fc.assert(
      fc.property(rules, facts, (rule, data) => {
        const { condition, outcome, conditions } = evaluated(rule, data)
        fc.pre(outcome === 'false')
        const nodes = new Set(decidingNodes(condition, conditions))
        const otherwise = conditions.map((each) =>
          nodes.has(each.node) ? { ...each, outcome: flipped[each.outcome] } : each,
        )
        expect(truthIn(condition, otherwise)).toBe('true')
      }),
    )
  })
})

const flipped = { true: 'false', false: 'true', unknown: 'unknown' } as const

/** What the condition comes to by what its comparisons have, computed by itself. */
function truthIn(condition: Condition, results: readonly ConditionResult[]): string {
  if (condition.kind === 'comparison')
    return results.find(({ node }) => node === condition.id)?.outcome ?? 'unknown'
  const truths = condition.nodes.map((node) => truthIn(node, results) === 'true')
  const isMet = {
    all: truths.every((one) => one),
    any: truths.some((one) => one),
    none: !truths.some((one) => one),
  }[condition.mode]
  return String(isMet)
}

describe('a verdict', () => {
  it('says what was paid, in the currency with its decimals', () => {
    const yen = action({ amount_cents: 500, currency: 'JPY', action_type: 'debit' })
    expect(said({ actions_executed: [action({}), yen] })).toEqual([
      'paid: credit of 500.00 USD to ann.',
      'paid: debit of 500 JPY from ann.',
    ])
    expect(said({ actions_executed: [action({ is_duplicate: true })] })).toEqual([
      'paid before: credit of 500.00 USD to ann.',
    ])
  })

  it('says why a rule that is met has paid nothing, or less', () => {
    const problem = { code: 'limit_reached', detail: 'The limit for this user is reached: 3 of 3.' }
    expect(said({ actions_executed: [action({ success: false, problem })] })).toEqual([
      'not paid: the limit for this user is reached: 3 of 3.',
    ])
    expect(said({ actions_executed: [action({ notes: ['Less.'] })] })).toContain('Less.')
    expect(said({})).toEqual(['not paid: the rule is met; it pays nothing itself.'])
  })

  it('says what stood in the way of a rule, and what was not known', () => {
    const reason = 'Guard denies it: fraud.'
    expect(said({ standing: 'denied', reason })).toEqual([`not paid: ${reason}`])
    expect(
      said({
        standing: 'off_schedule',
        outcome: 'unknown',
        reason: 'The offer is over.',
        conditions: [
          {
            node: '/conditions/0',
            field: 'a',
            operator: '==',
            expected: 1,
            actual: null,
            outcome: 'unknown',
            detail: 'a was null.',
          },
        ],
      }),
    ).toEqual([
      'not paid: the offer is over.',
      'not paid: it is not known whether its conditions are met: a was null.',
    ])
  })

  it('never says that something was paid which only would be', () => {
    const would = action({ success: false })
    expect(said({ actions_executed: [would] }, true)).toEqual([
      'would pay: credit of 500.00 USD to ann.',
    ])
    const { success: _, entry_id, is_duplicate, ...planned } = would
    const shadow = result({ is_shadow: true, would_pay: [planned] })
    expect(verdictOf(shadow, { condition: null })).toEqual({
      isPaid: false,
      sentences: ['would pay (in shadow): credit of 500.00 USD to ann.'],
    })
  })

  it('tells where a result of before standings were kept stood', () => {
    const { standing: _, ...before } = result({ outcome: 'unknown' })
    expect(standingOf(before)).toBe('unknown')
  })
})
