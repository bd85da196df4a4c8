import { describe, expect, it } from 'vitest'
import { localTime, offsetMs } from './time-zone.ts'

const hourMs = 3_600_000

describe('local time', () => {
  it.each<[string, string, number, number]>([
    ['2027-11-24T10:30:00Z', 'UTC', 3, 630],
    ['2027-11-24T20:00:00Z', 'Asia/Kolkata', 4, 90],
    ['2027-11-24T03:00:00Z', 'America/New_York', 2, 1_320],
    // The hour before and after clocks go forward and back.
    ['2027-03-28T00:59:59Z', 'Europe/Berlin', 7, 119],
    ['2027-03-28T01:00:00Z', 'Europe/Berlin', 7, 180],
    ['2027-10-31T00:59:59Z', 'Europe/Berlin', 7, 179],
    ['2027-10-31T01:00:00Z', 'Europe/Berlin', 7, 120],
    ['1969-12-31T23:59:00Z', 'UTC', 3, 1_439],
  ])('is, at %s in %s, on weekday %i at minute %i', (at, timezone, weekday, minuteOfDay) => {
    expect(localTime(Date.parse(at), timezone)).toMatchObject({ weekday, minuteOfDay })
  })

  it('numbers days by the clocks of the zone', () => {
    const at = Date.parse('2027-11-24T20:00:00Z')
    const utc = localTime(at, 'UTC').dayNumber
    expect(utc).toBe(Date.UTC(2027, 10, 24) / 86_400_000)
    expect(localTime(at, 'Asia/Kolkata').dayNumber).toBe(utc + 1)
    expect(localTime(at, 'Pacific/Kiritimati').dayNumber).toBe(utc + 1)
    expect(localTime(at, 'Pacific/Pago_Pago').dayNumber).toBe(utc)
  })

  it('knows half hours, and years before the first', () => {
    expect(offsetMs(0, 'Asia/Kathmandu')).toBe(5.5 * hourMs)
    expect(Math.abs(offsetMs(Date.UTC(-100, 0, 1), 'Europe/Berlin'))).toBeLessThan(hourMs)
  })

  // What is remembered is bounded; asking for more than that must give the same answers.
  it('forgets what it has asked without changing its answers', () => {
    const offsets = (year: number) =>
      Array.from({ length: 25_000 }, (_, slot) =>
        offsetMs(Date.UTC(year, 0, 1) + slot * 900_000, 'America/New_York'),
      )
    const first = offsets(2027)
    expect(offsets(2027)).toEqual(first)
    expect(new Set(first)).toEqual(new Set([-5 * hourMs, -4 * hourMs]))
  })
})
