import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { comparisonsOf } from './condition.ts'
import {
  listItemsMax,
  matchedTextCodeUnitsMax,
  patternCharactersMax,
  patternsMax,
  textCharactersMax,
} from './limits.ts'
import { noOperand } from './operand.ts'
import { operandForms } from './operand-forms.ts'
import { type OperatorName, operandOfFact, operatorNames, operators } from './operators.ts'
import { detailOf, faultsOf, parsed, rule } from './parsing.fixture.ts'
import type { Truth } from './truth.ts'

const atMs = Date.UTC(2027, 0, 31, 12)

function compare(actual: unknown, operator: OperatorName, value?: unknown): Truth {
  const json = { field: 'a', operator, ...(value === undefined ? {} : { value }) }
  const [comparison] = comparisonsOf(parsed(rule({ conditions: [json] })).condition)
  return operators[operator].test(actual, comparison?.operand ?? noOperand, atMs)
}

const refusal = (operator: OperatorName, value: unknown) =>
  faultsOf(rule({ conditions: [{ field: 'a', operator, value }] }))
const detail = (operator: OperatorName, value: unknown) =>
  detailOf(rule({ conditions: [{ field: 'a', operator, value }] }))

describe('operators', () => {
  it.each<[unknown, OperatorName, unknown, Truth]>([
    [5, '==', 5, 'true'],
    [5, '==', 6, 'false'],
    [0, '==', -0, 'true'],
    ['5', '==', '5', 'true'],
    [false, '==', false, 'true'],
    [5, '!=', 6, 'true'],
    [5, '!=', 5, 'false'],
    [5, '>', 4, 'true'],
    [5, '>', 5, 'false'],
    [4, '<', 5, 'true'],
    [5, '<', 5, 'false'],
    [6, '<', 5, 'false'],
    [5, '>=', 5, 'true'],
    [6, '>=', 5, 'true'],
    [4, '>=', 5, 'false'],
    [5, '<=', 5, 'true'],
    [4, '<=', 5, 'true'],
    [6, '<=', 5, 'false'],
    [0.1 + 0.2, '>', 0.3, 'true'],
    ['b', '>', 'a', 'true'],
    ['a', '>', 'a', 'false'],
    ['a', '<', 'b', 'true'],
    ['b', '<', 'a', 'false'],
    ['a', '<', 'a', 'false'],
    ['b', '>=', 'b', 'true'],
    ['c', '<=', 'b', 'false'],
    ['a', '>', '', 'true'],
    ['\u{1f331}', '<', '\uff5e', 'true'],
    ['US', 'in', ['US', 'CA'], 'true'],
    ['IN', 'in', ['US', 'CA'], 'false'],
    [1, 'in', ['1', 1], 'true'],
    ['IN', 'not_in', ['US', 'CA'], 'true'],
    ['US', 'not_in', ['US', 'CA'], 'false'],
    ['gold member', 'contains', 'gold', 'true'],
    ['silver', 'contains', 'gold', 'false'],
    [['gold', 'vip'], 'contains', 'vip', 'true'],
    [['gold', 'vip'], 'contains', 'silver', 'false'],
    [['gold', null], 'contains', 'gold', 'true'],
    [[], 'contains', 'vip', 'false'],
    ['gold member', 'not_contains', 'gold', 'false'],
    [['gold'], 'not_contains', 'silver', 'true'],
    ['gold member', 'starts_with', 'gold', 'true'],
    ['gold member', 'starts_with', 'member', 'false'],
    ['gold member', 'ends_with', 'member', 'true'],
    ['gold member', 'ends_with', 'gold', 'false'],
    [2, 'between', [2, 5], 'true'],
    [1.99, 'between', [2, 5], 'false'],
    ['a', 'between', ['a', 'gold'], 'true'],
    ['A', 'between', ['a', 'gold'], 'false'],
    ['2027-01-29', 'between', ['2027-01-30', '2027-01-31'], 'false'],
    [5, 'between', [2, 5], 'true'],
    [5.01, 'between', [2, 5], 'false'],
    [3, 'between', [3, 3], 'true'],
    ['gold', 'between', ['a', 'gold'], 'true'],
    ['golf', 'between', ['a', 'gold'], 'false'],
    ['2027-01-31T05:00:00+05:30', 'between', ['2027-01-30', '2027-01-31'], 'true'],
    ['2027-01-31T06:00:00+05:30', 'between', ['2027-01-30', '2027-01-31'], 'false'],
    ['2027-01-30', 'before', '2027-01-31', 'true'],
    ['2027-01-31', 'before', '2027-01-31T00:00:00Z', 'false'],
    ['2027-01-31T04:00:00+05:30', 'before', '2027-01-31', 'true'],
    ['2027-02-01', 'after', '2027-01-31', 'true'],
    ['2027-01-31', 'after', '2027-01-31', 'false'],
    ['2027-01-31T12:00:00Z', 'within_last', 'P1D', 'true'],
    ['2027-01-30T12:00:00.001Z', 'within_last', 'P1D', 'true'],
    ['2027-01-30T12:00:00Z', 'within_last', 'P1D', 'false'],
    ['2027-01-31T12:00:00.001Z', 'within_last', 'P1D', 'false'],
    ['2026-12-31T12:00:00.001Z', 'within_last', 'P1M', 'true'],
    ['gold member', 'matches', '^gold', 'true'],
    ['marigold', 'matches', 'gold', 'true'],
    ['GOLD', 'matches', '(?i)gold', 'true'],
    ['silver', 'matches', '^gold|bronze$', 'false'],
    ['🌱 tree', 'matches', '^.\\s', 'true'],
  ])('%j %s %j is %s', (actual, operator, value, expected) => {
    expect(compare(actual, operator, value)).toBe(expected)
  })

  it.each<[unknown, Truth]>([
    [undefined, 'false'],
    [null, 'false'],
    [0, 'true'],
    ['', 'true'],
    [false, 'true'],
    [{}, 'true'],
    [Number.POSITIVE_INFINITY, 'true'],
  ])('exists and missing know of %j', (actual, expected) => {
    expect(compare(actual, 'exists')).toBe(expected)
    expect(compare(actual, 'missing')).toBe(expected === 'true' ? 'false' : 'true')
  })

  // Each of these would pay, or withhold, for what nobody has shown.
  it.each<[unknown, OperatorName, unknown]>([
    ['5', '==', 5],
    [5, '!=', '5'],
    [true, '==', 'true'],
    ['5', '>', 4],
    [5, '<', 'b'],
    ['a', '<', 5],
    [5, '>=', 'b'],
    [true, '>=', 1],
    [null, '<', 5],
    [undefined, '<=', 'a'],
    [[1], '>', 0],
    [Number.POSITIVE_INFINITY, '>', 5],
    [Number.NEGATIVE_INFINITY, '<', 5],
    [Number.POSITIVE_INFINITY, '==', 5],
    [{}, '==', 'a'],
    [['a'], '==', 'a'],
    [['a'], 'in', ['a']],
    [5, 'in', ['5']],
    [5, 'not_in', ['US']],
    [null, 'not_in', ['US']],
    [['gold', 1], 'contains', '1'],
    [[['a']], 'contains', 'a'],
    ['5', 'contains', 5],
    [{ a: 1 }, 'contains', 'a'],
    [5, 'not_contains', '5'],
    [['gold', null], 'not_contains', 'silver'],
    [5, 'starts_with', '5'],
    [['gold'], 'ends_with', 'gold'],
    ['3', 'between', [2, 5]],
    [3, 'between', ['2a', '5a']],
    [Number.POSITIVE_INFINITY, 'between', [2, 5]],
    ['soon', 'between', ['2027-01-30', '2027-01-31']],
    [20_270_130, 'before', '2027-01-31'],
    ['2027-02-30', 'before', '2028-01-31'],
    ['2027-01-30T00:00:00', 'after', '2026-01-31'],
    [atMs, 'within_last', 'P1D'],
    ['today', 'within_last', 'P1D'],
    [5, 'matches', '5'],
    [['gold'], 'matches', 'gold'],
  ])('%j %s %j is unknown', (actual, operator, value) => {
    expect(compare(actual, operator, value)).toBe('unknown')
  })

  // What takes longer to look through than its bound allows is not looked through.
  it('look through what is long up to a bound', () => {
    const list = Array(listItemsMax).fill('a')
    expect(compare(list, 'contains', 'b')).toBe('false')
    expect(compare([...list, 'a'], 'contains', 'a')).toBe('unknown')
    const text = 'x'.repeat(matchedTextCodeUnitsMax)
    expect(compare(text, 'matches', 'x$')).toBe('true')
    expect(compare(`${text}x`, 'matches', 'x$')).toBe('unknown')
  })

  it('know nothing of an event whose time is not known', () => {
    const { test } = operators.within_last
    const operand = { ...noOperand, duration: { text: 'P1D', months: 0, days: 1, hours: 0 } }
    expect(test('2027-01-31', operand, Number.NaN)).toBe('unknown')
  })

  // A reference that was not looked up would make every comparison with it true or false.
  it.each(operatorNames.filter((operator) => operators[operator].takes !== 'nothing'))(
    '%s is unknown where nothing is expected',
    (operator) => {
      for (const actual of [undefined, null, 0, '', 'a', true, [], [undefined], '2027-01-31'])
        expect(operators[operator].test(actual, noOperand, atMs)).not.toBe('true')
    },
  )

  it('are total, whatever the fact is', () => {
    const value = {
      range: [1, 2],
      list: [1],
      time: '2027-01-31',
      duration: 'P1D',
      pattern: '^(a|b)*$',
    }
    const operands = operatorNames.map((operator) => {
      const { takes } = operators[operator]
      const json =
        (value as Readonly<Record<string, unknown>>)[takes] ??
        (takes === 'nothing' ? undefined : 'a')
      return { operator, operand: operandForms[takes].prepare(json) }
    })
    fc.assert(
      fc.property(fc.anything({ withBigInt: true, withDate: true }), (actual) => {
        for (const { operator, operand } of operands)
          if ('scalar' in operand)
            expect(['true', 'false', 'unknown']).toContain(
              operators[operator].test(actual, operand, atMs),
            )
      }),
    )
  })
})

