import { describe, expect, it } from 'vitest'
import type { TestCase } from '../rules/cases/test-case.ts'
import { parsed } from '../rules/evaluation/evaluation.fixture.ts'
import { credit, eventAt } from './judgement.fixture.ts'
import { runTestCase } from './test-case-run.ts'

const rule = parsed({
  on: ['purchase'],
  conditions: [
    { field: 'paid', operator: '==', value: true },
    { count: { event: 'purchase', for: 'user' }, operator: '>=', value: 3 },
  ],
  actions: [credit(100), credit(50, { user: 'friend' })],
  limits: [
    { per: 'user', within: 'month', max_count: 2 },
    { per: 'user', max_amount_cents: 1_000 },
  ],
})

function run(more: Partial<TestCase>, data: object = { paid: true }) {
  return runTestCase(rule, {
    name: 'a case',
    event: { type: 'purchase', user_id: 'ann', occurred_at: eventAt, data: { ...data } },
    history: [{ pointer: '/conditions/1', value: 3 }],
    limits: [],
    expects: { outcome: 'true' },
    ...more,
  })
}
const paid = (amount_cents: number) => ({
  action: '/actions/0',
  kind: 'credit' as const,
  user_id: 'ann',
  amount_cents,
  currency: 'USD',
})

describe('a test case', () => {
  it('is green where the rule does as it expects, by the history that it gives', () => {
    expect(run({})).toMatchObject({ isGreen: true, detail: 'true and credit 100 USD ann.' })
    expect(run({ expects: { outcome: 'true', rewards: [paid(100)] } }).isGreen).toBe(true)
    const second = run({ history: [{ pointer: '/conditions/1', value: 2 }] })
    expect(second).toMatchObject({
      isGreen: false,
      actual: { outcome: 'false', rewards: [] },
      detail: 'expected true, got false and no reward.',
    })
    expect(second.conditions).toHaveLength(2)
  })

  it('finds unknown what it does not say of history', () => {
    expect(run({ history: [] }).actual.outcome).toBe('unknown')
    const saidUnknown = run({ history: [{ pointer: '/conditions/1', value: null }] })
    expect(saidUnknown.actual.outcome).toBe('unknown')
  })

  it('begins with what the limits have used, each of them on its own', () => {
    const used = (pointer: string, count: number, amount_cents: number) =>
      run({ limits: [{ pointer, count, amount_cents }] }).actual.rewards
    expect(used('/limits/0', 1, 0)).toEqual([paid(100)])
    expect(used('/limits/0', 2, 0)).toEqual([])
    expect(used('/limits/1', 9, 970)).toEqual([paid(30)])
    expect(used('/limits/1', 9, 1_000)).toEqual([])
    expect(used('/limits/7', 9, 1_000)).toEqual([paid(100)])
  })

  it('of another type of event is not met', () => {
    const event = { type: 'signup', occurred_at: eventAt, data: { paid: true } }
    expect(run({ event, expects: { outcome: 'false', rewards: [] } }).isGreen).toBe(true)
  })

  it('is red where another amount is paid', () => {
    const red = run({ expects: { outcome: 'true', rewards: [paid(99)] } })
    expect(red.detail).toBe('expected true and credit 99 USD ann, got true and credit 100 USD ann.')
  })
})
