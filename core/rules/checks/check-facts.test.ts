import { describe, expect, it } from 'vitest'
import { inferFacts } from '../catalogue/infer-facts.ts'
import { readSchema, type SchemaFacts } from '../catalogue/schema-facts.ts'
import { applyPatch } from '../diff/json-patch.ts'
import { findingOf, found, when } from './checks.fixture.ts'

const fact = (field: string, operator: string, value?: unknown) => ({
  field,
  operator,
  ...(value === undefined ? {} : { value }),
})
const reading = readSchema({
  type: 'object',
  properties: {
    level: { type: 'integer' },
    joined_at: { type: 'string', format: 'date-time' },
    tags: { type: 'array', items: { type: 'string' } },
    extra: { type: 'object', properties: { note: { type: 'string' } } },
  },
  additionalProperties: false,
})
const closed = new Map<string, SchemaFacts>(
  reading.ok ? [['signup', { ...reading, openPaths: ['extra'] }]] : [],
)
const onSignup = (...conditions: readonly object[]) => ({ on: ['signup'], ...when(...conditions) })

describe('an unknown fact', () => {
  it('is a warning where events can have others', () => {
    const finding = findingOf('unknown_fact', when(fact('purchase.amount_cent', '>', 5)))
    expect(finding).toMatchObject({ severity: 'warning', pointer: '/conditions/0/field' })
    expect(finding.message).toContain('Did you mean purchase.amount_cents?')
  })

  it('is an error where the schema has said all', () => {
    const finding = findingOf('unknown_fact', onSignup(fact('levle', '>', 5)), { schemas: closed })
    expect(finding).toMatchObject({ severity: 'error', pointer: '/conditions/0/field' })
    const json = applyPatch(onSignup(fact('levle', '>', 5)), finding.fix?.patch ?? [])
    expect(found(json as object, { schemas: closed })).toEqual([])
  })

  it('is a warning in an object that the schema leaves open', () => {
    const finding = findingOf('unknown_fact', onSignup(fact('extra.color', '==', 'red')), {
      schemas: closed,
    })
    expect(finding.severity).toBe('warning')
  })

  it('is found by its ending', () => {
    expect(findingOf('unknown_fact', when(fact('is_first', '==', true))).message).toContain(
      'purchase.is_first',
    )
  })

  it('is looked for in everything that a rule reads', () => {
    const json = {
      conditions: [
        fact('referred.country', '==', { field: 'a1' }),
        {
          sum: { event: 'purchase', of: 'b1', for: 'user', where: [fact('c1', '==', 1)] },
          operator: '>',
          value: 1,
        },
        {
          distinct: { referral: 'started', of: 'd1', for: 'user' },
          operator: '>',
          value: { field: 'e1' },
        },
      ],
      actions: [
        { type: 'credit', user: 'f1', amount: { percent: 5, of: 'g1', max_cents: 9 } },
        {
          type: 'credit',
          user: 'user_id',
          amount: { tiers: [{ from: 0, percent: 1 }], mode: 'marginal', by: 'h1', max_cents: 9 },
        },
        {
          type: 'credit',
          user: 'user_id',
          amount: { tiers: [{ from: 0, amount_cents: 1 }], by: 'i1' },
        },
      ],
      limits: [{ per: 'user', max_count: 1 }],
    }
    expect(found(json)).toEqual([
      'unknown_fact at /conditions/0/value/field',
      'unknown_fact at /conditions/2/value/field',
      'unknown_fact at /conditions/1/sum/of',
      'unknown_fact at /conditions/1/sum/where/0/field',
      'unknown_fact at /conditions/2/distinct/of',
      'unknown_fact at /actions/0/user',
      'unknown_fact at /actions/0/amount/of',
      'unknown_fact at /actions/1/amount/by',
      'unknown_fact at /actions/2/amount/by',
    ])
  })

  it('is none that is built in, nor of a reward of the past', () => {
    const count = {
      count: { reward: 'any', for: 'user', where: [fact('kind', '==', 'credit')] },
      operator: '<',
      value: 3,
    }
    expect(
      found(when(fact('referrer.is_paid_user', '==', true), fact('event.type', '==', 'a'), count)),
    ).toEqual([])
  })
})

