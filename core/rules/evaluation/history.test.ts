import { describe, expect, it } from 'vitest'
import { type Aggregate, comparisonsOf, type Metric } from '../language/condition.ts'
import {
  type Contribution,
  type CounterIncrement,
  incrementOf,
  type Owners,
} from './contribution.ts'
import { truthOfCondition } from './evaluate.ts'
import { eventAtMs, noHistory, parsed } from './evaluation.fixture.ts'
import {
  type CounterRead,
  counterRead,
  distinctValuesMax,
  historyFrom,
  noTotals,
  type Totals,
  withIncrement,
} from './history.ts'

const owners: Owners = { referrer: 'ann', referred: 'bob', user: null }
const context = { owners, atMs: eventAtMs, timezone: 'UTC' }

function aggregate(json: object): Aggregate {
  const rule = parsed({
    conditions: [{ ...json, operator: '>=', value: 1 }],
    actions: [{ type: 'credit', user: 'u', amount_cents: 1 }],
  })
  const subject = comparisonsOf(rule.condition)[0]?.subject
  if (subject?.kind !== 'aggregate') throw new Error('the condition is not about history')
  return subject.aggregate
}

const purchase = (
  facts: Contribution['facts'],
  more: Partial<Contribution> = {},
): Contribution => ({
  source: 'event',
  name: 'purchase',
  owners,
  facts,
  atMs: eventAtMs,
  ...more,
})
const where = ({ where: conditions }: Metric, { facts, atMs }: Contribution) =>
  conditions ? truthOfCondition(conditions, { facts, atMs, history: noHistory }) : 'true'
const incrementTo = (json: object, contribution: Contribution) =>
  incrementOf(aggregate(json).metric, contribution, { where, timezone: 'UTC' })

describe('what counts in a metric', () => {
  const count = { count: { event: 'purchase', for: 'referrer' } }
  const sum = { sum: { event: 'purchase', for: 'referrer', of: 'amount_cents' } }

  it('is the things of its kind and name, for whoever took part', () => {
    expect(incrementTo(count, purchase({}))).toMatchObject({
      owner: 'ann',
      bucket: Math.floor(eventAtMs / 86_400_000),
      value: null,
      distinct: null,
    })
    expect(incrementTo(count, purchase({}, { name: 'signup' }))).toBeUndefined()
    expect(incrementTo(count, purchase({}, { source: 'reward' }))).toBeUndefined()
    const any = { count: { event: 'any', for: 'user' } }
    expect(incrementTo(any, purchase({}, { name: 'signup' }))).toBeUndefined()
    const byUser = purchase({}, { name: 'x', owners: { ...owners, user: 'cem' } })
    expect(incrementTo(any, byUser)?.owner).toBe('cem')
  })

  it('is summed where it is a whole number, below zero too', () => {
    expect(incrementTo(sum, purchase({ amount_cents: -5 }))?.value).toBe(-5n)
    for (const other of ['5', 1.5, null, undefined, 1e300, [5]])
      expect(incrementTo(sum, purchase({ amount_cents: other }))).toBeUndefined()
  })

  it('is told apart by value and kind', () => {
    const distinct = { distinct: { event: 'purchase', for: 'referrer', of: 'device' } }
    expect(incrementTo(distinct, purchase({ device: '1' }))?.distinct).toBe('"1"')
    expect(incrementTo(distinct, purchase({ device: 1 }))?.distinct).toBe('1')
    expect(incrementTo(distinct, purchase({ device: {} }))).toBeUndefined()
  })

  // What is unknown never pays, and so it does not count towards a reward either.
  it('is what its conditions are true of, not what they are unknown of', () => {
    const large = {
      count: {
        event: 'purchase',
        for: 'referrer',
        where: [{ field: 'amount_cents', operator: '>=', value: 100 }],
      },
    }
    expect(incrementTo(large, purchase({ amount_cents: 100 }))).toBeDefined()
    expect(incrementTo(large, purchase({ amount_cents: 99 }))).toBeUndefined()
    expect(incrementTo(large, purchase({}))).toBeUndefined()
  })
})

