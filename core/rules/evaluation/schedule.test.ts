import { describe, expect, it } from 'vitest'
import type { Schedule } from '../language/schedule.ts'
import { offSchedule } from './schedule.ts'

const always: Schedule = {
  startsAtMs: null,
  endsAtMs: null,
  timezone: 'UTC',
  weekdays: null,
  hours: null,
}
const off = (schedule: Partial<Schedule>, at: string) =>
  offSchedule({ ...always, ...schedule }, Date.parse(at))
const minutes = (fromMinute: number, toMinute: number) => [{ fromMinute, toMinute }]

describe('a schedule', () => {
  it('holds always where there is none, or nothing in it', () => {
    expect(offSchedule(null, 0)).toBeUndefined()
    expect(off({}, '2027-11-24T10:00:00Z')).toBeUndefined()
  })

  it('holds from its start on and up to its end, not with it', () => {
    const span = {
      startsAtMs: Date.parse('2027-11-20T00:00:00Z'),
      endsAtMs: Date.parse('2027-12-02T00:00:00Z'),
    }
    expect(off(span, '2027-11-19T23:59:59.999Z')).toContain('begins at 2027-11-20')
    expect(off(span, '2027-11-20T00:00:00Z')).toBeUndefined()
    expect(off(span, '2027-12-01T23:59:59.999Z')).toBeUndefined()
    expect(off(span, '2027-12-02T00:00:00Z')).toContain('has ended at 2027-12-02')
  })

  it('holds on its weekdays, by the clocks of its zone', () => {
    const thursdays = { weekdays: [4], timezone: 'Asia/Kolkata' }
    expect(off(thursdays, '2027-11-24T20:00:00Z')).toBeUndefined()
    expect(off(thursdays, '2027-11-24T10:00:00Z')).toBe(
      'The rule does not hold on a Wednesday (Asia/Kolkata).',
    )
  })

  it('holds within its hours, past midnight too', () => {
    const office = { hours: minutes(540, 1_050) }
    expect(off(office, '2027-11-24T08:59:59Z')).toBe('The rule does not hold at 08:59 (UTC).')
    expect(off(office, '2027-11-24T09:00:00Z')).toBeUndefined()
    expect(off(office, '2027-11-24T17:30:00Z')).toBeDefined()
    const night = { hours: minutes(1_320, 120) }
    expect(off(night, '2027-11-24T23:00:00Z')).toBeUndefined()
    expect(off(night, '2027-11-24T01:59:00Z')).toBeUndefined()
    expect(off(night, '2027-11-24T02:00:00Z')).toBeDefined()
    expect(off({ hours: minutes(0, 1_440) }, '2027-11-24T23:59:00Z')).toBeUndefined()
  })

  // The hour from two to three does not exist on this day, and the one in October is there twice.
  it('goes by the clocks across daylight saving', () => {
    const early = { hours: minutes(120, 180), timezone: 'Europe/Berlin' }
    expect(off(early, '2027-03-28T00:59:59Z')).toBeDefined()
    expect(off(early, '2027-03-28T01:00:00Z')).toBeDefined()
    expect(off(early, '2027-10-31T00:30:00Z')).toBeUndefined()
    expect(off(early, '2027-10-31T01:30:00Z')).toBeUndefined()
  })
})