describe('the value of an operator', () => {
  it.each<[OperatorName, unknown, string]>([
    ['exists', true, 'unknown_property'],
    ['missing', null, 'unknown_property'],
    ['==', ['a'], 'type'],
    ['>', '100', 'type'],
    ['<', ' 1e3 ', 'type'],
    ['>=', false, 'type'],
    ['in', 'a', 'type'],
    ['in', [], 'type'],
    ['in', [['a']], 'type'],
    ['starts_with', '', 'type'],
    ['ends_with', 5, 'type'],
    ['not_contains', '', 'type'],
    ['between', 5, 'type'],
    ['between', [1], 'type'],
    ['between', [1, 2, 3], 'type'],
    ['between', [2, 1], 'range'],
    ['between', ['b', 'a'], 'range'],
    ['between', ['2027-02-01', '2027-01-31'], 'range'],
    ['between', [1, '2'], 'type'],
    ['between', ['1', '20'], 'type'],
    ['between', ['1', 'a'], 'type'],
    ['between', ['-', '1'], 'type'],
    ['between', ['1', 20], 'type'],
    ['between', [1, false], 'type'],
    ['between', 'ab', 'type'],
    ['between', [false, true], 'type'],
    ['between', ['2027-01-31', 'a'], 'type'],
    ['between', ['a', '2027-01-31'], 'type'],
    ['between', [1, Number.POSITIVE_INFINITY], 'type'],
    ['before', 5, 'type'],
    ['before', 'tomorrow', 'format'],
    ['after', '2027-02-30', 'format'],
    ['within_last', 30, 'type'],
    ['within_last', '30 days', 'format'],
    ['matches', 5, 'type'],
    ['matches', '', 'format'],
    ['matches', '(', 'format'],
    ['matches', '(a)\\1', 'format'],
    ['matches', '(?=a)b', 'format'],
    ['matches', '(?<=a)b', 'format'],
    ['matches', 'a{1001}', 'format'],
    ['matches', '(.{0,30}){10}', 'format'],
    ['in', { field: 'b' }, 'type'],
    ['between', { field: 'b' }, 'type'],
    ['matches', { field: 'b' }, 'type'],
    ['within_last', { field: 'b' }, 'type'],
  ])('%s refuses %j', (operator, value, code) => {
    expect(refusal(operator, value)).toEqual([`/conditions/0/value ${code}`])
  })

  it('has a bound', () => {
    expect(refusal('==', 'x'.repeat(textCharactersMax + 1))).toEqual(['/conditions/0/value type'])
    expect(operandOfFact('==', 'x'.repeat(textCharactersMax + 1))).toBeUndefined()
    const list = Array(listItemsMax + 1).fill(1)
    expect(refusal('not_in', list)).toEqual(['/conditions/0/value type'])
    const pattern = 'x'.repeat(patternCharactersMax + 1)
    expect(refusal('matches', pattern)).toEqual(['/conditions/0/value format'])
    expect(refusal('==', 'x'.repeat(textCharactersMax))).toEqual([])
    expect(refusal('in', Array(listItemsMax).fill(1))).toEqual([])
    expect(refusal('matches', 'x'.repeat(patternCharactersMax))).toEqual([])
    expect(refusal('>', '')).toEqual([])
    expect(refusal('>', ' ')).toEqual([])
  })

  it('says which value of a list cannot be compared, and what a list is', () => {
    expect(detail('in', ['a', null])).toContain('Value 1 of the list')
    expect(detail('in', [])).toContain('at least one value')
    expect(detail('in', 'abc')).toContain('at least one value')
    expect(detail('in', Array(listItemsMax + 1).fill(1))).toContain('at most 10000 values')
  })

  // Patterns are the dearest comparisons that there are.
  it('is no pattern beyond those that a rule may have', () => {
    const conditions = (count: number) =>
      Array(count).fill({ field: 'a', operator: 'matches', value: 'a' })
    expect(faultsOf(rule({ conditions: conditions(patternsMax) }))).toEqual([])
    expect(faultsOf(rule({ conditions: conditions(patternsMax + 2) }))).toEqual([
      `/conditions/${patternsMax}/value limit`,
    ])
  })

  it('says what a pattern is refused for', () => {
    expect(detail('matches', '(')).toContain('missing closing )')
    expect(detail('matches', '(.{0,30}){10}')).toContain('too large')
  })
})

