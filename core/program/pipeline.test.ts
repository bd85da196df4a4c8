import { describe, expect, it } from 'vitest'
import { compileRuleSet } from '../rules/compiled/rule-set.ts'
import { credit, Judge, published, setOf } from './judgement.fixture.ts'

const met = { conditions: [{ field: 'paid', operator: '==', value: true }] }
const paid = { data: { paid: true } }
const guard = (more: object = {}) => ({ actions: [{ type: 'deny', reason: 'too many', ...more }] })
const modifier = (factor: number, more: object = {}) => ({
  actions: [{ type: 'multiply', factor, ...more }],
})
const grouped = (mode: string) => ({ stacking: { group: 'g', mode } })

describe('guards', () => {
  it('deny the other rules where they are met, and say which guard and why', () => {
    const judge = new Judge(setOf({ stop: { ...met, ...guard() }, r: { actions: [credit(100)] } }))
    expect(judge.pays(paid)).toEqual({ stop: [], r: [] })
    expect(judge.judge(paid).results[1]).toMatchObject({
      standing: 'denied',
      reason: 'stop denies it: too many',
    })
    expect(judge.pays({ data: { paid: false } })).toEqual({ stop: [], r: [100] })
  })

  it('let what is unknown pass, unless they say that they do not', () => {
    const allow = new Judge(setOf({ stop: { ...met, ...guard() }, r: { actions: [credit(100)] } }))
    expect(allow.pays()['r']).toEqual([100])
    const deny = { ...met, ...guard({ on_unknown: 'deny' }) }
    const strict = new Judge(setOf({ stop: deny, r: { actions: [credit(100)] } }))
    expect(strict.pays()['r']).toEqual([])
  })

  it('of a group deny that group alone', () => {
    const judge = new Judge(
      setOf({
        stop: guard({ group: 'g' }),
        inside: { actions: [credit(1)], ...grouped('all') },
        outside: { actions: [credit(2)] },
      }),
    )
    expect(judge.pays()).toEqual({ stop: [], inside: [], outside: [2] })
  })
})

describe('modifiers', () => {
  it('multiply each other, and what is left of a cent goes once', () => {
    const judge = new Judge(
      setOf({ a: modifier(1.5), b: modifier(1.1), r: { actions: [credit(33)] } }),
    )
    expect(judge.pays()['r']).toEqual([54])
    expect(judge.judge().results[2]?.actions[0]?.notes).toEqual([
      '33 became 54 by a (× 1.5), b (× 1.1).',
    ])
  })

  it('go up to their bound, which never takes from the amount itself', () => {
    const pays = (factor: number, max_cents: number) =>
      new Judge(
        setOf({ m: modifier(factor, { max_cents }), r: { actions: [credit(100)] } }),
      ).pays()['r']
    expect(pays(3, 250)).toEqual([250])
    expect(pays(3, 50)).toEqual([100])
    expect(pays(0.5, 10)).toEqual([50])
  })

  it('leave debits, other groups and what would be less than a cent', () => {
    const judge = new Judge(
      setOf({
        m: modifier(0.01, { group: 'g' }),
        inside: { actions: [credit(50), { ...credit(50), type: 'debit' }], ...grouped('all') },
        outside: { actions: [credit(50)] },
      }),
    )
    expect(judge.pays()).toEqual({ m: [], inside: [50], outside: [50] })
    expect(judge.judge().results[1]?.actions[0]?.problem?.code).toBe('nothing_due')
  })
})

