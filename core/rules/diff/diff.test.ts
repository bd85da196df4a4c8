import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { arbitraryRuleJson } from '../language/rule.fixture.ts'
import { diffJson, likenedItemsMax } from './diff-json.ts'
import { diffRules } from './diff-rules.ts'
import { applyPatch, childPointer, type JsonPatchOperation, valueAt } from './json-patch.ts'

const options = { defaultCurrency: 'USD', timezone: 'UTC' }
const amount = (value: number) => ({ field: 'purchase.amount_cents', operator: '>', value })
const country = { field: 'referred.country', operator: '==', value: 'US' }
const paid = { field: 'referrer.is_paid_user', operator: '==', value: true }
const credit = { type: 'credit', user: 'referrer_id', amount_cents: 500 }
const rule = (...conditions: readonly object[]) => ({ conditions, actions: [credit] })

describe('the difference of two rules', () => {
  it('is nothing between a rule and itself in another order of members', () => {
    const { actions, conditions } = rule(country)
    expect(diffRules(rule(country), { actions, conditions }, options)).toEqual({
      changes: [],
      sentences: [],
    })
  })

  it('finds the changed one of several conditions wherever it stands', () => {
    const { changes, sentences } = diffRules(
      rule(country, amount(5)),
      rule(amount(9), country),
      options,
    )
    expect(changes).toEqual([
      {
        kind: 'changed',
        beforePointer: '/conditions/1/value',
        afterPointer: '/conditions/0/value',
        before: 5,
        after: 9,
      },
      { kind: 'moved', beforePointer: '/conditions/0', afterPointer: '/conditions/1' },
    ])
    expect(sentences).toEqual([
      { kind: 'removed', text: '– purchase.amount_cents is more than 5.' },
      { kind: 'added', text: '– purchase.amount_cents is more than 9.' },
    ])
  })

  it('does not take a condition for another that is not like it', () => {
    expect(diffJson(rule(country), rule(paid, country))).toEqual([
      { kind: 'added', beforePointer: null, afterPointer: '/conditions/0', after: paid },
    ])
    expect(diffJson(rule(country, paid), rule(country))).toEqual([
      { kind: 'removed', beforePointer: '/conditions/1', afterPointer: null, before: paid },
    ])
    expect(
      diffJson(rule(country), rule({ count: {}, operator: '>', value: 1 })).map(({ kind }) => kind),
    ).toEqual(['added', 'removed'])
  })

  it('goes into groups, and takes a list of values as one', () => {
    const groups = (value: readonly string[]) =>
      rule({ any: [country, { ...country, operator: 'in', value }] })
    expect(diffJson(groups(['US']), groups(['US', 'CA']))).toEqual([
      {
        kind: 'changed',
        beforePointer: '/conditions/0/any/1/value',
        afterPointer: '/conditions/0/any/1/value',
        before: ['US'],
        after: ['US', 'CA'],
      },
    ])
  })

  it('says what members came and went, and what is of another form', () => {
    const before = { ...rule(country), logic: 'OR', priority: 1 }
    const after = { ...rule(country), priority: { a: 1 }, 'a/b': 2 }
    expect(diffJson(before, after)).toEqual([
      {
        kind: 'changed',
        beforePointer: '/priority',
        afterPointer: '/priority',
        before: 1,
        after: { a: 1 },
      },
      { kind: 'added', beforePointer: null, afterPointer: '/a~1b', after: 2 },
      { kind: 'removed', beforePointer: '/logic', afterPointer: null, before: 'OR' },
    ])
  })

  it('has no sentences of what cannot be understood', () => {
    expect(diffRules({}, rule(country), options).sentences).toEqual([])
    expect(diffRules(rule(country), {}, options).sentences).toEqual([])
  })

  it('says a sentence as often as it is missing', () => {
    const twice = { ...rule(country), actions: [credit, credit] }
    const { sentences } = diffRules(rule(country), twice, options)
    expect(sentences).toEqual([{ kind: 'added', text: 'Pay referrer_id 5.00 USD.' }])
  })

  it('compares long lists by their places', () => {
    const list = (value: number) =>
      Array.from({ length: likenedItemsMax + 1 }, (_, index) => ({ index, value }))
    expect(diffJson(list(1), list(2))).toHaveLength(likenedItemsMax + 1)
  })

  it('matches items that are no objects in lists that have some', () => {
    expect(diffJson([{ a: 1, b: 1 }, 5], [5, { a: 2, b: 1 }]).map(({ kind }) => kind)).toEqual([
      'changed',
      'moved',
    ])
  })

  // Whoever applies what a diff says must get the later rule: a change that it hides is never reviewed.
  it('names every difference: what it says of a value is there', () => {
    fc.assert(
      fc.property(arbitraryRuleJson(), arbitraryRuleJson(), (before, after) => {
        const changes = diffJson(before, after)
        expect(changes.length > 0).toBe(JSON.stringify(diffJson(after, before)) !== '[]')
        for (const { kind, beforePointer, afterPointer, before: old, after: now } of changes) {
          if (kind === 'moved') continue
          if (beforePointer !== null) expect(valueAt(before, beforePointer)).toEqual(old)
          if (afterPointer !== null) expect(valueAt(after, afterPointer)).toEqual(now)
        }
      }),
      { numRuns: 200 },
    )
  })
})

