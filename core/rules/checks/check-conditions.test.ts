import { describe, expect, it } from 'vitest'
import { readSchema, type SchemaFacts } from '../catalogue/schema-facts.ts'
import { applyPatch } from '../diff/json-patch.ts'
import { credit, findingOf, found, limits, when } from './checks.fixture.ts'

const amount = (operator: string, value: unknown) => ({
  field: 'purchase.amount_cents',
  operator,
  value,
})
const country = (operator: string, value?: unknown) => ({
  field: 'referred.country',
  operator,
  ...(value === undefined ? {} : { value }),
})
const since = (operator: string, value: unknown) => ({
  field: 'referred.signed_up_at',
  operator,
  value,
})
const paid = (operator: string, value: number) => ({
  count: { reward: 'welcome', for: 'user' },
  operator,
  value,
})

/** Only what is found about conditions. */
const about = (...conditions: readonly object[]) =>
  found(when(...conditions)).filter((each) => !/^(unknown_fact|wrong_type)/.test(each))

// A rule that can never pay looks alive: nobody sees why nothing happens.
describe('a contradiction is found', () => {
  it.each<[string, readonly object[]]>([
    ['more than 500 and less than 200', [amount('>', 500), amount('<', 200)]],
    ['at least 5 and less than 5', [amount('>=', 5), amount('<', 5)]],
    ['one value and another', [country('==', 'US'), country('==', 'CA')]],
    ['one value and not it', [country('==', 'US'), country('!=', 'US')]],
    ['lists without a common value', [country('in', ['US', 'CA']), country('in', ['FR'])]],
    ['a value that a list leaves out', [country('==', 'US'), country('not_in', ['US', 'CA'])]],
    ['given and not given', [country('exists'), country('missing')]],
    ['a value of what is not given', [country('missing'), country('==', 'US')]],
    ['text and number', [country('==', 'US'), country('>', 5)]],
    ['before and after', [since('before', '2027-01-01'), since('after', '2027-06-01')]],
    ['a time and after it', [since('==', '2027-01-01'), since('after', '2027-06-01')]],
    ['between and above', [amount('between', [1, 5]), amount('>', 5)]],
    [
      'a time between and after',
      [since('between', ['2027-01-01', '2027-02-01']), since('after', '2027-03-01')],
    ],
    ['a text between and above', [country('between', ['A', 'C']), country('>', 'D')]],
    ['a beginning and another', [country('starts_with', 'U'), country('starts_with', 'C')]],
    ['a beginning and a value', [country('starts_with', 'U'), country('==', 'CA')]],
    ['contains and does not', [country('contains', 'U'), country('not_contains', 'U')]],
    ['a whole number between two neighbours', [paid('>', 2), paid('<', 3)]],
    ['in a group', [amount('>', 500), { all: [amount('<', 200)] }]],
    ['under none', [amount('>', 500), { none: [amount('>', 400)] }]],
    [
      'two facts that are compared both ways',
      [country('==', { field: 'referrer.country' }), country('!=', { field: 'referrer.country' })],
    ],
  ])('%s', (_name, conditions) => {
    expect(about(...conditions).filter((each) => each.startsWith('contradiction'))).toHaveLength(1)
  })

  it('of three conditions of which no two exclude each other', () => {
    const three = [country('in', ['A', 'B']), country('in', ['B', 'C']), country('in', ['A', 'C'])]
    expect(about(...three)).toEqual(['contradiction at /conditions/2'])
  })

  it('of what can never be counted', () => {
    expect(about(paid('<', 0))).toEqual(['contradiction at /conditions/0'])
  })

  it('once for each fact', () => {
    const two = [amount('>', 5), amount('<', 5), country('==', 'US'), country('==', 'CA')]
    expect(about(...two, amount('<', 1))).toEqual([
      'contradiction at /conditions/1',
      'contradiction at /conditions/3',
    ])
  })
})

