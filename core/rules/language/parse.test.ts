import { describe, expect, it } from 'vitest'
import { comparisonsOf } from './condition.ts'
import {
  actionsMax,
  conditionsMax,
  faultsMax,
  groupDepthMax,
  listItemsMax,
  textCharactersMax,
  triggersMax,
} from './limits.ts'
import { action, condition, detailOf, faultsOf, parsed, rule } from './parsing.fixture.ts'

describe('the original format', () => {
  it('is understood as it is', () => {
    const understood = parsed(
      rule({ logic: 'OR', actions: [{ ...action, reward_id: 'bonus', currency: 'INR' }] }),
    )
    expect(understood).toMatchObject({
      on: null,
      condition: { mode: 'any', id: '/conditions' },
      actions: [
        {
          kind: 'credit',
          amount: { kind: 'fixed', cents: 50_000n },
          currency: 'INR',
          rewardId: 'bonus',
        },
      ],
    })
    expect(comparisonsOf(understood.condition)).toMatchObject([
      {
        id: '/conditions/0',
        subject: { kind: 'fact', path: { text: 'referrer.is_paid_user' } },
        operator: '==',
        expected: true,
      },
    ])
  })

  it('means AND and the default currency where it does not say otherwise', () => {
    const understood = parsed(rule())
    expect(understood.condition.mode).toBe('all')
    expect(understood.actions[0]).toMatchObject({ currency: 'USD', rewardId: null })
  })
})

describe('groups', () => {
  it('nest, each condition known by its JSON pointer', () => {
    const understood = parsed(
      rule({ conditions: [{ any: [condition, { none: [condition] }] }, { all: [condition] }] }),
    )
    expect(comparisonsOf(understood.condition).map((node) => node.id)).toEqual([
      '/conditions/0/any/0',
      '/conditions/0/any/1/none/0',
      '/conditions/1/all/0',
    ])
  })

  it('are refused when they are empty, too deep or hold something else beside', () => {
    expect(faultsOf(rule({ conditions: [{ any: [] }] }))).toEqual(['/conditions/0/any type'])
    expect(faultsOf(rule({ conditions: [{ any: [condition], field: 'a' }] }))).toEqual([
      '/conditions/0/field unknown_property',
    ])
    const nested = (depth: number): unknown =>
      depth === 0 ? condition : { all: [nested(depth - 1)] }
    expect(faultsOf(rule({ conditions: [nested(groupDepthMax - 1)] }))).toEqual([])
    expect(faultsOf(rule({ conditions: [nested(groupDepthMax)] }))).toHaveLength(1)
  })

  it('are refused without end of the stack, however deep they are', () => {
    let deep: unknown = condition
    for (let depth = 0; depth < 20_000; depth++) deep = { any: [deep] }
    expect(faultsOf(rule({ conditions: [deep] }))).toHaveLength(1)
  })
})

