import { isInstant } from '@pineos/contract/formats.ts'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { dateTimeMs, timeMs } from './instant.ts'

const dayMs = 86_400_000

describe('a time in a text', () => {
  it.each([
    ['1970-01-01', 0],
    ['1970-01-01T00:00:00Z', 0],
    ['1969-12-31t23:59:59.999z', -1],
    ['2027-02-01T05:30:00.5+05:30', Date.UTC(2027, 1, 1, 0, 0, 0, 500)],
    ['2027-01-31T23:59:59.123456789-00:00', Date.UTC(2027, 0, 31, 23, 59, 59, 123)],
    ['2027-01-31T20:00:00-04:00', Date.UTC(2027, 1, 1)],
    ['2028-02-29', Date.UTC(2028, 1, 29)],
    ['2000-02-29', Date.UTC(2000, 1, 29)],
    ['0001-01-01', -719_162 * dayMs],
    ['9999-12-31T23:59:59Z', Date.UTC(9999, 11, 31, 23, 59, 59)],
  ])('%s is %d ms after 1970', (text, ms) => {
    expect(timeMs(text)).toBe(ms)
  })

  // Date.parse takes most of these, and some it takes as the time of the machine.
  it.each([
    '',
    '2027',
    '2027-01',
    '2027-1-31',
    '2027-02-30',
    '2027-02-29',
    '1900-02-29',
    '2027-00-10',
    '2027-13-01',
    '2027-01-00',
    '0000-01-01',
    '2027/01/31',
    '2027-01-31T12:00:00',
    '2027-01-31 12:00:00Z',
    '2027-01-31T24:00:00Z',
    '2027-01-31T12:60:00Z',
    '2027-01-31T12:00:60Z',
    '2027-01-31T12:00Z',
    '2027-01-31T12:00:00.Z',
    '2027-01-31T12:00:00.1234567890Z',
    '2027-01-31T12:00:00+0530',
    '2027-01-31T12:00:00+24:00',
    '2027-01-31T12:00:00+05:60',
    '2027-01-31T12:00:00*05:30',
    '2027-01-31T12:00:00Zulu',
    '2027-01-31T12:00:00+05:300',
    '0001-01-01T00:00:00+01:00',
    '9999-12-31T23:59:59-01:00',
    '+027-01-31',
    '２０２７-01-31',
    '2027-01-31\n',
    ' 2027-01-31',
    'yesterday',
  ])('%j is none', (text) => {
    expect(timeMs(text)).toBeNaN()
  })

  it('is no date-time where it is a date alone', () => {
    expect(dateTimeMs('2027-01-31')).toBeNaN()
  })

  // Two readings of the same text would let a rule hold at another time than the event says.
  it('is read as the contract and the platform read it', () => {
    const two = (value: number) => String(value).padStart(2, '0')
    const part = (max: number) => fc.integer({ min: 0, max }).map(two)
    const text = fc
      .tuple(
        fc.integer({ min: 0, max: 9999 }).map((year) => String(year).padStart(4, '0')),
        fc.tuple(part(13), part(32), part(24), part(60), part(60)),
        fc.constantFrom('', '.', '.5', '.123', '.123456789', '.1234567890'),
        fc.constantFrom('Z', 'z', '', '+00:00', '-23:59', '+14:00', '+24:00', '+0100'),
      )
      .map(
        ([year, [month, day, hour, minute, second], fraction, offset]) =>
          `${year}-${month}-${day}T${hour}:${minute}:${second}${fraction}${offset}`,
      )
    fc.assert(
      fc.property(text, (written) => {
        const expected = isInstant(written) ? new Date(written.toUpperCase()).getTime() : Number.NaN
        expect(dateTimeMs(written)).toBe(expected)
      }),
      { numRuns: 20_000 },
    )
  })

  it('is every day of four hundred years', () => {
    for (let day = -170_000; day < 146_097 - 170_000 + 1; day++) {
      const date = new Date(day * dayMs).toISOString().slice(0, 10)
      if (timeMs(date) !== day * dayMs) expect.fail(date)
    }
  })

  it('never throws, whatever the text is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(typeof timeMs(text)).toBe('number')
      }),
    )
  })
})
