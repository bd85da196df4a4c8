import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { csvLine, textCell } from './csv.ts'

describe('a cell of text', () => {
  // A spreadsheet would run these: a reason or a user id must never become a formula.
  it.each([
    '=1+1',
    '+1',
    '-1',
    '@SUM(A1)',
    '\t=1',
    '\r=1',
    '\n=1',
    ' =1',
    '\uff1d1',
    '\uff0b1',
    '\uff0d1',
    '\uff201',
    "=cmd|' /C calc'!A0",
  ])('never begins as a formula: %j', (text) => {
    expect(parsed(textCell(text))).toBe(`'${text}`)
  })

  it.each(['', 'a=1', 'anna', '1-2', 'x@y', "'quoted'", '{"a":"=1"}'])(
    'stays what it is where no spreadsheet would run it: %j',
    (text) => {
      expect(parsed(textCell(text))).toBe(text)
    },
  )

  it('comes back from the file as it went in, but for the apostrophe', () => {
    const property = fc.property(
      fc.array(fc.string({ unit: 'grapheme' }), { minLength: 1 }),
      (texts) => {
        const line = csvLine(texts.map(textCell))
        const cells = cellsOf(line)
        expect(
          cells.map((cell, index) => (cell === `'${texts[index]}` ? cell.slice(1) : cell)),
        ).toEqual(texts)
      },
    )
    fc.assert(property)
  })
})

function parsed(cell: string): string | undefined {
  return cellsOf(csvLine([cell]))[0]
}

/** Reads one record by the grammar of RFC 4180. */
function cellsOf(line: string): string[] {
  expect(line.endsWith('\r\n')).toBe(true)
  const cells = `,${line.slice(0, -2)}`.matchAll(/,(?:"((?:[^"]|"")*)"|([^",\r\n]*))(?=,|$)/gy)
  return [...cells].map(([, quoted, plain = '']) => quoted?.replaceAll('""', '"') ?? plain)
}