describe('stacking', () => {
  const three = (mode: string) => ({
    a: { actions: [credit(10)], ...grouped(mode) },
    b: { actions: [credit(30)], ...grouped(mode) },
    c: { actions: [credit(20)], priority: 5, ...grouped(mode) },
  })

  it.each([
    ['all', { a: [10], b: [30], c: [20] }],
    ['first', { a: [], b: [], c: [20] }],
    ['highest', { a: [], b: [30], c: [] }],
  ])('by the mode %s pays %j', (mode, expected) => {
    expect(new Judge(setOf(three(mode))).pays()).toEqual(expected)
  })

  it('says what goes before', () => {
    const { results } = new Judge(setOf(three('first'))).judge()
    expect(results[0]?.actions[0]?.problem).toEqual({
      code: 'superseded',
      detail: 'c goes before it in their stacking group.',
    })
  })

  it('takes of equal amounts the rule that goes first', () => {
    const same = { actions: [credit(10)], ...grouped('highest') }
    expect(new Judge(setOf({ a: same, b: same })).pays()).toEqual({ a: [10], b: [] })
    const later = { ...same, priority: 1 }
    expect(new Judge(setOf({ a: same, b: later })).pays()).toEqual({ a: [], b: [10] })
  })

  it('compares what users get one by one, in each currency', () => {
    const eur = { currency: 'EUR' }
    const judge = new Judge(
      setOf({
        a: { actions: [credit(10), credit(10)], ...grouped('highest') },
        b: { actions: [credit(15), credit(1, eur)], ...grouped('highest') },
        c: { actions: [credit(5, { user: 'friend' })], ...grouped('highest') },
      }),
    )
    expect(judge.pays({ data: { friend: 'bob' } })).toEqual({ a: [10, 10], b: [1], c: [5] })
  })

  it('does not let a rule win that has nothing to pay', () => {
    const judge = new Judge(
      setOf({
        a: { actions: [credit(10, { user: 'nobody' })], priority: 9, ...grouped('first') },
        b: { actions: [credit(10)], ...grouped('first') },
      }),
    )
    expect(judge.pays()).toEqual({ a: [], b: [10] })
  })
})

describe('shadow rules', () => {
  const shadow = { actions: [credit(100)], mode: 'shadow', limits: [{ per: 'user', max_count: 1 }] }

  it('say what they would pay, and neither pay nor use anything', () => {
    const judge = new Judge(setOf({ s: shadow, r: { actions: [credit(1)] } }))
    for (const _time of [1, 2]) {
      const { results, increments } = judge.judge()
      expect(results[0]).toMatchObject({ isShadow: true, standing: 'met' })
      expect(results[0]?.actions[0]?.problem).toBeNull()
      expect(increments).toEqual([])
    }
  })

  it('meet the live ones in their group, which never meet them', () => {
    const judge = new Judge(
      setOf({
        s: { ...shadow, priority: 9, ...grouped('first') },
        r: { actions: [credit(1)], ...grouped('first') },
        late: { actions: [credit(1)], mode: 'shadow', ...grouped('first') },
      }),
    )
    const { results } = judge.judge()
    const problems = results.map(({ actions }) => actions[0]?.problem?.code ?? null)
    expect(problems).toEqual([null, null, 'superseded'])
  })

  // A shadow that took its place behind the live ones would be shown to lose what it would win.
  it('go before live ones of the same priority where they are older', () => {
    const judge = new Judge(
      setOf({
        s: { ...shadow, ...grouped('first') },
        r: { actions: [credit(1)], ...grouped('first') },
      }),
    )
    const { results } = judge.judge()
    expect(results.map(({ actions }) => actions[0]?.problem ?? null)).toEqual([null, null])
  })

  it('are not paid by what executes plans', () => {
    const executed: string[] = []
    new Judge(setOf({ s: shadow, r: { actions: [credit(1)] } })).judge(
      {},
      {
        pay: (_plan, rule) => {
          executed.push(rule.ruleId)
          return 'paid'
        },
      },
    )
    expect(executed).toEqual(['r'])
  })
})

describe('whom and when a rule is for', () => {
  it('is said where it does not hold', () => {
    const share = { percent: 0.01, by: 'user', name: 'x' }
    const { results } = new Judge(
      setOf({
        past: {
          actions: [credit(1)],
          schedule: { starts_at: '2027-01-01T00:00:00Z', ends_at: '2027-02-01T00:00:00Z' },
        },
        few: { actions: [credit(1)], rollout: share },
        nobody: { actions: [credit(1)], rollout: { percent: 100 } },
        held: { actions: [credit(1)], hold_out: { ...share, percent: 100 } },
        unnamed: { actions: [credit(1)], hold_out: { percent: 1 } },
        all: { actions: [credit(1)], rollout: { percent: 100, by: 'user' } },
      }),
    ).judge()
    expect(results.map(({ standing }) => standing)).toEqual([
      'off_schedule',
      'not_rolled_out',
      'not_rolled_out',
      'held_out',
      'held_out',
      'met',
    ])
    expect(results[1]?.reason).toBe('The rule is rolled out to 0.01 % of users, not to this user.')
    expect(results.slice(0, 5).every(({ actions }) => actions.length === 0)).toBe(true)
  })
})

