import { describe, expect, it } from 'vitest'
import { faultsMax } from '../language/limits.ts'
import type { Json, JsonObject } from './finding.ts'
import { exportJsonLogic } from './json-logic-export.ts'
import { importJsonLogic } from './json-logic-import.ts'

const a = { var: 'a' }
const on = (operator: string, value: Json): JsonObject => ({ field: 'a', operator, value })

describe('a JSONLogic document', () => {
  it.each<[string, Json, JsonObject]>([
    ['a comparison', { '>': [a, 5] }, { conditions: [on('>', 5)], logic: 'AND' }],
    ['one the other way round', { '>': [5, a] }, { conditions: [on('<', 5)], logic: 'AND' }],
    ['a range', { '<=': [1, a, 5] }, { conditions: [on('>=', 1), on('<=', 5)], logic: 'AND' }],
    [
      'nothing',
      { '==': [a, null] },
      { conditions: [{ field: 'a', operator: 'missing' }], logic: 'AND' },
    ],
    [
      'anything',
      { '!==': [a, null] },
      { conditions: [{ field: 'a', operator: 'exists' }], logic: 'AND' },
    ],
    ['a list', { in: [a, [1, 'x']] }, { conditions: [on('in', [1, 'x'])], logic: 'AND' }],
    ['a part', { in: ['x', a] }, { conditions: [on('contains', 'x')], logic: 'AND' }],
    ['a fact alone', { var: 'a' }, { conditions: [on('==', true)], logic: 'AND' }],
    [
      'another fact',
      { '==': [a, { var: ['b.c'] }] },
      { conditions: [on('==', { field: 'b.c' })], logic: 'AND' },
    ],
    [
      'a choice',
      { or: [{ '!': a }, { '!!': [a] }] },
      { conditions: [{ none: [on('==', true)] }, on('==', true)], logic: 'OR' },
    ],
    [
      'a double negation',
      { '!': { '!': { '>': [a, 5] } } },
      { conditions: [on('>', 5)], logic: 'AND' },
    ],
    ['what holds always', { or: [true, { '>': [a, 5] }] }, { always: true }],
    [
      'if and else',
      { if: [{ '>': [a, 5] }, true, { var: 'b' }] },
      {
        conditions: [
          on('>', 5),
          { all: [{ none: [on('>', 5)] }, { field: 'b', operator: '==', value: true }] },
        ],
        logic: 'OR',
      },
    ],
  ])('of %s becomes conditions', (_name, document, ruleJson) => {
    expect(importJsonLogic(document)).toMatchObject({ ruleJson, unsupported: [] })
  })

  const refused = (document: unknown) => {
    const { ruleJson, unsupported } = importJsonLogic(document)
    expect(ruleJson).toBeNull()
    return unsupported.map(({ pointer }) => pointer)
  }

  // A part that was left out would make another rule of it, so that nothing is.
  it.each<[unknown, string]>([
    [{ and: [{ '>': [a, 5] }, { '>': [{ '+': [a, 1] }, 5] }] }, '/and/1/>/0'],
    [{ some: [a, { '>': [{ var: '' }, 5] }] }, '/some'],
    [{ log: a }, '/log'],
    [{ __defineGetter__: a }, '/__defineGetter__'],
    [{ 'a/b': a }, '/a~1b'],
    [{ '==': [1, 2] }, '/=='],
    [{ '==': [a] }, '/=='],
    [{ '==': [a, [1]] }, '/=='],
    [{ '==': [a, { x: 1, y: 2 }] }, '/==/1'],
    [{ '==': [a, { var: { var: 'b' } }] }, '/==/1/var'],
    [{ '==': [{ var: ['a', 5] }, null] }, '/=='],
    [{ '>': [a, null] }, '/>'],
    [{ in: [a] }, '/in'],
    [{ in: [a, 'text'] }, '/in'],
    [{ in: [[1], a] }, '/in/0'],
    [{ '!': [a, a] }, '/!'],
    [{ missing: ['a', 5] }, '/missing/1/var'],
    [{ missing_some: [2, ['a', 'b', 'c']] }, '/missing_some'],
    [{ a: 1, b: 2 }, ''],
    [[a], ''],
    [undefined, ''],
    [{ var: '__proto__.x' }, '/var'],
  ])('%j is refused by its pointer', (document, pointer) => {
    expect(refused(document)).toContain(pointer)
  })

  it.each<[string, Json]>([
    ['is never met', { and: [] }],
    ['orders a number in quotes', { '>': [a, '90'] }],
    ['orders truth', { '<': [a, true] }],
    ['looks for an empty text', { in: ['', a] }],
  ])('that %s is refused', (_name, document) => {
    expect(refused(document)).toEqual([''])
  })

  // JSONLogic finds the length of a text and the first letter; a rule finds nothing there.
  it('that asks whether there is what every value inherits is refused', () => {
    expect(refused({ '==': [{ var: 'a.length' }, null] })).toEqual(['/=='])
    expect(refused({ missing: ['a.0'] })).toEqual(['/missing/0'])
    expect(importJsonLogic({ '==': [{ var: 'a.length' }, 5] }).unsupported).toEqual([])
  })

  it('of any depth and width is answered', () => {
    const deep = Array.from({ length: 10_000 }).reduce<Json>((inner) => ({ '!': inner }), a)
    expect(importJsonLogic(deep).unsupported).toHaveLength(1)
    const wide = { and: Array.from({ length: 1_000 }, () => ({ log: a })) }
    expect(importJsonLogic(wide).unsupported).toHaveLength(faultsMax + 1)
    // Each choice stands twice in what is made of it.
    const doubled = Array.from({ length: 30 }).reduce<Json>((inner) => ({ if: [inner, a, a] }), a)
    expect(refused(doubled)).not.toEqual([])
  })

  it('says where the rule is narrower, once for each place', () => {
    const { differences } = importJsonLogic({
      and: [{ '==': [a, 1] }, { '!==': [{ var: ['a', 1] }, 1] }],
    })
    expect(differences.map(({ pointer }) => pointer)).toEqual([
      '/and/0/==',
      '/and/1/!==',
      '/and/1/!==',
    ])
  })
})