describe('a wrong type', () => {
  it.each<[string, object, string, unknown]>([
    ['a number in quotes', fact('purchase.amount_cents', '==', '500'), '/conditions/0/value', 500],
    ['a truth in quotes', fact('purchase.is_first', '==', 'yes'), '/conditions/0/value', true],
    ['a number for text', fact('referred.country', '==', 1), '/conditions/0/value', '1'],
    ['in a list', fact('purchase.amount_cents', 'in', ['1', 2]), '/conditions/0/value', [1, 2]],
  ])('%s is fixed', (_name, condition, pointer, value) => {
    const finding = findingOf('wrong_type', when(condition))
    expect(finding).toMatchObject({ severity: 'error', pointer })
    expect(finding.fix?.patch).toEqual([{ op: 'replace', path: pointer, value }])
  })

  it.each<[string, object, string]>([
    [
      'an operator of text on a number',
      fact('purchase.amount_cents', 'starts_with', '5'),
      '/conditions/0/operator',
    ],
    ['an order of truths', fact('purchase.is_first', '>', 1), '/conditions/0/operator'],
    ['a word for a number', fact('purchase.amount_cents', '==', 'many'), '/conditions/0/value'],
    ['a truth for a number', fact('purchase.amount_cents', '==', true), '/conditions/0/value'],
    ['a word for a truth', fact('purchase.is_first', '==', 'perhaps'), '/conditions/0/value'],
    [
      'a fact of another type',
      fact('referred.country', '==', { field: 'purchase.amount_cents' }),
      '/conditions/0/value/field',
    ],
    [
      'text of a count',
      { count: { event: 'a', for: 'user' }, operator: '==', value: 'x' },
      '/conditions/0/value',
    ],
    [
      'a part of a count',
      { count: { event: 'a', for: 'user' }, operator: 'contains', value: 'x' },
      '/conditions/0/operator',
    ],
    [
      'a sum of texts',
      { sum: { event: 'a', of: 'referred.country', for: 'user' }, operator: '>', value: 1 },
      '/conditions/0/sum/of',
    ],
    [
      'a count beside text',
      { count: { event: 'a', for: 'user' }, operator: '>', value: { field: 'referred.country' } },
      '/conditions/0/value/field',
    ],
  ])('%s is found', (_name, condition, pointer) => {
    expect(found(when(condition))).toContain(`wrong_type at ${pointer}`)
    expect(findingOf('wrong_type', when(condition)).fix).toBeUndefined()
  })

  it('is found in what actions read', () => {
    const amount = { percent: 5, of: 'referred.country', max_cents: 9 }
    const json = {
      ...when(fact('purchase.is_first', '==', true)),
      actions: [{ type: 'credit', user: 'purchase.is_first', amount }],
    }
    expect(found(json)).toEqual([
      'wrong_type at /actions/0/user',
      'wrong_type at /actions/0/amount/of',
    ])
  })

  it('of a time in its order is fixed, where the value is a time', () => {
    const json = when(fact('referred.signed_up_at', '>', '2027-01-01'))
    const { fix } = findingOf('wrong_type', json)
    expect(found(applyPatch(json, fix?.patch ?? []) as object)).toEqual([])
    expect(
      findingOf('wrong_type', when(fact('referred.signed_up_at', '>', 'x'))).fix,
    ).toBeUndefined()
  })

  it('is only a warning of what was inferred', () => {
    const inferred = { facts: inferFacts([{ level: 1 }]), openPaths: [''] }
    const schemas = new Map<string, SchemaFacts>([['signup', inferred]])
    expect(findingOf('wrong_type', onSignup(fact('level', '==', 'x')), { schemas }).severity).toBe(
      'warning',
    )
  })

  it('is none of what fits', () => {
    const json = onSignup(
      fact('level', 'between', [1, 5]),
      fact('joined_at', 'within_last', 'P30D'),
      fact('joined_at', 'before', '2030-01-01'),
      fact('tags', 'contains', 'vip'),
      fact('extra', 'exists'),
      fact('level', '!=', { field: 'purchase.amount_cents' }),
      { distinct: { event: 'signup', of: 'joined_at', for: 'user' }, operator: '>', value: 1 },
    )
    expect(found(json, { schemas: closed })).toEqual([])
  })
})
