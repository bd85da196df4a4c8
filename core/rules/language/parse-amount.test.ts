import { amountCentsMax } from '@pineos/contract/primitives.ts'
import { describe, expect, it } from 'vitest'
import { amountDepthMax, amountsMax, nthMax, percentMax, tiersMax } from './limits.ts'
import { faultsOf, parsed, rule } from './parsing.fixture.ts'
import { isPay } from './rule.ts'

const paying = (amount: unknown) =>
  rule({ actions: [{ type: 'credit', user: 'referrer_id', amount }] })
const faultsOfAmount = (amount: unknown) =>
  faultsOf(paying(amount)).map((fault) => fault.replace('/actions/0/amount', ''))

function amountOf(amount: unknown) {
  const [action] = parsed(paying(amount)).actions
  return action && isPay(action) ? action.amount : undefined
}

const path = (text: string) => ({ text, segments: text.split('.') })
const noBounds = { minCents: null, maxCents: null }
const percent = { percent: 10, of: 'purchase.amount_cents' }
const fixed = { amount_cents: 100 }
const count = { event: 'purchase', for: 'user' }

describe('an amount', () => {
  it('is fixed', () => {
    expect(amountOf({ amount_cents: amountCentsMax })).toEqual({
      kind: 'fixed',
      cents: BigInt(amountCentsMax),
    })
  })

  it('is a percent of a fact, rounded down where nothing else is said', () => {
    const expected = {
      kind: 'percent',
      basisPoints: 1_000n,
      of: path('purchase.amount_cents'),
      rounding: 'down',
    }
    expect(amountOf(percent)).toEqual({ ...expected, ...noBounds })
    expect(
      amountOf({ ...percent, percent: 33.33, round: 'half_even', min_cents: 5, max_cents: 5 }),
    ).toEqual({
      ...expected,
      basisPoints: 3_333n,
      rounding: 'half_even',
      minCents: 5n,
      maxCents: 5n,
    })
  })

  it.each([0.01, 0.07, 0.29, 1.1, 4.35, 8.2, 33.33, 99.99, percentMax])(
    'is %d percent',
    (given) => {
      expect(amountOf({ ...percent, percent: given })).toMatchObject({
        basisPoints: BigInt(Math.round(given * 100)),
      })
    },
  )

  it('is that of the tier which a fact falls into', () => {
    const tiers = [
      { from: 0, amount_cents: 100 },
      { from: 3, percent: 5, of: 'purchase.amount_cents', round: 'up' },
    ]
    expect(amountOf({ tiers, by: 'level', max_cents: 900 })).toEqual({
      kind: 'whole_tiers',
      by: { kind: 'fact', path: path('level') },
      tiers: [
        { from: 0n, amount: { kind: 'fixed', cents: 100n } },
        {
          from: 3n,
          amount: {
            kind: 'percent',
            basisPoints: 500n,
            of: path('purchase.amount_cents'),
            rounding: 'up',
            ...noBounds,
          },
        },
      ],
      minCents: null,
      maxCents: 900n,
    })
    expect(amountOf({ tiers, by: { count }, mode: 'whole' })).toMatchObject({
      by: { kind: 'aggregate', aggregate: { id: '/actions/0/amount/by/count' } },
    })
  })

  it('is that of all tiers which a fact reaches', () => {
    const tiers = [
      { from: 0, percent: 1 },
      { from: 100_000, percent: 2.5 },
    ]
    expect(
      amountOf({ tiers, by: 'purchase.amount_cents', mode: 'marginal', round: 'half_up' }),
    ).toEqual({
      kind: 'marginal_tiers',
      by: path('purchase.amount_cents'),
      tiers: [
        { from: 0n, basisPoints: 100n },
        { from: 100_000n, basisPoints: 250n },
      ],
      rounding: 'half_up',
      ...noBounds,
    })
  })

  it('is the greatest or the smallest of several', () => {
    expect(amountOf({ greater_of: [fixed, percent] })).toMatchObject({
      kind: 'greatest',
      amounts: [{ kind: 'fixed' }, { kind: 'percent' }],
    })
    expect(amountOf({ smaller_of: [percent, { greater_of: [fixed, fixed] }] })).toMatchObject({
      kind: 'smallest',
      amounts: [{ kind: 'percent' }, { kind: 'greatest' }],
    })
  })

  it('is due at every n-th', () => {
    expect(amountOf({ every: 5, count, amount: fixed })).toMatchObject({
      kind: 'every_nth',
      nth: 5,
      count: { id: '/actions/0/amount/count', metric: { function: 'count' } },
      amount: { kind: 'fixed' },
    })
  })
})

