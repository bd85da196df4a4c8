import { describe, expect, it } from 'vitest'
import { detailOf, faultsOf, parsed, rule } from './parsing.fixture.ts'

type Json = Readonly<Record<string, unknown>>
const credit = { type: 'credit', user: 'referrer_id', amount_cents: 100 }
const deny = { type: 'deny', reason: 'One device, many accounts.' }
const multiply = { type: 'multiply', factor: 1.5 }
const actionOf = (action: Json) => parsed(rule({ actions: [action] })).actions[0]
const faultsOfAction = (action: unknown) =>
  faultsOf(rule({ actions: [action] })).map((fault) => fault.replace('/actions/0', ''))

describe('a credit', () => {
  it('is held for a time', () => {
    expect(actionOf({ ...credit, hold: 'P14D', expires_after: 'P1Y' })).toMatchObject({
      hold: { kind: 'time', duration: { text: 'P14D', days: 14 } },
      expiresAfter: { text: 'P1Y', months: 12 },
    })
  })

  it('is held until an event about the same referred user, or what else they share', () => {
    expect(actionOf({ ...credit, hold: { until: 'order.delivered' } })).toMatchObject({
      hold: {
        kind: 'event',
        type: 'order.delivered',
        match: { text: 'referred_id', segments: ['referred_id'] },
        atMost: null,
      },
    })
    const hold = { until: 'order.delivered', match: 'order.id', at_most: 'P60D' }
    expect(actionOf({ ...credit, hold })).toMatchObject({
      hold: { match: { text: 'order.id' }, atMost: { days: 60 } },
    })
  })

  // The first form of the language took null for what is not given.
  it('takes null for a currency and a reward id that are not given', () => {
    expect(actionOf({ ...credit, currency: null, reward_id: null })).toMatchObject({
      currency: 'USD',
      rewardId: null,
    })
  })

  it.each<[string, Json, string[]]>([
    ['held for a number', { hold: 14 }, ['/hold type']],
    ['held for null', { hold: null }, ['/hold type']],
    ['held for a list', { hold: ['P14D'] }, ['/hold type']],
    ['held for no time', { hold: 'P0D' }, ['/hold format']],
    ['held until nothing', { hold: {} }, ['/hold/until required']],
    ['held with more', { hold: { until: 'a', after: 'b' } }, ['/hold/after unknown_property']],
    ['held until what has no path', { hold: { until: 'a', match: '' } }, ['/hold/match path']],
    ['held at most for a number', { hold: { until: 'a', at_most: 9 } }, ['/hold/at_most type']],
    ['that expires after minutes', { expires_after: 'PT5M' }, ['/expires_after format']],
    ['of two amounts', { amount: { amount_cents: 1 } }, ['/amount conflict']],
    [
      'of a debit’s kind',
      { type: 'debit', hold: 'P1D', expires_after: 'P1D' },
      ['/hold conflict', '/expires_after conflict'],
    ],
  ])('%s is refused', (_what, more, expected) => {
    expect(faultsOfAction({ ...credit, ...more })).toEqual(expected)
  })
})

describe('a guard', () => {
  it('denies all rules, and only where it is sure, unless it says otherwise', () => {
    expect(actionOf(deny)).toEqual({
      kind: 'deny',
      id: '/actions/0',
      reason: deny.reason,
      group: null,
      deniesUnknown: false,
    })
    expect(actionOf({ ...deny, group: 'referral', on_unknown: 'deny' })).toMatchObject({
      group: 'referral',
      deniesUnknown: true,
    })
  })

  it.each<[string, Json, string[]]>([
    ['without a reason', { reason: undefined }, ['/reason required']],
    ['with a reason of no words', { reason: '' }, ['/reason type']],
    ['with an amount', { amount_cents: 5 }, ['/amount_cents unknown_property']],
    ['of an empty group', { group: '' }, ['/group type']],
    ['that may deny', { on_unknown: 'maybe' }, ['/on_unknown enum']],
  ])('%s is refused', (_what, more, expected) => {
    expect(faultsOfAction({ ...deny, ...more })).toEqual(expected)
  })
})

describe('a modifier', () => {
  it('multiplies the credits of all rules or of a group, up to a bound', () => {
    expect(actionOf(multiply)).toEqual({
      kind: 'multiply',
      id: '/actions/0',
      factorHundredths: 150n,
      group: null,
      maxCents: null,
    })
    expect(actionOf({ ...multiply, group: 'referral', max_cents: 900 })).toMatchObject({
      group: 'referral',
      maxCents: 900n,
    })
  })

  it.each<[string, Json, string[]]>([
    ['of no factor', { factor: undefined }, ['/factor required']],
    ['of nothing', { factor: 0 }, ['/factor range']],
    ['of too much', { factor: 100.01 }, ['/factor range']],
    ['of three decimals', { factor: 1.005 }, ['/factor range']],
    ['with a user', { user: 'referrer_id' }, ['/user unknown_property']],
  ])('%s is refused', (_what, more, expected) => {
    expect(faultsOfAction({ ...multiply, ...more })).toEqual(expected)
  })
})

describe('a rule does one thing', () => {
  it.each([
    ['pays and denies', [credit, deny], ['/actions/1/type conflict']],
    ['denies and pays', [deny, credit], ['/actions/1/type conflict']],
    [
      'multiplies and pays twice',
      [multiply, credit, credit],
      ['/actions/1/type conflict', '/actions/2/type conflict'],
    ],
  ])('and is refused where it %s', (_what, actions, expected) => {
    expect(faultsOf(rule({ actions }))).toEqual(expected)
  })

  it.each([null, 'deny', 7, [deny]])('and is refused where an action is %j', (none) => {
    expect(faultsOf(rule({ actions: [none, deny] }))).toEqual(['/actions/0 type'])
  })

  it('and is read by its other actions where one has no known type', () => {
    expect(faultsOf(rule({ actions: [{ type: 'dney', reason: 'a' }, deny] }))).toEqual([
      '/actions/0/type enum',
    ])
    expect(faultsOf(rule({ actions: [multiply, { factor: 2 }] }))).toEqual([
      '/actions/1/type required',
    ])
    expect(detailOf(rule({ actions: [{ ...deny, type: 'dney' }] }))).toContain('Did you mean deny?')
  })

  it('and has no limits or stacking where it does not pay', () => {
    for (const action of [deny, multiply]) {
      expect(
        faultsOf(rule({ actions: [action], limits: [{ per: 'user', max_count: 1 }] })),
      ).toEqual(['/limits conflict'])
      const stacking = { group: 'referral', mode: 'all' }
      expect(faultsOf(rule({ actions: [action], stacking }))).toEqual(['/stacking conflict'])
    }
  })
})