describe('history out of counters', () => {
  const totals = (given: Partial<Totals>): Totals => ({ ...noTotals, ...given })
  const read = (json: object, found: Totals | undefined, current?: CounterIncrement) =>
    historyFrom(
      () => found,
      context,
      () => current,
    )(aggregate(json))
  const one = (more: Partial<CounterIncrement>): CounterIncrement => ({
    metricId: 'm',
    owner: 'ann',
    bucket: 0,
    value: null,
    distinct: null,
    ...more,
  })
  const count = { count: { event: 'purchase', for: 'referrer', within: 'P30D' } }
  const of = { event: 'purchase', for: 'referrer', of: 'amount_cents' }

  it('asks for the buckets of the window of whoever it is about', () => {
    const asked: CounterRead[] = []
    const history = historyFrom(
      (given) => {
        asked.push(given)
        return noTotals
      },
      context,
      () => undefined,
    )
    expect(history(aggregate(count))).toEqual({ kind: 'known', value: 0 })
    expect(asked[0]).toMatchObject({ owner: 'ann', isDistinct: false })
    expect((asked[0]?.to ?? 0) - (asked[0]?.from ?? 0)).toBe(29)
  })

  it('counts the event itself where it is asked to', () => {
    expect(read(count, totals({ count: 2 }), one({}))).toEqual({ kind: 'known', value: 3 })
    const before = { count: { ...count.count, include_current: false } }
    expect(read(before, totals({ count: 2 }), one({}))).toEqual({ kind: 'known', value: 2 })
  })

  it('sums, and knows the least and the greatest', () => {
    const found = totals({ count: 2, sum: 30n, min: 10n, max: 20n })
    const current = one({ value: 5n })
    expect(read({ sum: of }, found, current)).toEqual({ kind: 'known', value: 35 })
    expect(read({ min: of }, found, current)).toEqual({ kind: 'known', value: 5 })
    expect(read({ max: of }, found, current)).toEqual({ kind: 'known', value: 20 })
    expect(read({ max: of }, found, one({ value: 25n }))).toEqual({ kind: 'known', value: 25 })
    expect(read({ min: of }, noTotals, one({ value: 25n }))).toEqual({ kind: 'known', value: 25 })
  })

  it('tells values apart, one that is there already once', () => {
    const distinct = { distinct: { ...of, of: 'device' } }
    const found = totals({ count: 3, distinct: new Set(['"a"', '"b"']) })
    expect(read(distinct, found, one({ distinct: '"a"' }))).toEqual({ kind: 'known', value: 2 })
    expect(read(distinct, found, one({ distinct: '"c"' }))).toEqual({ kind: 'known', value: 3 })
  })

  it('is unknown where nobody is meant, nothing was counted or nothing was read', () => {
    const nobody = { count: { event: 'purchase', for: 'user' } }
    expect(read(nobody, noTotals)).toMatchObject({ reason: 'the event names nobody as the user' })
    expect(counterRead(aggregate(nobody), context)).toBeUndefined()
    expect(read({ min: of }, noTotals)).toMatchObject({ kind: 'unknown' })
    expect(read(count, undefined)).toMatchObject({ kind: 'unknown' })
  })

  it('is unknown where numbers or values pass what can be told exactly', () => {
    const large = totals({ count: 1, sum: 2n ** 60n })
    expect(read({ sum: of }, large)).toMatchObject({ kind: 'unknown' })
    const many = new Set(Array.from({ length: distinctValuesMax + 1 }, (_, index) => `${index}`))
    expect(read({ distinct: { ...of, of: 'd' } }, totals({ distinct: many }))).toMatchObject({
      kind: 'unknown',
    })
  })

  it('adds nothing to totals that others hold', () => {
    const before = totals({ distinct: new Set(['1']) })
    withIncrement(before, one({ distinct: '2' }))
    expect(before.distinct.size).toBe(1)
  })
})