// A check that cries wolf is switched off.
describe('no contradiction is found', () => {
  it.each<[string, readonly object[]]>([
    ['more than 200 and less than 500', [amount('>', 200), amount('<', 500)]],
    ['at least 5 and at most 5', [amount('>=', 5), amount('<=', 5)]],
    ['between two neighbours, where fractions are', [amount('>', 2), amount('<', 3)]],
    ['lists with a common value', [country('in', ['US', 'CA']), country('in', ['CA', 'FR'])]],
    ['one of two that exclude each other', [{ any: [amount('>', 500), amount('<', 200)] }]],
    [
      'of several facts',
      [amount('>', 500), { field: 'refund.amount_cents', operator: '<', value: 200 }],
    ],
    ['after and before', [since('after', '2027-01-01'), since('before', '2027-06-01')]],
    ['a time and before it', [since('starts_with', '2027-01'), since('before', '2027-06-01')]],
    ['contains two', [country('contains', 'U'), country('not_contains', 'S')]],
    ['a pattern and a beginning', [country('matches', '^U'), country('starts_with', 'C')]],
    ['ends with and contains', [country('ends_with', 'S'), country('contains', 'x')]],
    [
      'within the last days and before',
      [since('within_last', 'P30D'), since('before', '2027-06-01')],
    ],
    ['at the end of all characters', [country('starts_with', '\uffff'), country('==', '\uffffa')]],
    ['a count of exactly 3', [paid('>', 2), paid('<', 4)]],
  ])('%s', (_name, conditions) => {
    expect(about(...conditions)).toEqual([])
  })
})

describe('what can never be true', () => {
  it('is an error where it is the whole rule', () => {
    const rule = { conditions: [amount('>', 500), { any: [amount('<', 1), amount('==', 2)] }] }
    const json = { ...rule, actions: [credit], limits }
    expect(found(json)).toEqual(['unreachable at /conditions/1'])
  })

  it('is a warning where another way is left', () => {
    const rule = when(amount('>', 500), { any: [amount('<', 1), country('==', 'US')] })
    expect(found(rule)).toEqual(['unreachable at /conditions/1/any/0'])
    const within = when({ any: [{ all: [amount('>', 9), amount('<', 1)] }, country('==', 'US')] })
    expect(found(within)).toEqual(['unreachable at /conditions/0/any/0'])
    expect(findingOf('unreachable', within).message).toContain('exclude each other')
  })

  it('is a matter of course under none', () => {
    const never = { all: [amount('>', 9), amount('<', 1)] }
    expect(found(when({ none: [never] }))).toEqual(['always_true at /conditions/0/none/0'])
    const seldom = { all: [amount('>', 9), amount('<=', 11)] }
    expect(found(when({ none: [seldom] }))).toEqual([])
  })
})

describe('what is always true', () => {
  it.each<[string, object]>([
    ['numbers', { any: [amount('>', 5), amount('<=', 5)] }],
    ['times', { any: [since('before', '2027-06-01'), since('after', '2027-01-01')] }],
    [
      'truths',
      {
        any: [true, false].map((value) => ({ field: 'purchase.is_first', operator: '==', value })),
      },
    ],
    ['given or not', { any: [country('exists'), country('missing')] }],
  ])('of %s in a group', (_name, group) => {
    expect(about(group, amount('!=', 7))).toEqual(['always_true at /conditions/0'])
  })

  it.each<[string, object]>([
    ['with a gap', { any: [amount('>', 5), amount('<', 5)] }],
    ['of two facts', { any: [amount('>', 5), country('==', 'US')] }],
    ['of times with a gap', { any: [since('before', '2027-01-01'), since('after', '2027-01-01')] }],
    ['of a text and a time', { any: [since('==', 'x'), since('after', '2027-01-01')] }],
  ])('is not said %s', (_name, group) => {
    expect(about(group)).toEqual([])
  })

  it('of a count that is not below zero', () => {
    expect(about(paid('>=', 0), country('==', 'US'))).toEqual(['always_true at /conditions/0'])
    expect(about(paid('>=', 1), country('==', 'US'))).toEqual([])
  })
})

