import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { durationText, instantAfter, instantBefore, parseDuration } from './duration.ts'

const at = (text: string) => Date.parse(text)
const iso = (ms: number) => new Date(ms).toISOString()
const duration = (text: string) => {
  const result = parseDuration(text)
  if (typeof result === 'string') throw new Error(result)
  return result
}

describe('a duration', () => {
  it.each([
    ['P30D', { months: 0, days: 30, hours: 0 }],
    ['P2W', { months: 0, days: 14, hours: 0 }],
    ['P1Y6M', { months: 18, days: 0, hours: 0 }],
    ['P1Y2M3DT4H', { months: 14, days: 3, hours: 4 }],
    ['PT36H', { months: 0, days: 0, hours: 36 }],
    ['P10Y', { months: 120, days: 0, hours: 0 }],
    ['P3652D', { months: 0, days: 3_652, hours: 0 }],
  ])('%s is understood', (text, expected) => {
    expect(parseDuration(text)).toEqual({ text, ...expected })
  })

  it.each([
    '',
    'P',
    'PT',
    'P1DT',
    '30D',
    'p30d',
    'P1.5D',
    'P-1D',
    'PT30M',
    'PT1S',
    'P1W2D',
    'P1D1M',
    'P0D',
    'P0Y0M0DT0H',
    'P121M',
    'P3653D',
    'P10YT1H',
    'P99999D',
    'P1D ',
    'P１D',
  ])('%j is refused with a sentence', (text) => {
    expect(parseDuration(text)).toMatch(/\.$/)
  })

  it('is written as it is read', () => {
    const parts = fc.record({
      months: fc.integer({ min: 0, max: 60 }),
      days: fc.integer({ min: 0, max: 900 }),
      hours: fc.integer({ min: 1, max: 900 }),
    })
    fc.assert(
      fc.property(parts, (given) => {
        const text = durationText(given)
        expect(parseDuration(text)).toEqual({ text, ...given })
      }),
    )
    expect(durationText(duration('P2W'))).toBe('P14D')
  })
})

describe('an instant shifted by a duration', () => {
  it.each([
    ['2027-01-31T10:00:00Z', 'P1M', '2027-02-28T10:00:00.000Z'],
    ['2028-01-31T10:00:00Z', 'P1M', '2028-02-29T10:00:00.000Z'],
    ['2027-12-31T10:00:00Z', 'P1Y2M', '2029-02-28T10:00:00.000Z'],
    ['2027-01-31T10:00:00Z', 'P1M1DT14H', '2027-03-02T00:00:00.000Z'],
    ['2027-01-31T10:00:00Z', 'P2W', '2027-02-14T10:00:00.000Z'],
  ])('%s after %s is %s', (from, text, expected) => {
    expect(iso(instantAfter(at(from), duration(text)))).toBe(expected)
  })

  it.each([
    ['2027-03-31T10:00:00Z', 'P1M', '2027-02-28T10:00:00.000Z'],
    ['2028-02-29T10:00:00Z', 'P1Y', '2027-02-28T10:00:00.000Z'],
    ['2027-03-01T10:00:00Z', 'P30D', '2027-01-30T10:00:00.000Z'],
    ['2027-03-01T10:00:00Z', 'PT36H', '2027-02-27T22:00:00.000Z'],
  ])('%s before %s is %s', (from, text, expected) => {
    expect(iso(instantBefore(at(from), duration(text)))).toBe(expected)
  })

  it('is no instant where there was none', () => {
    expect(instantBefore(Number.NaN, duration('P1M'))).toBeNaN()
  })
})
