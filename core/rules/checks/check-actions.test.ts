import { describe, expect, it } from 'vitest'
import { applyPatch } from '../diff/json-patch.ts'
import { checkedAtMs, credit, findingOf, findings, found, limits, when } from './checks.fixture.ts'

const paying = (...actions: readonly object[]) => ({ always: true, actions, limits })
const computed = (amount: object, given: object = {}) => {
  const { amount_cents: _, ...rest } = credit
  return { ...rest, amount, ...given }
}
const percent = (given: object = {}) => ({
  percent: 10,
  of: 'purchase.amount_cents',
  max_cents: 900,
  ...given,
})
const tiers = (...froms: readonly [number, number][]) => ({
  tiers: froms.map(([from, amount_cents]) => ({ from, amount_cents })),
  by: 'purchase.amount_cents',
})

describe('amounts', () => {
  it.each<[string, object, string]>([
    ['a share', percent({ percent: 100.01 }), '/actions/0/amount/percent'],
    [
      'a tier',
      {
        tiers: [{ from: 0, percent: 150, of: 'purchase.amount_cents' }],
        by: 'purchase.amount_cents',
        max_cents: 9,
      },
      '/actions/0/amount/tiers/0/percent',
    ],
    [
      'a part of a tier',
      {
        tiers: [{ from: 0, percent: 150 }],
        mode: 'marginal',
        by: 'purchase.amount_cents',
        max_cents: 9,
      },
      '/actions/0/amount/tiers/0/percent',
    ],
    [
      'one of several',
      { greater_of: [{ amount_cents: 1 }, percent({ percent: 200 })] },
      '/actions/0/amount/greater_of/1/percent',
    ],
    [
      'the smaller',
      { smaller_of: [percent({ percent: 200 }), { amount_cents: 1 }] },
      '/actions/0/amount/smaller_of/0/percent',
    ],
    [
      'every n-th',
      { every: 2, count: { event: 'any', for: 'user' }, amount: percent({ percent: 200 }) },
      '/actions/0/amount/amount/percent',
    ],
  ])('above 100 percent are found: %s', (_name, amount, pointer) => {
    const json = paying(computed(amount))
    expect(found(json)).toEqual([`percent_above_100 at ${pointer}`])
    const { fix } = findingOf('percent_above_100', json)
    expect(found(applyPatch(json, fix?.patch ?? []) as object)).toEqual([])
  })

  it('of 100 percent are fine', () => {
    expect(found(paying(computed(percent({ percent: 100 }))))).toEqual([])
  })

  it('that begin above nothing are found, but not where the conditions begin there too', () => {
    const json = paying(computed(tiers([100, 1], [200, 2])))
    expect(found(json)).toEqual(['tier_gap at /actions/0/amount/tiers/0/from'])
    const { fix } = findingOf('tier_gap', json)
    expect(found(applyPatch(json, fix?.patch ?? []) as object)).toEqual([])
    const above = (value: number) => ({
      ...when({ field: 'purchase.amount_cents', operator: '>=', value }),
      actions: [computed(tiers([100, 1], [200, 2]))],
    })
    expect(found(above(100))).toEqual([])
    expect(found(above(99))).toEqual(['tier_gap at /actions/0/amount/tiers/0/from'])
  })

  it('by a count begin at 1', () => {
    const by = { count: { event: 'any', for: 'user' } }
    const counted = (from: number) => paying(computed({ tiers: [{ from, amount_cents: 1 }], by }))
    expect(found(counted(1))).toEqual([])
    expect(found(counted(2))).toEqual(['tier_gap at /actions/0/amount/tiers/0/from'])
  })

  it('of a tier that pays what the one before it pays are found', () => {
    const json = paying(computed(tiers([0, 1], [100, 1], [200, 2])))
    expect(found(json)).toEqual(['tier_without_effect at /actions/0/amount/tiers/1'])
    const { fix } = findingOf('tier_without_effect', json)
    expect(found(applyPatch(json, fix?.patch ?? []) as object)).toEqual([])
    const marginal = (second: number) => ({
      tiers: [
        { from: 0, percent: 1 },
        { from: 10, percent: second },
      ],
      mode: 'marginal',
      by: 'purchase.amount_cents',
      max_cents: 9,
    })
    expect(found(paying(computed(marginal(1))))).toHaveLength(1)
    expect(found(paying(computed(marginal(2))))).toEqual([])
    const shares = (second: string) => ({
      tiers: ['purchase.amount_cents', second].map((of, from) => ({ from, percent: 1, of })),
      by: 'purchase.amount_cents',
      max_cents: 9,
    })
    expect(found(paying(computed(shares('purchase.amount_cents'))))).toHaveLength(1)
    expect(found(paying(computed(shares('refund.amount_cents'))))).toEqual([])
  })
})

