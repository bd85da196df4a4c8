import { describe, expect, it } from 'vitest'
import { comparisonsOf } from './condition.ts'
import {
  aggregatesMax,
  conditionsMax,
  countedNamesMax,
  eventTypeCharactersMax,
  groupDepthMax,
  rewardIdCharactersMax,
} from './limits.ts'
import { detailOf, faultsOf, parsed, rule } from './parsing.fixture.ts'

type Json = Readonly<Record<string, unknown>>
const counted = { event: 'signup', for: 'referrer' }
const history = (aggregate: unknown, name = 'count') =>
  rule({ conditions: [{ [name]: aggregate, operator: '>=', value: 3 }] })

function aggregateOf(aggregate: Json, name = 'count') {
  const [comparison] = comparisonsOf(parsed(history(aggregate, name)).condition)
  const subject = comparison?.subject
  if (subject?.kind !== 'aggregate') throw new Error('it is no fact over history')
  return subject.aggregate
}

describe('a fact over history', () => {
  it('has all that is not said as the language says it', () => {
    expect(aggregateOf(counted)).toEqual({
      id: '/conditions/0/count',
      metric: {
        id: '{"bucket":"day","function":"count","names":["signup"],"of":null,"role":"referrer","source":"event","where":null}',
        function: 'count',
        source: 'event',
        names: ['signup'],
        role: 'referrer',
        of: null,
        where: null,
        bucket: 'day',
      },
      window: { kind: 'lifetime' },
      includesCurrent: true,
    })
  })

  it('has all that is said', () => {
    const where = [{ field: 'country', operator: '==', value: 'US' }]
    const { metric, window, includesCurrent } = aggregateOf(
      {
        event: ['purchase', 'refund', 'purchase'],
        for: 'user',
        of: 'purchase.amount_cents',
        where,
        within: 'P1D',
        include_current: false,
      },
      'sum',
    )
    expect(metric).toMatchObject({
      function: 'sum',
      names: ['purchase', 'refund'],
      of: { text: 'purchase.amount_cents' },
      where: {
        id: '/conditions/0/sum/where',
        mode: 'all',
        nodes: [{ id: '/conditions/0/sum/where/0' }],
      },
    })
    expect(window).toEqual({
      kind: 'rolling',
      duration: { text: 'P1D', months: 0, days: 1, hours: 0 },
    })
    expect(includesCurrent).toBe(false)
  })

  it.each([
    [{ event: 'any', for: 'user' }, 'event', null],
    [{ referral: 'started', for: 'referrer' }, 'referral', ['started']],
    [{ reward: 'bonus', for: 'user' }, 'reward', ['bonus']],
    [{ reward: ['b', 'a'], for: 'user' }, 'reward', ['a', 'b']],
    [{ reward: 'any', for: 'user' }, 'reward', null],
  ])('counts %j', (aggregate, source, names) => {
    expect(aggregateOf(aggregate).metric).toMatchObject({ source, names })
  })

  it('reads the amount of rewards where it is to be a number', () => {
    const rewards = { reward: 'any', for: 'user' }
    for (const name of ['sum', 'min', 'max'])
      expect(aggregateOf(rewards, name).metric.of?.text).toBe('amount_cents')
    expect(aggregateOf({ ...rewards, of: 'amount_cents' }, 'sum').metric.of?.text).toBe(
      'amount_cents',
    )
    expect(aggregateOf({ ...rewards, of: 'user_id' }, 'distinct').metric.of?.text).toBe('user_id')
  })

  it.each([
    ['day', { kind: 'calendar', unit: 'day' }, 'day'],
    ['quarter', { kind: 'calendar', unit: 'quarter' }, 'day'],
    ['lifetime', { kind: 'lifetime' }, 'day'],
    ['P1M', { kind: 'rolling' }, 'day'],
    ['PT24H', { kind: 'rolling' }, 'hour'],
    ['P30DT24H', { kind: 'rolling' }, 'hour'],
  ])('within %s is counted by the %s', (within, window, bucket) => {
    const aggregate = aggregateOf({ ...counted, within })
    expect(aggregate.window).toMatchObject(window)
    expect(aggregate.metric.bucket).toBe(bucket)
  })
})