describe('what cannot be understood is refused, all of it at once', () => {
  it.each([
    ['not an object', 'nuke', [' type']],
    ['no conditions', { actions: [action] }, ['/conditions required']],
    [
      'empty conditions, which would pay everybody',
      rule({ conditions: [] }),
      ['/conditions required'],
    ],
    ['conditions that are no list', rule({ conditions: 7 }), ['/conditions type']],
    ['conditions beside "always"', rule({ always: true }), ['/always enum']],
    ['an "always" that is not true', rule({ always: 'yes' }), ['/always enum']],
    ['an unknown logic', rule({ logic: 'XOR' }), ['/logic enum']],
    ['an unknown member', rule({ condtions: [] }), ['/condtions unknown_property']],
    [
      'an unknown operator',
      rule({ conditions: [{ ...condition, operator: '=' }] }),
      ['/conditions/0/operator enum'],
    ],
    [
      'an operator named like a member of every object',
      rule({ conditions: [{ ...condition, operator: 'constructor' }] }),
      ['/conditions/0/operator enum'],
    ],
    [
      'a condition without its parts',
      rule({ conditions: [{}] }),
      ['/conditions/0/field required', '/conditions/0/operator required'],
    ],
    [
      'a condition without a value',
      rule({ conditions: [{ field: 'a', operator: '==' }] }),
      ['/conditions/0/value required'],
    ],
    [
      'a null value',
      rule({ conditions: [{ ...condition, value: null }] }),
      ['/conditions/0/value type'],
    ],
    [
      'an order of truth values',
      rule({ conditions: [{ ...condition, operator: '>' }] }),
      ['/conditions/0/value type'],
    ],
    [
      'a list that is none',
      rule({ conditions: [{ ...condition, operator: 'in' }] }),
      ['/conditions/0/value type'],
    ],
    [
      'an empty list',
      rule({ conditions: [{ ...condition, operator: 'not_in', value: [] }] }),
      ['/conditions/0/value type'],
    ],
    [
      'a list of objects',
      rule({ conditions: [{ ...condition, operator: 'in', value: [{}] }] }),
      ['/conditions/0/value type'],
    ],
    [
      'a condition that is no object',
      rule({ conditions: [null, 'a'] }),
      ['/conditions/0 type', '/conditions/1 type'],
    ],
    [
      'a number that JSON cannot carry',
      rule({ conditions: [{ ...condition, value: Number.POSITIVE_INFINITY }] }),
      ['/conditions/0/value type'],
    ],
    [
      'an order of text that looks like a number, since as text "90" comes after "100"',
      rule({ conditions: [{ ...condition, operator: '>', value: '100' }] }),
      ['/conditions/0/value type'],
    ],
    [
      'the empty text, which every text contains',
      rule({ conditions: [{ ...condition, operator: 'contains', value: '' }] }),
      ['/conditions/0/value type'],
    ],
    [
      'text that the database cannot keep',
      rule({
        conditions: [
          { ...condition, value: 'a\0b' },
          { ...condition, operator: 'in', value: ['\ud800'] },
          { ...condition, field: 'a\0b' },
        ],
        actions: [{ ...action, reward_id: 'a\0b' }],
        on: ['a\0b'],
      }),
      [
        '/on/0 type',
        '/conditions/0/value type',
        '/conditions/1/value type',
        '/conditions/2/field path',
        '/actions/0/reward_id type',
      ],
    ],
    [
      'text that is too long',
      rule({
        conditions: [{ ...condition, value: 'x'.repeat(textCharactersMax + 1) }],
        on: ['x'.repeat(101)],
      }),
      ['/on/0 type', '/conditions/0/value type'],
    ],
    [
      'a group of two modes',
      rule({ conditions: [{ any: [condition], none: [condition] }] }),
      ['/conditions/0/none unknown_property'],
    ],
    [
      'members called __proto__',
      JSON.parse('{"__proto__": {"always": true}, "actions": [{"__proto__": {"type": "credit"}}]}'),
      [
        '/__proto__ unknown_property',
        '/conditions required',
        '/actions/0/__proto__ unknown_property',
        '/actions/0/type required',
        '/actions/0/user required',
        '/actions/0/amount_cents required',
      ],
    ],
    ['no actions', { conditions: [condition] }, ['/actions required']],
    ['empty actions', rule({ actions: [] }), ['/actions type']],
    ['an action that is no object', rule({ actions: ['nuke'] }), ['/actions/0 type']],
    [
      'an unknown action',
      rule({ actions: [{ ...action, type: 'nuke' }] }),
      ['/actions/0/type enum'],
    ],
    [
      'an action without its parts',
      rule({ actions: [{}] }),
      ['/actions/0/type required', '/actions/0/user required', '/actions/0/amount_cents required'],
    ],
    [
      'an unknown currency',
      rule({ actions: [{ ...action, currency: 'ZZZ' }] }),
      ['/actions/0/currency enum'],
    ],
    [
      'an empty reward id',
      rule({ actions: [{ ...action, reward_id: '' }] }),
      ['/actions/0/reward_id type'],
    ],
    [
      'a user that is no path',
      rule({ actions: [{ ...action, user: 'a..b' }] }),
      ['/actions/0/user path'],
    ],
    ['an empty list of triggers', rule({ on: [] }), ['/on type']],
    ['a trigger that is no text', rule({ on: ['signup', 7] }), ['/on/1 type']],
  ])('%s', (_what, json, expected) => {
    expect(faultsOf(json)).toEqual(expected)
  })

  it.each([0, -1, 1.5, 2 ** 53, Number.NaN])('an amount of %s', (amount) => {
    expect(faultsOf(rule({ actions: [{ ...action, amount_cents: amount }] }))).toEqual([
      '/actions/0/amount_cents range',
    ])
  })

  it('an amount in a text', () => {
    expect(faultsOf(rule({ actions: [{ ...action, amount_cents: '500' }] }))).toEqual([
      '/actions/0/amount_cents type',
    ])
  })

  it.each([
    '__proto__.x',
    'a.constructor',
    'prototype',
    '',
    'a..b',
    'a. .b',
    'x'.repeat(201),
    Array(17).fill('a').join('.'),
  ])('the path %j', (field) => {
    expect(faultsOf(rule({ conditions: [{ ...condition, field }] }))).toEqual([
      '/conditions/0/field path',
    ])
  })

  it('more than the limits allow', () => {
    expect(faultsOf(rule({ actions: Array(actionsMax + 1).fill(action) }))).toEqual([
      '/actions type',
    ])
    expect(faultsOf(rule({ conditions: Array(conditionsMax + 1).fill(condition) }))).toEqual([
      `/conditions/${conditionsMax} limit`,
    ])
    expect(faultsOf(rule({ conditions: Array(conditionsMax).fill(condition) }))).toEqual([])
    const list = Array(listItemsMax + 1).fill(1)
    expect(faultsOf(rule({ conditions: [{ ...condition, operator: 'in', value: list }] }))).toEqual(
      ['/conditions/0/value type'],
    )
    expect(faultsOf(rule({ on: Array(triggersMax + 1).fill('a') }))).toEqual(['/on type'])
  })

  // An answer that lists a fault for each of a body's members would be many times the body.
  it('up to a number of faults, the last of which says that there are more', () => {
    const names = Array.from({ length: 30_000 }, (_, index) => [`name${index}`, 1])
    const faults = faultsOf(Object.fromEntries(names))
    expect(faults).toHaveLength(faultsMax + 1)
    expect(faults.at(-1)).toBe(' limit')
  })

  it('without repeating long names', () => {
    expect(detailOf(rule({ ['x'.repeat(10_000)]: 1 })).length).toBeLessThan(100)
  })

  it('but not text with an order of its own, nor a reward id of 255 characters', () => {
    const dates = { field: 'day', operator: '>=', value: '2027-01-31' }
    const reward = { ...action, reward_id: '🌱'.repeat(255) }
    expect(
      faultsOf(rule({ conditions: [dates], actions: [reward], on: ['🌱'.repeat(100)] })),
    ).toEqual([])
  })

  it('names what may have been meant', () => {
    expect(detailOf(rule({ conditions: [{ ...condition, operator: '=' }] }))).toContain(
      'Did you mean ==?',
    )
    expect(detailOf(rule({ actions: [{ ...action, type: 'Credits' }] }))).toContain(
      'Did you mean credit?',
    )
    expect(detailOf(rule({ actons: [] }))).toContain('Did you mean actions?')
    expect(detailOf(rule({ ['x'.repeat(50)]: [] }))).not.toContain('Did you mean')
  })

  it('points into names with slashes and tildes as RFC 6901 does', () => {
    expect(faultsOf(rule({ 'a/b~c': 1 }))).toEqual(['/a~1b~0c unknown_property'])
  })
})

describe('rules for every event', () => {
  it('say so in so many words', () => {
    expect(parsed({ always: true, actions: [action] }).condition.nodes).toEqual([])
    expect(parsed({ always: true, conditions: [], actions: [action], on: ['signup'] }).on).toEqual([
      'signup',
    ])
  })
})
