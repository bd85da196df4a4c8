import { describe, expect, it } from 'vitest'
import { compileRuleSet, type PublishedRule, type RuleSet } from '../rules/compiled/rule-set.ts'
import type { JudgedEvent } from '../rules/evaluation/event-facts.ts'
import { noTotals } from '../rules/evaluation/history.ts'
import { parseRule } from '../rules/language/parse.ts'
import { exampleRules } from './example-rules.ts'
import { type Judgement, judge } from './judgement.ts'
import { type ProspectOptions, prospectsOf } from './prospects.ts'

function published(id: string, json: unknown): PublishedRule {
  const result = parseRule(json, { defaultCurrency: 'USD', timezone: 'UTC' })
  if (!result.ok) throw new Error(JSON.stringify(result.faults))
  return { id, name: `rule ${id}`, version: 3, rule: result.rule }
}

type TestOptions = Pick<ProspectOptions, 'trace'> & { ruleId?: string }

/** Judges an event that no history goes before. */
function judged(
  set: RuleSet,
  event: Pick<JudgedEvent, 'type' | 'data'> & { userId?: string },
  options: TestOptions,
): Judgement {
  const full = { userId: null, atMs: Date.parse('2027-11-24T10:30:00Z'), ...event }
  const prospects = prospectsOf(set, full, { timezone: 'UTC', referral: null, ...options })
  return judge(prospects, { counters: () => noTotals })
}

const ready = { problem: null, notes: [], hold: { kind: 'none' }, expiresAtMs: null }
const met = { conditions: [{ field: 'paid', operator: '==', value: true }] }
const action = { type: 'credit', user: 'referrer_id', amount_cents: 500, reward_id: 'bonus' }