describe('what is counted', () => {
  it('has names as long as those of events and of rewards are', () => {
    const longest = { event: 'x'.repeat(eventTypeCharactersMax), for: 'user' }
    expect(faultsOf(history(longest))).toEqual([])
    expect(faultsOf(history({ ...longest, event: `${longest.event}x` }))).toEqual([
      '/conditions/0/count/event type',
    ])
    const reward = 'x'.repeat(rewardIdCharactersMax)
    expect(faultsOf(history({ reward, for: 'user' }))).toEqual([])
    expect(faultsOf(history({ reward: [`${reward}x`], for: 'user' }))).toEqual([
      '/conditions/0/count/reward/0 type',
    ])
  })

  it('may say that the event itself is in it', () => {
    expect(aggregateOf({ ...counted, include_current: true }).includesCurrent).toBe(true)
  })
})

describe('the id of a metric', () => {
  const idOf = (aggregate: Json) => aggregateOf(aggregate).metric.id
  const where = [{ field: 'country', operator: '==', value: 'US' }]

  // Two counters of the same would be backfilled and written twice.
  it('is the same for the same, however it is written and whatever its window is', () => {
    const same = [
      { event: ['refund', 'purchase'], for: 'user', where },
      {
        where: [{ value: 'US', operator: '==', field: 'country' }],
        for: 'user',
        event: ['purchase', 'refund'],
      },
      { event: ['purchase', 'refund', 'refund'], for: 'user', where, within: 'P7D' },
      {
        event: ['purchase', 'refund'],
        for: 'user',
        where,
        within: 'month',
        include_current: false,
      },
    ]
    expect(new Set(same.map(idOf)).size).toBe(1)
  })

  it('is another for what is another', () => {
    const others = [
      counted,
      { ...counted, event: 'any' },
      { ...counted, event: 'purchase' },
      { ...counted, for: 'referred' },
      { ...counted, where },
      { ...counted, where: [...where, ...where] },
      { ...counted, within: 'PT1H' },
      { referral: 'started', for: 'referrer' },
      { reward: 'signup', for: 'referrer' },
    ]
    expect(new Set(others.map(idOf)).size).toBe(others.length)
  })
})