describe('the value of another fact', () => {
  it('is known by its path', () => {
    const json = { field: 'a', operator: '==', value: { field: 'b.c' } }
    const understood = parsed(rule({ conditions: [json] }))
    expect(comparisonsOf(understood.condition)[0]).toMatchObject({
      expected: { field: 'b.c' },
      reference: { text: 'b.c', segments: ['b', 'c'] },
    })
  })

  it.each<[OperatorName, unknown, unknown, Truth]>([
    ['==', 'a', 'a', 'true'],
    ['!=', 1, 2, 'true'],
    ['>', 2, 1, 'true'],
    ['<=', 'a', 'b', 'true'],
    ['contains', ['a'], 'a', 'true'],
    ['not_contains', 'ab', 'c', 'true'],
    ['starts_with', 'ab', 'a', 'true'],
    ['ends_with', 'ab', 'a', 'false'],
    ['before', '2027-01-31', '2027-02-01', 'true'],
    ['after', '2027-01-31', '2027-02-01T00:00:00+05:30', 'false'],
  ])('is compared by %s as if it were written', (operator, actual, other, expected) => {
    const operand = operandOfFact(operator, other)
    expect(operators[operator].test(actual, operand ?? noOperand, atMs)).toBe(expected)
  })

  it.each<[OperatorName, unknown]>([
    ['==', undefined],
    ['==', null],
    ['==', ['a']],
    ['==', {}],
    ['==', Number.POSITIVE_INFINITY],
    ['>', true],
    ['>', '100'],
    ['contains', ''],
    ['before', 'tomorrow'],
    ['in', 'a'],
    ['matches', 'a'],
    ['exists', undefined],
  ])('is none for %s where it is %j, which could not be written', (operator, other) => {
    expect(operandOfFact(operator, other)).toBeUndefined()
  })

  it.each([
    [{}, ['/conditions/0/value/field required']],
    [{ field: 5 }, ['/conditions/0/value/field path']],
    [{ field: 'a..b' }, ['/conditions/0/value/field path']],
    [{ field: 'a', or: 1 }, ['/conditions/0/value/or unknown_property']],
    [
      JSON.parse('{"__proto__": {"field": "a"}}'),
      ['/conditions/0/value/__proto__ unknown_property', '/conditions/0/value/field required'],
    ],
  ])('is refused as %j', (value, expected) => {
    expect(refusal('==', value)).toEqual(expected)
  })
})