describe('an amount is refused', () => {
  const marginal = { tiers: [{ from: 0, percent: 1 }], by: 'a', mode: 'marginal' }
  const tiers = (...list: unknown[]) => ({ tiers: list, by: 'a' })

  it.each<[string, unknown, string[]]>([
    ['as a number', 100, [' type']],
    ['as null', null, [' type']],
    ['as a list', [fixed], [' type']],
    ['of no form', {}, [' required']],
    ['of no known form', { precent: 10, of: 'a' }, [' required']],
    ['of two forms', { ...fixed, ...percent }, ['/percent conflict']],
    ['fixed, with bounds', { ...fixed, max_cents: 1 }, ['/max_cents unknown_property']],
    ['of no percent', { percent: 0, of: 'a' }, ['/percent range']],
    ['of less', { percent: -1, of: 'a' }, ['/percent range']],
    ['of three decimals', { percent: 1.001, of: 'a' }, ['/percent range']],
    ['of a hidden fraction', { percent: 1.0000000001, of: 'a' }, ['/percent range']],
    ['of too many percent', { percent: percentMax + 1, of: 'a' }, ['/percent range']],
    ['of endless percent', { percent: Number.POSITIVE_INFINITY, of: 'a' }, ['/percent range']],
    ['of a percent in quotes', { percent: '10', of: 'a' }, ['/percent type']],
    ['of a percent of nothing', { percent: 10 }, ['/of required']],
    ['of a percent of no path', { percent: 10, of: 7 }, ['/of path']],
    ['rounded somehow', { ...percent, round: 'nearest' }, ['/round enum']],
    [
      'whose least is above its most',
      { ...percent, min_cents: 2, max_cents: 1 },
      ['/min_cents range'],
    ],
    ['whose most is none, once', { ...percent, min_cents: 5, max_cents: 0 }, ['/max_cents range']],
    ['whose most is nothing', { ...percent, max_cents: 0 }, ['/max_cents range']],
    ['whose most is in quotes', { ...percent, max_cents: '5' }, ['/max_cents type']],
    ['of tiers by nothing', { tiers: [{ from: 0, amount_cents: 1 }] }, ['/by required']],
    ['of no tiers', tiers(), ['/tiers type']],
    ['of too many tiers', tiers(...Array(tiersMax + 1).fill({})), ['/tiers type']],
    ['of a tier that is none', tiers('a'), ['/tiers/0 type']],
    [
      'of a tier without its parts',
      tiers({}),
      ['/tiers/0/from required', '/tiers/0/amount_cents required'],
    ],
    [
      'of a tier that pays twice',
      tiers({ from: 0, ...fixed, ...percent }),
      ['/tiers/0/amount_cents conflict'],
    ],
    [
      'of a tier with bounds',
      tiers({ from: 0, ...percent, max_cents: 1 }),
      ['/tiers/0/max_cents unknown_property'],
    ],
    [
      'of tiers that do not rise',
      tiers({ from: 5, ...fixed }, { from: 5, ...fixed }),
      ['/tiers/1/from range'],
    ],
    ['of a tier of a fact', tiers({ from: 0, of: 'a' }), ['/tiers/0/percent required']],
    [
      'of a tier that is only rounded',
      tiers({ from: 0, round: 'up' }),
      ['/tiers/0/percent required', '/tiers/0/of required'],
    ],
    [
      'of a tier from a text, once',
      tiers({ from: 5, ...fixed }, { from: '5', ...fixed }, { from: 6, ...fixed }),
      ['/tiers/1/from type'],
    ],
    ['of tiers by null', { ...tiers({ from: 0, ...fixed }), by: null }, ['/by path']],
    ['of a tier below nothing', tiers({ from: -1, ...fixed }), ['/tiers/0/from range']],
    ['of rounded tiers', { ...tiers({ from: 0, ...fixed }), round: 'up' }, ['/round conflict']],
    [
      'of a mode that is none',
      { ...tiers({ from: 0, ...fixed }), mode: 'graduated' },
      ['/mode enum'],
    ],
    ['of tiers by no fact', { ...tiers({ from: 0, ...fixed }), by: {} }, ['/by required']],
    [
      'of tiers by an unknown fact',
      { ...tiers({ from: 0, ...fixed }), by: { counts: count } },
      ['/by/counts unknown_property', '/by required'],
    ],
    [
      'of tiers by two facts',
      { ...tiers({ from: 0, ...fixed }), by: { count, max: { ...count, of: 'a' } } },
      ['/by/max conflict'],
    ],
    ['of marginal tiers by history', { ...marginal, by: { count } }, ['/by path']],
    [
      'of fixed marginal tiers',
      { ...marginal, tiers: [{ from: 0, ...fixed }] },
      ['/tiers/0/amount_cents unknown_property', '/tiers/0/percent required'],
    ],
    ['of a marginal tier that is none', { ...marginal, tiers: [null] }, ['/tiers/0 type']],
    ['as the greatest of one', { greater_of: [fixed] }, ['/greater_of type']],
    ['as the smallest of many', { smaller_of: Array(11).fill(fixed) }, ['/smaller_of type']],
    [
      'as the greatest with bounds',
      { greater_of: [fixed, fixed], max_cents: 1 },
      ['/max_cents unknown_property'],
    ],
    ['as the greatest of what is none', { greater_of: [fixed, 5] }, ['/greater_of/1 type']],
    ['at every first', { every: 1, count, amount: fixed }, ['/every range']],
    ['at hardly any', { every: nthMax + 1, count, amount: fixed }, ['/every range']],
    ['at every n-th of nothing', { every: 2, amount: fixed }, ['/count required']],
    ['at every n-th without an amount', { every: 2, count }, ['/amount required']],
  ])('%s', (_what, amount, expected) => {
    expect(faultsOfAmount(amount)).toEqual(expected)
  })

  it('nested too deep', () => {
    const nested = (depth: number): unknown =>
      depth === 1 ? fixed : { every: 2, count, amount: nested(depth - 1) }
    expect(faultsOfAmount(nested(amountDepthMax))).toEqual([])
    expect(faultsOfAmount(nested(amountDepthMax + 1))).toEqual([
      `${'/amount'.repeat(amountDepthMax)} limit`,
    ])
  })

  it.each(['greater_of', 'smaller_of'])('as %s nested too deep', (name) => {
    const nested = (depth: number): unknown =>
      depth === 1 ? fixed : { [name]: [fixed, nested(depth - 1)] }
    expect(faultsOfAmount(nested(amountDepthMax))).toEqual([])
    const deepest = `/${name}/1`.repeat(amountDepthMax - 1)
    expect(faultsOfAmount(nested(amountDepthMax + 1))).toEqual([
      `${deepest}/${name}/0 limit`,
      `${deepest}/${name}/1 limit`,
    ])
  })

  it('as one too many of a rule', () => {
    const several = { greater_of: Array(9).fill(fixed) }
    const action = { type: 'credit', user: 'a', amount: several }
    const fitting = amountsMax / 10
    expect(faultsOf(rule({ actions: Array(fitting).fill(action) }))).toEqual([])
    expect(faultsOf(rule({ actions: Array(fitting + 2).fill(action) }))).toEqual([
      `/actions/${fitting}/amount limit`,
    ])
  })
})