describe('a condition that says nothing more', () => {
  it.each<[string, readonly object[], string]>([
    ['a wider bound', [amount('>', 500), amount('>', 200)], '/conditions/1'],
    ['a wider bound before it', [amount('>', 200), amount('>', 500)], '/conditions/0'],
    ['the same twice', [country('==', 'US'), country('==', 'US')], '/conditions/1'],
    ['the same pattern twice', [country('matches', 'U'), country('matches', 'U')], '/conditions/1'],
    ['given, of what has a value', [country('==', 'US'), country('exists')], '/conditions/1'],
    [
      'a value that is left out anyway',
      [country('==', 'US'), country('!=', 'CA')],
      '/conditions/1',
    ],
    ['under none', [amount('>', 500), { none: [amount('<', 200)] }], '/conditions/1/none/0'],
    [
      'a choice that is decided',
      [amount('>', 500), { any: [amount('>', 2), country('==', 'US')] }],
      '/conditions/1',
    ],
    [
      'in a choice',
      [{ any: [amount('>', 5), amount('>', 10), country('==', 'US')] }],
      '/conditions/0/any/1',
    ],
    ['of times', [since('after', '2027-06-01'), since('after', '2027-01-01')], '/conditions/1'],
  ])('%s', (_name, conditions, pointer) => {
    expect(about(...conditions)).toEqual([`redundant_condition at ${pointer}`])
  })

  it.each<[string, readonly object[]]>([
    ['another fact', [amount('>', 500), country('==', 'US')]],
    ['the other side', [amount('>', 500), amount('<', 900)]],
    ['a hole', [amount('>', 500), amount('!=', 600)]],
    [
      'in a choice, of times',
      [{ any: [since('after', '2027-06-01'), since('after', '2027-01-01')] }],
    ],
  ])('is not %s', (_name, conditions) => {
    expect(about(...conditions)).toEqual([])
  })

  it('is taken out by its fix, the group with it that would be empty', () => {
    const rule = when(amount('>', 500), { all: [amount('>', 200)] })
    const { fix } = findingOf('redundant_condition', rule)
    expect(applyPatch(rule, fix?.patch ?? [])).toEqual(when(amount('>', 500)))
  })
})

describe('the values that a schema lists', () => {
  const reading = readSchema({
    type: 'object',
    properties: { status: { type: 'string', enum: ['active', 'paused'] } },
    additionalProperties: false,
  })
  const schemas = new Map<string, SchemaFacts>(reading.ok ? [['renewal', reading]] : [])
  const rule = (...conditions: readonly object[]) => ({ on: ['renewal'], ...when(...conditions) })
  const status = (operator: string, value: unknown) => ({ field: 'status', operator, value })

  it('contradict another value, and the fix takes the nearest', () => {
    const json = rule(status('==', 'activ'))
    expect(found(json, { schemas })).toEqual(['contradiction at /conditions/0'])
    const { fix, message } = findingOf('contradiction', json, { schemas })
    expect(message).toContain('one of active, paused')
    expect(found(applyPatch(json, fix?.patch ?? []) as object, { schemas })).toEqual([])
  })

  it('contradict a value that is like none of them, without a fix', () => {
    expect(findingOf('contradiction', rule(status('==', 'gone')), { schemas }).fix).toBeUndefined()
    expect(
      findingOf('contradiction', rule(status('in', ['gone'])), { schemas }).fix,
    ).toBeUndefined()
  })

  it('make it a matter of course that the fact is one of them', () => {
    const json = rule(status('in', ['active', 'paused']))
    expect(found(json, { schemas })).toEqual(['always_true at /conditions/0'])
    expect(found(rule(status('==', 'active')), { schemas })).toEqual([])
  })
})

// Who asks for two values of one fact has meant either of them.
it('a fix of two values accepts either', () => {
  const json = when(country('==', 'US'), country('==', 'CA'))
  const { fix } = findingOf('contradiction', json)
  expect(applyPatch(json, fix?.patch ?? [])).toEqual(when(country('in', ['US', 'CA'])))
})
