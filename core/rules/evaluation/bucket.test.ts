import { describe, expect, it } from 'vitest'
import type { Window } from '../language/window.ts'
import { addDuration, bucketOf, bucketRange, calendarDays, firstBucket } from './bucket.ts'

const dayMs = 86_400_000
const day = (text: string) => Date.parse(text) / dayMs
const duration = (given: { months?: number; days?: number; hours?: number }) => ({
  text: 'given',
  months: 0,
  days: 0,
  hours: 0,
  ...given,
})
const rolling = (given: Parameters<typeof duration>[0]): Window => ({
  kind: 'rolling',
  duration: duration(given),
})
const rangeOf = (window: Window, at: string, timezone = 'UTC', bucket: 'day' | 'hour' = 'day') =>
  bucketRange(window, { bucket, atMs: Date.parse(at), timezone })

describe('the buckets of a window', () => {
  it('are the day of the event and those before it', () => {
    const range = rangeOf(rolling({ days: 30 }), '2027-11-24T23:59:59Z')
    expect(range).toEqual({ from: day('2027-10-26'), to: day('2027-11-24') })
    expect(range.to - range.from + 1).toBe(30)
  })

  it('are days of the time zone', () => {
    const range = rangeOf(rolling({ days: 1 }), '2027-11-24T20:00:00Z', 'Asia/Kolkata')
    expect(range).toEqual({ from: day('2027-11-25'), to: day('2027-11-25') })
  })

  it('go back whole calendar months, to the last day of a shorter one', () => {
    expect(rangeOf(rolling({ months: 1 }), '2027-03-31T12:00:00Z')).toEqual({
      from: day('2027-03-01'),
      to: day('2027-03-31'),
    })
    expect(rangeOf(rolling({ months: 12 }), '2028-02-29T12:00:00Z').from).toBe(day('2027-03-01'))
  })

  it('are hours where the window has hours, across midnight', () => {
    const hour = (text: string) => Date.parse(text) / 3_600_000
    const range = rangeOf(rolling({ hours: 24 }), '2027-11-24T10:30:00Z', 'UTC', 'hour')
    expect(range).toEqual({ from: hour('2027-11-23T11:00Z'), to: hour('2027-11-24T10:00Z') })
    const longer = rangeOf(rolling({ days: 1, hours: 12 }), '2027-11-24T10:30:00Z', 'UTC', 'hour')
    expect(longer.to - longer.from + 1).toBe(36)
  })

  it('round hours up to whole days where only days are kept', () => {
    const range = rangeOf(rolling({ hours: 36 }), '2027-11-24T10:30:00Z')
    expect(range.to - range.from + 1).toBe(2)
  })

  it('reach back without end for a lifetime', () => {
    expect(rangeOf({ kind: 'lifetime' }, '2027-11-24T10:30:00Z')).toEqual({
      from: firstBucket,
      to: day('2027-11-24'),
    })
  })

  it.each<['day' | 'week' | 'month' | 'quarter' | 'year', string, string]>([
    ['day', '2027-11-24', '2027-11-24'],
    ['week', '2027-11-22', '2027-11-28'],
    ['month', '2027-11-01', '2027-11-30'],
    ['quarter', '2027-10-01', '2027-12-31'],
    ['year', '2027-01-01', '2027-12-31'],
  ])('begin with the calendar %s', (unit, first, last) => {
    const range = rangeOf({ kind: 'calendar', unit }, '2027-11-24T10:30:00Z')
    expect(range).toEqual({ from: day(first), to: day('2027-11-24') })
    expect(calendarDays(unit, day('2027-11-24'))).toEqual({ from: day(first), to: day(last) })
  })

  it('count the hours since the calendar unit began on the clocks of the zone', () => {
    const at = '2027-11-24T10:30:00Z'
    const range = rangeOf({ kind: 'calendar', unit: 'day' }, at, 'America/New_York', 'hour')
    expect(range.to - range.from).toBe(5)
    expect(range.to).toBe(bucketOf('hour', Date.parse(at), 'America/New_York'))
  })

  it('begin on a Sunday with the Monday before', () => {
    expect(calendarDays('week', day('2027-11-28')).from).toBe(day('2027-11-22'))
    expect(calendarDays('quarter', day('2027-12-31'))).toEqual({
      from: day('2027-10-01'),
      to: day('2027-12-31'),
    })
  })
})

describe('adding a duration', () => {
  it.each<[string, { months?: number; days?: number; hours?: number }, string]>([
    ['2027-01-31T10:00:00Z', { months: 1 }, '2027-02-28T10:00:00.000Z'],
    ['2027-11-30T10:00:00Z', { months: 3 }, '2028-02-29T10:00:00.000Z'],
    ['2027-11-24T10:00:00Z', { days: 14 }, '2027-12-08T10:00:00.000Z'],
    ['2027-11-24T10:00:00Z', { days: 1, hours: 36 }, '2027-11-26T22:00:00.000Z'],
  ])('to %s gives the instant after %j', (at, given, expected) => {
    const sum = addDuration(Date.parse(at), duration(given))
    expect(new Date(sum).toISOString()).toBe(expected)
  })
})