describe('a patch', () => {
  const json = { list: [1, { a: 2 }], 'x/y~z': 3 }

  it.each<[string, JsonPatchOperation, unknown]>([
    ['replaces', { op: 'replace', path: '/list/1/a', value: 5 }, { ...json, list: [1, { a: 5 }] }],
    [
      'adds to a list',
      { op: 'add', path: '/list/1', value: 9 },
      { ...json, list: [1, 9, { a: 2 }] },
    ],
    [
      'adds at the end',
      { op: 'add', path: '/list/-', value: 9 },
      { ...json, list: [1, { a: 2 }, 9] },
    ],
    ['adds a member', { op: 'add', path: '/new', value: null }, { ...json, new: null }],
    [
      'replaces an item',
      { op: 'replace', path: '/list/0', value: 7 },
      { ...json, list: [7, { a: 2 }] },
    ],
    ['removes an item', { op: 'remove', path: '/list/0' }, { ...json, list: [{ a: 2 }] }],
    [
      'removes a member by an escaped name',
      { op: 'remove', path: '/x~1y~0z' },
      { list: json.list },
    ],
    ['replaces all', { op: 'replace', path: '', value: 1 }, 1],
    ['does not remove all', { op: 'remove', path: '' }, undefined],
    ['finds nothing to replace', { op: 'replace', path: '/none', value: 1 }, undefined],
    ['finds nothing to remove', { op: 'remove', path: '/none' }, undefined],
    ['finds no parent', { op: 'add', path: '/none/a', value: 1 }, undefined],
    ['finds no parent in a list', { op: 'add', path: '/list/7/a', value: 1 }, undefined],
    ['finds no item', { op: 'replace', path: '/list/2', value: 1 }, undefined],
    ['finds no item of that name', { op: 'remove', path: '/list/a' }, undefined],
    ['does not go into a scalar', { op: 'add', path: '/list/0/a', value: 1 }, undefined],
  ])('%s', (_name, operation, expected) => {
    expect(applyPatch(json, [operation])).toEqual(expected)
    expect(json).toEqual({ list: [1, { a: 2 }], 'x/y~z': 3 })
  })

  it('reads pointers, own members only', () => {
    expect(valueAt(json, childPointer('', 'x/y~z'))).toBe(3)
    expect(valueAt(json, '/list/1/a')).toBe(2)
    expect(valueAt(json, '/list/constructor')).toBeUndefined()
    expect(valueAt(json, '/list/0/a')).toBeUndefined()
  })
})