describe('a fact over history is refused', () => {
  it.each<[string, unknown, string[]]>([
    ['as no object', 'signups', ['/conditions/0/count type']],
    ['without its parts', {}, ['/conditions/0/count required', '/conditions/0/count/for required']],
    ['of two sources', { ...counted, reward: 'any' }, ['/conditions/0/count/reward conflict']],
    ['for somebody else', { ...counted, for: 'friend' }, ['/conditions/0/count/for enum']],
    ['of a type that is no text', { ...counted, event: 7 }, ['/conditions/0/count/event type']],
    ['of no types', { ...counted, event: [] }, ['/conditions/0/count/event type']],
    [
      'of all among several',
      { ...counted, event: ['signup', 'any'] },
      ['/conditions/0/count/event/1 conflict'],
    ],
    [
      'of too many types',
      { ...counted, event: Array(countedNamesMax + 1).fill('a') },
      ['/conditions/0/count/event type'],
    ],
    [
      'of a moment that is none',
      { referral: 'ended', for: 'user' },
      ['/conditions/0/count/referral enum'],
    ],
    [
      'with a value that is not read',
      { ...counted, of: 'level' },
      ['/conditions/0/count/of conflict'],
    ],
    ['within a number', { ...counted, within: 30 }, ['/conditions/0/count/within enum']],
    ['within days', { ...counted, within: 'days' }, ['/conditions/0/count/within enum']],
    ['within minutes', { ...counted, within: 'PT30M' }, ['/conditions/0/count/within format']],
    [
      'within hours of more than a month',
      { ...counted, within: 'PT745H' },
      ['/conditions/0/count/within limit'],
    ],
    [
      'within days and hours of more than a month',
      { ...counted, within: 'P30DT25H' },
      ['/conditions/0/count/within limit'],
    ],
    [
      'within a month and hours',
      { ...counted, within: 'P1MT1H' },
      ['/conditions/0/count/within limit'],
    ],
    ['within eleven years', { ...counted, within: 'P11Y' }, ['/conditions/0/count/within format']],
    [
      'with a guess of the event itself',
      { ...counted, include_current: 'yes' },
      ['/conditions/0/count/include_current type'],
    ],
    ['where nothing is asked', { ...counted, where: [] }, ['/conditions/0/count/where type']],
    [
      'where history is asked',
      { ...counted, where: [{ count: counted, operator: '>', value: 1 }] },
      ['/conditions/0/count/where/0/count conflict'],
    ],
    [
      'where a reward has no such fact',
      {
        reward: 'any',
        for: 'user',
        where: [{ field: 'amout_cents', operator: '>', value: { field: 'level' } }],
      },
      ['/conditions/0/count/where/0/field path', '/conditions/0/count/where/0/value/field path'],
    ],
    [
      'with a member that is not known',
      { ...counted, withing: 'day' },
      ['/conditions/0/count/withing unknown_property'],
    ],
  ])('%s', (_what, aggregate, expected) => {
    expect(faultsOf(history(aggregate))).toEqual(expected)
  })

  it.each<[string, Json, string]>([
    ['a sum of nothing', counted, '/conditions/0/sum/of required'],
    ['a sum of what is no path', { ...counted, of: 'a..b' }, '/conditions/0/sum/of path'],
    [
      'a sum of names',
      { reward: 'any', for: 'user', of: 'reward_id' },
      '/conditions/0/sum/of enum',
    ],
  ])('as %s', (_what, aggregate, expected) => {
    expect(faultsOf(history(aggregate, 'sum'))).toEqual([expected])
  })

  it('and says what a window is', () => {
    expect(detailOf(history({ ...counted, within: 'days' }))).toContain('year or lifetime')
    expect(detailOf(history({ ...counted, event: undefined }))).toContain(
      'event, referral or reward',
    )
  })

  it('as different values of nothing that a reward has', () => {
    const rewards = { reward: 'any', for: 'user' }
    expect(faultsOf(history(rewards, 'distinct'))).toEqual(['/conditions/0/distinct/of required'])
    expect(faultsOf(history({ ...rewards, of: 'level' }, 'distinct'))).toEqual([
      '/conditions/0/distinct/of path',
    ])
    expect(detailOf(history({ ...rewards, of: 'user' }, 'distinct'))).not.toContain('Did you mean')
    expect(detailOf(history({ ...rewards, of: 'rewardid' }, 'distinct'))).toContain(
      'Did you mean reward_id?',
    )
  })

  it('beside another fact', () => {
    const two = { field: 'a', count: counted, operator: '>', value: 1 }
    expect(faultsOf(rule({ conditions: [two] }))).toEqual(['/conditions/0/count conflict'])
    const functions = { count: counted, sum: { ...counted, of: 'level' }, operator: '>', value: 1 }
    expect(faultsOf(rule({ conditions: [functions] }))).toEqual(['/conditions/0/sum conflict'])
  })

  // Each is a counter that every event of its type writes.
  it('as one too many', () => {
    const conditions = (count: number) =>
      Array(count).fill({ count: counted, operator: '>', value: 1 })
    expect(faultsOf(rule({ conditions: conditions(aggregatesMax) }))).toEqual([])
    expect(faultsOf(rule({ conditions: conditions(aggregatesMax + 2) }))).toEqual([
      `/conditions/${aggregatesMax}/count limit`,
    ])
  })

  it('where its conditions are too deep or too many', () => {
    const met = { field: 'a', operator: '==', value: 1 }
    const nested = (depth: number): Json => (depth === 0 ? met : { any: [nested(depth - 1)] })
    expect(faultsOf(history({ ...counted, where: [nested(groupDepthMax - 1)] }))).toEqual([])
    expect(faultsOf(history({ ...counted, where: [nested(groupDepthMax)] }))).toHaveLength(1)
    expect(faultsOf(history({ ...counted, where: Array(conditionsMax).fill(met) }))).toEqual([
      `/conditions/0/count/where/${conditionsMax - 1} limit`,
    ])
  })
})