describe('judge', () => {
  it('plans every action of a rule that is met, and none of one that is not', () => {
    const set = compileRuleSet([
      published('yes', {
        ...met,
        actions: [action, { ...action, type: 'debit', user: 'referred.id' }],
      }),
      published('no', {
        conditions: [{ field: 'paid', operator: '==', value: false }],
        actions: [action],
      }),
    ])
    const data = { paid: true, referrer_id: 'alice', referred: { id: 'bob' } }
    const judgement = judged(set, { type: 'signup', data }, { trace: 'all' })
    expect(judgement.rulesEvaluated).toBe(2)
    expect(
      judgement.results.map(({ ruleId, outcome, ruleVersion }) => [ruleId, outcome, ruleVersion]),
    ).toEqual([
      ['yes', 'true', 3],
      ['no', 'false', 3],
    ])
    expect(judgement.results[0]?.actions).toEqual([
      {
        actionIndex: 0,
        kind: 'credit',
        userId: 'alice',
        amountCents: 500n,
        currency: 'USD',
        rewardId: 'bonus',
        ...ready,
      },
      {
        actionIndex: 1,
        kind: 'debit',
        userId: 'bob',
        amountCents: 500n,
        currency: 'USD',
        rewardId: 'bonus',
        ...ready,
      },
    ])
    expect(judgement.results[1]?.actions).toEqual([])
  })

  it.each([undefined, null, '', 7, 'x'.repeat(256), 'a\0b', '\ud800'])(
    'names nobody where the event has %j as the beneficiary, and says why',
    (beneficiary) => {
      const set = compileRuleSet([published('r', { ...met, actions: [action] })])
      const { results } = judged(
        set,
        { type: 't', data: { paid: true, referrer_id: beneficiary } },
        { trace: 'all' },
      )
      const plan = results[0]?.actions[0]
      expect(plan?.userId).toBeNull()
      expect(plan?.problem?.code).toBe('beneficiary_missing')
      expect(plan?.problem?.detail).toContain('referrer_id')
    },
  )

  it('pays without a reward id where the rule gives none', () => {
    const set = compileRuleSet([
      published('r', { ...met, actions: [{ type: 'credit', user: 'who', amount_cents: 5 }] }),
    ])
    const { results } = judged(
      set,
      { type: 't', data: { paid: true, who: 'alice' } },
      { trace: 'all' },
    )
    expect(results[0]?.actions[0]?.rewardId).toBeNull()
    expect(results[0]?.actions[0]?.userId).toBe('alice')
  })

  it('takes a user id of 255 characters, emoji among them', () => {
    const set = compileRuleSet([published('r', { ...met, actions: [action] })])
    const referrer = '🌱'.repeat(255)
    const { results } = judged(
      set,
      { type: 't', data: { paid: true, referrer_id: referrer } },
      { trace: 'all' },
    )
    expect(results[0]?.actions[0]?.userId).toBe(referrer)
  })

  it('lets rules see the type and the user of the event, and the data win over them', () => {
    const rule = {
      conditions: [{ field: 'event.type', operator: '==', value: 'signup' }],
      actions: [{ ...action, user: 'user_id' }],
    }
    const set = compileRuleSet([published('r', rule)])
    const userOf = (data: object) =>
      judged(set, { type: 'signup', userId: 'alice', data: { ...data } }, { trace: 'all' })
        .results[0]?.actions[0]?.userId
    expect(userOf({})).toBe('alice')
    expect(userOf({ user_id: 'bob' })).toBe('bob')
  })

  it('asks the one rule that was named, and none where its trigger does not fit', () => {
    const set = compileRuleSet([
      published('a', { ...met, on: ['signup'], actions: [action] }),
      published('b', { ...met, actions: [action] }),
    ])
    const ids = (type: string, ruleId?: string) =>
      judged(
        set,
        { type, data: { paid: true } },
        { trace: 'all', ...(ruleId ? { ruleId } : {}) },
      ).results.map((result) => result.ruleId)
    expect(ids('signup')).toEqual(['a', 'b'])
    expect(ids('purchase')).toEqual(['b'])
    expect(ids('signup', 'a')).toEqual(['a'])
    expect(ids('purchase', 'a')).toEqual([])
  })

  it('lists candidates alone where asked to, and counts all that were asked', () => {
    const set = compileRuleSet(
      ['x', 'y'].map((value) =>
        published(value, {
          conditions: [{ field: 'c', operator: '==', value }],
          actions: [action],
        }),
      ),
    )
    const judgement = judged(set, { type: 't', data: { c: 'x' } }, { trace: 'candidates' })
    expect(judgement.rulesEvaluated).toBe(2)
    expect(judgement.results.map((result) => result.ruleId)).toEqual(['x'])
  })

  it('lists what is met alone where asked to, with the same to be done', () => {
    const set = compileRuleSet(
      [1, 2, 3].map((value) =>
        published(String(value), {
          conditions: [{ field: 'a', operator: '>=', value }],
          actions: [action],
        }),
      ),
    )
    const event = { type: 't', data: { a: 2, referrer_id: 'alice' } }
    const metOnly = judged(set, event, { trace: 'met' })
    const all = judged(set, event, { trace: 'all' })
    expect(metOnly.rulesEvaluated).toBe(3)
    expect(metOnly.results).toEqual(all.results.filter((result) => result.outcome === 'true'))
    expect(metOnly.results).toHaveLength(2)
  })
})

describe('the example rules', () => {
  it('can be understood and pay what they promise', () => {
    const set = compileRuleSet(
      exampleRules.map((rule, index) => published(String(index), rule.rule_json)),
    )
    const data = {
      referrer_id: 'alice',
      referrer: { is_paid_user: true },
      referred: { subscription_status: 'active' },
      purchase: { is_first: true, amount_cents: 100_001 },
    }
    const { results } = judged(set, { type: 'purchase.completed', data }, { trace: 'all' })
    expect(results.map((result) => result.actions.map((plan) => plan.amountCents))).toEqual([
      [50_000n],
      [20_000n],
    ])
  })
})
