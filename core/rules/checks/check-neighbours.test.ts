import { describe, expect, it } from 'vitest'
import { applyPatch } from '../diff/json-patch.ts'
import { credit, findingOf, found, limits, neighbour, when } from './checks.fixture.ts'

const amount = (operator: string, value: unknown) => ({
  field: 'purchase.amount_cents',
  operator,
  value,
})
const country = (...values: readonly string[]) => ({
  field: 'referred.country',
  operator: 'in',
  value: values,
})
const other = { ...credit, reward_id: 'other' }
const first = { group: 'season', mode: 'first' }

describe('a duplicate', () => {
  const rule = when(amount('>', 5), country('US', 'CA'))

  it.each<[string, object]>([
    ['in another order', when(country('CA', 'US'), amount('>', 5))],
    ['in a group', when({ all: [amount('>', 5), { any: [country('US', 'CA')] }] })],
    ['with a condition twice', when(amount('>', 5), amount('>', 5), country('CA', 'US'))],
  ])('is found %s', (_name, twin) => {
    expect(found(rule, { neighbours: [neighbour(twin)] })).toEqual(['duplicate_rule at '])
  })

  it.each<[string, object]>([
    ['a denied group', when({ none: [amount('>', 5)] }, country('US', 'CA'))],
    ['another value', when(amount('>', 6), country('US', 'CA'))],
    ['another amount', { ...rule, actions: [{ ...other, amount_cents: 7 }] }],
    ['another trigger', { ...rule, on: ['refund'] }],
  ])('is none of %s', (_name, near) => {
    const codes = found(rule, { neighbours: [neighbour(near)] })
    expect(codes.filter((each) => each.startsWith('duplicate'))).toEqual([])
  })

  it('is none where the two are asked about other events', () => {
    const of = (type: string) => ({ ...rule, on: [type] })
    expect(found(of('purchase'), { neighbours: [neighbour(of('refund'))] })).toEqual([])
    expect(found(of('purchase'), { neighbours: [neighbour(of('purchase'))] })).toHaveLength(1)
  })
})

describe('a shadowed rule', () => {
  const rule = { ...when(amount('>', 500), country('US')), stacking: first }
  const wide = {
    ...when(amount('>', 200)),
    actions: [other],
    limits: [],
    stacking: first,
    priority: 1,
  }
  const { limits: _, ...winner } = wide
  const shadowed = (json: object, given = {}) =>
    found(rule, { neighbours: [neighbour(json, given)] }).filter((each) =>
      each.startsWith('shadowed'),
    )

  it.each<[string, object, object?]>([
    ['a wider one of higher priority', winner],
    ['an older one of the same priority', { ...winner, priority: 0 }],
    ['a rule for always', { always: true, actions: [other], stacking: first, priority: 1 }],
    [
      'one of the others',
      { ...winner, conditions: [{ any: [country('US', 'CA'), amount('<', 1)] }] },
    ],
    [
      'none of what it is not',
      {
        ...winner,
        conditions: [{ none: [amount('<', 9), { all: [country('CA'), amount('>', 1)] }] }],
      },
    ],
  ])('is found behind %s', (_name, json) => {
    expect(shadowed(json)).toEqual(['shadowed at /stacking'])
  })

  it.each<[string, object, object?]>([
    ['a younger one', { ...winner, priority: 0 }, { isOlder: false }],
    ['one of lower priority', { ...winner, priority: -1 }],
    ['a narrower one', { ...winner, conditions: [amount('>', 600)] }],
    [
      'one that knows more facts',
      { ...winner, conditions: [{ field: 'channel', operator: '==', value: 'code' }] },
    ],
    [
      'one with a pattern',
      { ...winner, conditions: [{ field: 'referred.country', operator: 'matches', value: 'U' }] },
    ],
    ['another group', { ...winner, stacking: { ...first, group: 'referral' } }],
    ['no group', { ...winner, stacking: undefined }],
    ['one with a limit', { ...winner, limits }],
    ['one that pays somebody else', { ...winner, actions: [{ ...other, user: 'referred_id' }] }],
    [
      'an amount that can be nothing',
      {
        ...winner,
        actions: [
          {
            type: 'credit',
            user: 'referrer_id',
            amount: { percent: 1, of: 'purchase.amount_cents' },
          },
        ],
      },
    ],
    ['one that is only tried out', { ...winner, mode: 'shadow' }],
    ['one with a schedule', { ...winner, schedule: { weekdays: ['mon'] } }],
    ['one for other events', { ...winner, on: ['purchase'] }],
  ])('is none behind %s', (_name, json, given) => {
    // Without the members that are undefined.
    const plain = JSON.parse(JSON.stringify(json)) as object
    expect(shadowed(plain, given)).toEqual([])
  })

  it('is none where all of the group are paid', () => {
    const all = { ...rule, stacking: { ...first, mode: 'all' } }
    const codes = found(all, { neighbours: [neighbour(winner)] })
    expect(codes.filter((each) => each.startsWith('shadowed'))).toEqual([])
  })
})