describe('a rule written as JSONLogic', () => {
  const exported = (rule: JsonObject) => exportJsonLogic({ conditions: [rule], logic: 'AND' })

  it('asks for the kind of a fact where JSONLogic would convert it', () => {
    expect(exported(on('>', 5)).document).toEqual({
      and: [{ '===': [{ '+': [a] }, a] }, { '>': [a, 5] }],
    })
    expect(exported(on('==', 'x')).document).toEqual({ '===': [a, 'x'] })
    expect(exportJsonLogic({ always: true }).document).toBe(true)
  })

  it.each<JsonObject>([
    on('matches', '^a'),
    on('before', '2027-01-01'),
    on('within_last', 'P1D'),
    on('between', ['2027-01-01', '2027-02-01']),
    on('contains', { field: 'b' }),
    on('in', 5),
    on('starts_with', { field: 'b' }),
    { field: 'a.length', operator: '>', value: 1 },
    { field: 'a.0', operator: '==', value: 1 },
    { field: 'a.link', operator: 'exists' },
    { field: 'a.link.name', operator: '==', value: 'link' },
    { field: 'a', operator: '==', value: { field: 'b.length' } },
    { count: { event: 'purchase', for: 'referrer' }, operator: '>', value: 1 },
  ])('has no document where %j cannot be expressed', (condition) => {
    const { document, unsupported } = exported({ none: [condition] })
    expect(document).toBeNull()
    expect(unsupported.map(({ pointer }) => pointer)).toEqual(['/conditions/0/none/0'])
  })

  it('refuses what is no condition', () => {
    expect(exportJsonLogic({ conditions: [5] }).document).toBeNull()
  })

  it('lists what it leaves out', () => {
    const rule = {
      always: true,
      on: ['x'],
      actions: [],
      limits: [],
      schedule: {},
      priority: 1,
      mode: 'shadow',
    }
    expect(exportJsonLogic(rule).unsupported.map(({ pointer }) => pointer)).toEqual([
      '/on',
      '/actions',
      '/limits',
      '/schedule',
      '/priority',
      '/mode',
    ])
  })
})