describe('currencies', () => {
  const inCurrency = (value: string) => ({
    ...when({ field: 'purchase.currency', operator: '==', value }),
    actions: [computed(percent())],
  })

  it('of a fact that the conditions pin to another than the action pays are an error', () => {
    const finding = findingOf('currency_mismatch', inCurrency('EUR'))
    expect(finding).toMatchObject({ severity: 'error', pointer: '/actions/0/amount/of' })
    expect(found(inCurrency('USD'))).toEqual([])
  })

  it('of a limit in which nothing is paid are an error', () => {
    const limited = (currency: string) => ({
      ...paying(credit),
      limits: [{ per: 'rule', max_amount_cents: 900, currency }],
    })
    const finding = findingOf('currency_mismatch', limited('EUR'))
    expect(finding).toMatchObject({ severity: 'error', pointer: '/limits/0/currency' })
    expect(found(applyPatch(limited('EUR'), finding.fix?.patch ?? []) as object)).toEqual([])
    const two = [credit, { ...credit, currency: 'EUR' }]
    const several = { ...limited('JPY'), actions: two }
    expect(findingOf('currency_mismatch', several).fix).toBeUndefined()
    const ofProgram = {
      ...limited('EUR'),
      limits: [{ per: 'program', max_amount_cents: 900, currency: 'EUR' }],
    }
    expect(found(ofProgram)).toEqual([])
  })
})