describe('a double payment', () => {
  const rule = when(amount('>', 5))
  const twin = (given: object = {}) => neighbour({ ...when(country('US')), ...given })

  it('is found where both are met by the same events', () => {
    expect(found(rule, { neighbours: [twin()] })).toEqual(['double_payment at /actions/0'])
  })

  it.each<[string, object, object?]>([
    ['conditions that exclude each other', when(amount('<', 5))],
    ['another reward', { ...when(country('US')), actions: [other] }],
    ['another user', { ...when(country('US')), actions: [{ ...credit, user: 'user_id' }] }],
    ['a charge', { ...when(country('US')), actions: [{ ...credit, type: 'debit' }] }],
    ['a rule that is only tried out', { ...when(country('US')), mode: 'shadow' }],
  ])('is none with %s', (_name, json) => {
    expect(found(rule, { neighbours: [neighbour(json)] })).toEqual([])
  })

  it('is none in one group of which one is paid, or at other times', () => {
    const group = { stacking: { group: 'season', mode: 'highest' } }
    expect(found({ ...rule, ...group }, { neighbours: [twin(group)] })).toEqual([])
    const until = { schedule: { ends_at: '2028-01-01T00:00:00Z' } }
    const from = { schedule: { starts_at: '2028-01-01T00:00:00Z' } }
    expect(found({ ...rule, ...until }, { neighbours: [twin(from)] })).toEqual([])
    expect(found({ ...rule, mode: 'shadow' }, { neighbours: [twin()] })).toEqual([])
  })
})

describe('a stacking group', () => {
  const rule = (mode: string, given: object = {}) => ({
    ...when(amount('>', 5)),
    stacking: { group: 'season', mode },
    ...given,
  })
  const member = (mode: string, currency = 'USD') =>
    neighbour({
      ...when(amount('<', 5)),
      stacking: { group: 'season', mode },
      actions: [{ ...other, currency }],
    })

  it('without another member is said, and left by the fix', () => {
    expect(found(rule('first'))).toEqual(['stacking_alone at /stacking'])
    const { fix } = findingOf('stacking_alone', rule('first'))
    expect(found(applyPatch(rule('first'), fix?.patch ?? []) as object)).toEqual([])
    expect(found(rule('first'), { neighbours: [member('first')] })).toEqual([])
  })

  it('of different modes is said, with a fix where the others agree', () => {
    const one = { neighbours: [member('first')] }
    expect(found(rule('all'), one)).toEqual(['stacking_mode_conflict at /stacking/mode'])
    const { fix } = findingOf('stacking_mode_conflict', rule('all'), one)
    expect(found(applyPatch(rule('all'), fix?.patch ?? []) as object, one)).toEqual([])
    const two = { neighbours: [member('first'), member('highest')] }
    expect(findingOf('stacking_mode_conflict', rule('all'), two).fix).toBeUndefined()
  })

  it('of which the highest is paid compares one currency', () => {
    const neighbours = [member('highest', 'EUR')]
    expect(found(rule('highest'), { neighbours })).toEqual(['currency_mismatch at /stacking/mode'])
    expect(found(rule('highest'), { neighbours: [member('highest')] })).toEqual([])
  })
})

describe('guards and modifiers', () => {
  const member = neighbour({ ...when(amount('<', 5)), stacking: first })
  const deny = { type: 'deny', reason: 'Too many.' }
  const multiply = { type: 'multiply', factor: 2 }
  const always = (action: object) => ({ always: true, actions: [action] })

  it('that deny everything are said', () => {
    expect(found(always(deny))).toEqual(['guard_always_denies at /actions/0'])
    expect(found({ conditions: [amount('>', 5)], actions: [deny] })).toEqual([])
    expect(found({ ...always(deny), schedule: { weekdays: ['mon'] } })).toEqual([])
  })

  it.each<[string, object]>([
    ['guard_without_effect', { ...deny, group: 'season' }],
    ['modifier_without_effect', { ...multiply, group: 'season' }],
  ])('of a group without members are said: %s', (code, action) => {
    const json = { conditions: [amount('>', 5)], actions: [action] }
    expect(found(json)).toEqual([`${code} at /actions/0/group`])
    expect(found(json, { neighbours: [member] })).toEqual([])
  })

  it('that multiply by one are said, unless they bound', () => {
    const once = { ...multiply, factor: 1 }
    expect(found(always(once))).toEqual(['modifier_without_effect at /actions/0/factor'])
    expect(found(always({ ...once, max_cents: 5 }))).toEqual([])
    expect(found(always(multiply))).toEqual([])
  })
})