describe('the terms of when the referral began', () => {
  const version = (number: number, cents: number, fromMs: number, untilMs: number) =>
    published(
      'r',
      { always: true, actions: [credit(cents)], terms: 'at_referral' },
      {
        version: number,
        terms: { fromMs, untilMs },
      },
    )
  const set = compileRuleSet([
    version(1, 100, Number.NEGATIVE_INFINITY, 1_000),
    version(2, 200, 1_000, 2_000),
    version(3, 300, 2_000, Number.POSITIVE_INFINITY),
  ])
  const paidFor = (referral: { startedAtMs: number; isNew: boolean } | null) =>
    new Judge(set, { referral }).pays()['r']

  it('are those of the version that was in force then', () => {
    expect(paidFor({ startedAtMs: -5, isNew: false })).toEqual([100])
    expect(paidFor({ startedAtMs: 999, isNew: false })).toEqual([100])
    expect(paidFor({ startedAtMs: 1_000, isNew: false })).toEqual([200])
    expect(paidFor({ startedAtMs: 2_000, isNew: false })).toEqual([300])
  })

  it('are the present ones for a referral that begins, and where there is none', () => {
    expect(paidFor({ startedAtMs: 0, isNew: true })).toEqual([300])
    expect(paidFor(null)).toEqual([300])
    expect(set.size).toBe(3)
  })
})

describe('holds', () => {
  const held = (more: object, data: object = {}) =>
    new Judge(setOf({ r: { actions: [credit(100, more)] } })).judge({ data: { ...data } })
      .results[0]?.actions[0]

  it('end after a time, or with an event that shares a value', () => {
    expect(held({ hold: 'P14D' })?.hold).toEqual({
      kind: 'time',
      availableAtMs: Date.parse('2027-12-08T10:30:00Z'),
    })
    const waits = { hold: { until: 'order.settled', match: 'order.id', at_most: 'P30D' } }
    expect(held(waits, { order: { id: 7 } })).toMatchObject({
      hold: { kind: 'event', type: 'order.settled', path: 'order.id', value: '7' },
      expiresAtMs: Date.parse('2027-12-24T10:30:00Z'),
      problem: null,
    })
    expect(held(waits)?.problem).toMatchObject({ code: 'hold_unknown' })
  })

  it('and expiry end with whichever comes first', () => {
    const both = { expires_after: 'P1M', hold: { until: 'x', match: 'k', at_most: 'P60D' } }
    expect(held(both, { k: 'v' })?.expiresAtMs).toBe(Date.parse('2027-12-24T10:30:00Z'))
    expect(held({})?.expiresAtMs).toBeNull()
  })
})

describe('history', () => {
  const third = {
    r: {
      conditions: [
        { count: { event: 'purchase', for: 'user', within: 'P30D' }, operator: '>=', value: 3 },
      ],
      actions: [credit(100)],
    },
  }

  it('counts the events before and the event itself', () => {
    const judge = new Judge(setOf(third))
    expect([1, 2, 3, 4].map(() => judge.pays()['r'])).toEqual([[], [], [100], [100]])
    expect(judge.pays({ at: '2028-02-01T00:00:00Z' })['r']).toEqual([])
    expect(judge.judge({ type: 'other' }).results[0]?.conditions[0]?.detail).toBe(
      'met: the number of purchase of the user in 30 days is at least 3; it is 4.',
    )
  })

  it('knows the rewards that were paid and the referrals that began', () => {
    const rewards = {
      first: { actions: [credit(100, { reward_id: 'bonus' })] },
      after: {
        conditions: [{ sum: { reward: 'bonus', for: 'user' }, operator: '>=', value: 200 }],
        actions: [credit(1)],
      },
    }
    const judge = new Judge(setOf(rewards))
    expect([1, 2, 3].map(() => judge.pays()['after'])).toEqual([[], [], [1]])
    const started = {
      r: {
        conditions: [{ count: { referral: 'started', for: 'referrer' }, operator: '==', value: 1 }],
        actions: [credit(1)],
      },
    }
    const data = { referrer_id: 'ann', referred_id: 'bob' }
    const referral = { startedAtMs: 0, isNew: true }
    const first = new Judge(setOf(started), { referral })
    expect(first.pays({ data })['r']).toEqual([1])
    expect(first.pays({ data })['r']).toEqual([])
  })

  it('is left out of what is judged where a value is given in its place', () => {
    const judge = new Judge(setOf(third))
    const history = () => ({ kind: 'known', value: 3 }) as const
    expect(judge.judge({}, { history }).results[0]?.standing).toBe('met')
  })
})