describe('limits', () => {
  const unlimited = { always: true, actions: [credit] }

  it('that are missing are said, and the fix gives one', () => {
    expect(found(unlimited)).toEqual(['no_limit at /actions/0'])
    const { fix } = findingOf('no_limit', unlimited)
    expect(found(applyPatch(unlimited, fix?.patch ?? []) as object)).toEqual([])
  })

  it('are not missed of debits, within those of the program, or where history bounds the rule', () => {
    expect(found({ ...unlimited, actions: [{ ...credit, type: 'debit' }] })).toEqual([])
    expect(found(unlimited, { hasProgramLimits: true })).toEqual([])
    const few = (operator: string) => ({
      conditions: [{ count: { reward: 'any', for: 'user' }, operator, value: 3 }],
      actions: [credit],
    })
    expect(found(few('<'))).toEqual([])
    expect(found(few('>'))).toEqual(['no_limit at /actions/0'])
  })

  it('of how often do not bound a reward of any size', () => {
    const sized = (amount: object) => paying(computed(amount))
    const open = { percent: 10, of: 'purchase.amount_cents' }
    const byCents = 'purchase.amount_cents'
    expect(found(sized(open))).toEqual(['no_limit at /actions/0/amount'])
    expect(found(sized(percent()))).toEqual([])
    expect(found(sized({ greater_of: [open, { amount_cents: 5 }] }))).toHaveLength(1)
    expect(found(sized({ smaller_of: [open, { amount_cents: 5 }] }))).toEqual([])
    expect(found(sized({ smaller_of: [open, open] }))).toHaveLength(1)
    expect(found(sized({ tiers: [{ from: 0, ...open }], by: byCents }))).toHaveLength(1)
    expect(found(sized({ tiers: [{ from: 0, ...open }], by: byCents, max_cents: 9 }))).toEqual([])
    const byRule = [{ per: 'rule', max_amount_cents: 900 }]
    expect(found({ ...sized(open), limits: byRule })).toEqual([])
  })

  it.each<[string, object, number]>([
    ['a fixed amount', { amount_cents: 500 }, 499],
    ['a least amount', percent({ min_cents: 500 }), 499],
    ['the least tier', tiers([0, 600], [9, 500]), 499],
    ['the least amount of tiers', { ...tiers([0, 5]), min_cents: 500 }, 499],
    ['the most of tiers', { ...tiers([0, 900]), max_cents: 500 }, 499],
    ['the greater', { greater_of: [{ amount_cents: 5 }, { amount_cents: 500 }] }, 499],
    ['the smaller', { smaller_of: [{ amount_cents: 900 }, { amount_cents: 500 }] }, 499],
    [
      'every n-th',
      { every: 2, count: { event: 'any', for: 'user' }, amount: { amount_cents: 500 } },
      499,
    ],
  ])('below one reward are found: %s', (_name, amount, most) => {
    const json = (max: number) => ({
      ...paying(computed(amount)),
      limits: [{ per: 'rule', max_amount_cents: max, when_short: 'refuse' }],
    })
    expect(found(json(most))).toEqual(['cap_below_reward at /limits/0/max_amount_cents'])
    const { fix, message } = findingOf('cap_below_reward', json(most))
    expect(message).toContain('never paid')
    expect(found(applyPatch(json(most), fix?.patch ?? []) as object)).toEqual([])
    expect(found(json(most + 1))).toEqual([])
  })

  it('that clip say that a part is paid', () => {
    const json = {
      ...paying(credit, { ...credit, amount_cents: 400 }),
      limits: [{ per: 'rule', max_amount_cents: 1 }],
    }
    expect(findingOf('cap_below_reward', json).message).toContain('only a part')
  })

  it.each<[string, readonly object[], readonly string[]]>([
    [
      'a higher one',
      [
        { per: 'user', max_count: 5 },
        { per: 'user', max_count: 9 },
      ],
      ['/limits/1'],
    ],
    [
      'one within a month',
      [
        { per: 'user', max_count: 9, within: 'month' },
        { per: 'user', max_count: 5 },
      ],
      ['/limits/0'],
    ],
    [
      'the same twice',
      [
        { per: 'user', max_count: 5 },
        { per: 'user', max_count: 5 },
      ],
      ['/limits/1'],
    ],
    [
      'of the same days',
      [
        { per: 'user', max_count: 5, within: 'P3D' },
        { per: 'user', max_count: 6, within: 'P3D' },
      ],
      ['/limits/1'],
    ],
    [
      'of amounts',
      [
        { per: 'user', max_amount_cents: 900 },
        { per: 'user', max_amount_cents: 1_000 },
      ],
      ['/limits/1'],
    ],
    [
      'none of another scope',
      [
        { per: 'user', max_count: 5 },
        { per: 'rule', max_count: 9 },
      ],
      [],
    ],
    [
      'none in a shorter time',
      [
        { per: 'user', max_count: 5, within: 'month' },
        { per: 'user', max_count: 9 },
      ],
      [],
    ],
    [
      'none of other days',
      [
        { per: 'user', max_count: 5, within: 'P3D' },
        { per: 'user', max_count: 6, within: 'P4D' },
      ],
      [],
    ],
    [
      'none that refuses',
      [
        { per: 'user', max_amount_cents: 900 },
        { per: 'user', max_amount_cents: 1_000, when_short: 'refuse' },
      ],
      [],
    ],
    [
      'none of count and amount',
      [
        { per: 'user', max_count: 5 },
        { per: 'user', max_amount_cents: 900 },
      ],
      [],
    ],
  ])('that are never reached are found: %s', (_name, several, pointers) => {
    const json = { ...paying(credit), limits: several }
    expect(found(json)).toEqual(pointers.map((pointer) => `limit_without_effect at ${pointer}`))
  })
})

