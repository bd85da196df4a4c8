import { describe, expect, it } from 'vitest'
import { limitCountMax, limitsMax } from './limits.ts'
import { action, faultsOf, parsed, rule } from './parsing.fixture.ts'

type Json = Readonly<Record<string, unknown>>
const limitOf = (limit: Json, more: Json = {}) =>
  parsed(rule({ limits: [{ per: 'user', ...limit }], ...more })).limits[0]
const faultsOfLimit = (limit: unknown, more: Json = {}) =>
  faultsOf(rule({ limits: [limit], ...more })).map((fault) => fault.replace('/limits/0', ''))

describe('a limit', () => {
  it('counts all time, clips what is too large and refuses the rest, unless it says otherwise', () => {
    expect(limitOf({ max_count: 10 })).toEqual({
      id: '/limits/0',
      per: 'user',
      window: { kind: 'lifetime' },
      maxCount: 10,
      maxAmountCents: null,
      currency: null,
      whenShort: 'clip',
      pausesRule: false,
    })
    const more = {
      per: 'pair',
      within: 'month',
      max_amount_cents: 500,
      max_count: 1,
      when_short: 'refuse',
    }
    expect(limitOf(more)).toMatchObject({
      per: 'pair',
      window: { kind: 'calendar', unit: 'month' },
      maxAmountCents: 500n,
      currency: 'USD',
      whenShort: 'refuse',
    })
  })

  it('is a budget where it pauses its rule', () => {
    const budget = { per: 'rule', max_amount_cents: 5_000_000, when_spent: 'pause' }
    expect(limitOf(budget)).toMatchObject({ pausesRule: true })
    expect(limitOf({ ...budget, within: 'lifetime' })).toMatchObject({ pausesRule: true })
  })

  it('is in the currency in which the rule pays', () => {
    const actions = [{ ...action, currency: 'INR' }]
    expect(limitOf({ max_amount_cents: 1 }, { actions })?.currency).toBe('INR')
    const both = [action, ...actions]
    expect(limitOf({ max_amount_cents: 1, currency: 'INR' }, { actions: both })?.currency).toBe(
      'INR',
    )
    expect(faultsOfLimit({ per: 'user', max_amount_cents: 1 }, { actions: both })).toEqual([
      '/currency required',
    ])
  })

  it.each<[string, unknown, string[]]>([
    ['that is none', 'a', [' type']],
    ['of nothing', { per: 'user' }, [' required']],
    ['per nobody', { max_count: 1 }, ['/per required']],
    ['per what is not counted', { per: 'friend', max_count: 1 }, ['/per enum']],
    ['of no times', { per: 'user', max_count: 0 }, ['/max_count range']],
    ['of endless times', { per: 'user', max_count: limitCountMax + 1 }, ['/max_count range']],
    ['of no money', { per: 'user', max_amount_cents: 0 }, ['/max_amount_cents range']],
    ['of a number in quotes', { per: 'user', max_count: '5' }, ['/max_count type']],
    ['within what is none', { per: 'user', max_count: 1, within: 'fortnight' }, ['/within enum']],
    [
      'with a currency of a count',
      { per: 'user', max_count: 1, currency: 'USD' },
      ['/currency conflict'],
    ],
    ['of no currency', { per: 'user', max_amount_cents: 1, currency: null }, ['/currency enum']],
    [
      'of an unknown currency',
      { per: 'user', max_amount_cents: 1, currency: 'ZZZ' },
      ['/currency enum'],
    ],
    [
      'that does what it likes',
      { per: 'user', max_count: 1, when_short: 'ask' },
      ['/when_short enum'],
    ],
    ['that stops', { per: 'rule', max_count: 1, when_spent: 'stop' }, ['/when_spent enum']],
    [
      'that pauses for a user',
      { per: 'user', max_count: 1, when_spent: 'pause' },
      ['/when_spent conflict'],
    ],
    [
      'that pauses each day',
      { per: 'rule', within: 'day', max_count: 1, when_spent: 'pause' },
      ['/when_spent conflict'],
    ],
    [
      'with a member that is not known',
      { per: 'user', max_counts: 1, max_count: 1 },
      ['/max_counts unknown_property'],
    ],
  ])('%s is refused', (_what, limit, expected) => {
    expect(faultsOfLimit(limit)).toEqual(expected)
  })

  it('is refused as one too many', () => {
    const limits = (count: number) => Array(count).fill({ per: 'user', max_count: 1 })
    expect(faultsOf(rule({ limits: limits(limitsMax) }))).toEqual([])
    expect(faultsOf(rule({ limits: limits(limitsMax + 1) }))).toEqual(['/limits type'])
    expect(faultsOf(rule({ limits: [] }))).toEqual(['/limits type'])
  })
})