describe('counts of its own rewards', () => {
  const counted = (operator: string, value: number) => ({
    ...when({ count: { reward: 'bonus', for: 'user' }, operator, value }),
    limits: [{ per: 'user', max_count: 2 }],
  })

  it('past the limit are out of reach', () => {
    expect(found(counted('>', 2))).toEqual(['count_out_of_reach at /conditions/0'])
    expect(found(counted('>=', 3))).toEqual(['count_out_of_reach at /conditions/0'])
    expect(found(counted('>=', 2))).toEqual([])
    expect(found(counted('<', 2))).toEqual([])
  })
})

describe('holds', () => {
  it.each<[unknown, string, readonly string[]]>([
    ['P30D', 'P14D', ['error']],
    ['P14D', 'P14D', ['error']],
    ['P14D', 'P30D', []],
    ['P1M', 'P28D', ['error']],
    ['P1M', 'P29D', []],
    ['P31D', 'P1M', ['error']],
    ['P30D', 'P1M', []],
    ['P1Y', 'P1M', ['error']],
    ['PT36H', 'P1D', ['error']],
    [{ until: 'trial.ended', at_most: 'P30D' }, 'P14D', ['warning']],
    [{ until: 'trial.ended' }, 'P14D', []],
  ])('of %j with expiry after %s are found as %j', (hold, expires_after, severities) => {
    const json = paying({ ...credit, hold, expires_after })
    const all = findings(json)
    expect(all.map(({ severity }) => severity)).toEqual(severities)
    for (const { code, fix } of all) {
      expect(code).toBe('hold_beyond_expiry')
      expect(found(applyPatch(json, fix?.patch ?? []) as object)).toEqual([])
    }
  })
})

describe('schedules', () => {
  const scheduled = (schedule: object, given: object = {}) => ({
    ...paying(credit),
    schedule,
    ...given,
  })
  const day = (hours: number) => new Date(checkedAtMs + hours * 3_600_000).toISOString()

  it('that have ended are an error', () => {
    const json = scheduled({ ends_at: day(0), weekdays: ['mon'] })
    expect(findingOf('schedule_past', json)).toMatchObject({
      severity: 'error',
      pointer: '/schedule/ends_at',
    })
    const { fix } = findingOf('schedule_past', json)
    expect(found(applyPatch(json, fix?.patch ?? []) as object)).toEqual([])
    expect(found(scheduled({ ends_at: day(1) }))).toEqual([])
    expect(found(scheduled({ starts_at: day(-9) }))).toEqual([])
  })

  // 15 January 2027 is a Friday.
  it.each<[object, readonly string[]]>([
    [{ ends_at: day(24), weekdays: ['mon'] }, ['schedule_empty at /schedule']],
    [{ ends_at: day(24), weekdays: ['sat'] }, []],
    [{ starts_at: day(24), ends_at: day(30), weekdays: ['fri'] }, ['schedule_empty at /schedule']],
    [{ ends_at: day(2), hours: [{ from: '16:00', to: '17:00' }] }, ['schedule_empty at /schedule']],
    [{ ends_at: day(5), hours: [{ from: '16:59', to: '17:00' }] }, []],
    [{ ends_at: day(9_000), weekdays: ['mon'], hours: [{ from: '23:59', to: '24:00' }] }, []],
  ])('%j comes to %j', (schedule, codes) => {
    expect(found(scheduled(schedule))).toEqual(codes)
  })

  it('by other clocks than the windows are said', () => {
    const berlin = { weekdays: ['mon'], timezone: 'Europe/Berlin' }
    const monthly = [{ per: 'user', max_count: 1, within: 'month' }]
    const json = scheduled(berlin, { limits: monthly })
    expect(found(json)).toEqual(['mixed_time_zones at /schedule/timezone'])
    const { fix } = findingOf('mixed_time_zones', json)
    expect(found(applyPatch(json, fix?.patch ?? []) as object)).toEqual([])
    expect(found(scheduled(berlin))).toEqual([])
    expect(found(json, { timezone: 'Europe/Berlin' })).toEqual([])
    const plain = { starts_at: day(-1), timezone: 'Europe/Berlin' }
    expect(found(scheduled(plain, { limits: monthly }))).toEqual([])
  })
})
