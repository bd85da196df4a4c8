import { describe, expect, it } from 'vitest'
import type { Json, JsonObject } from './finding.ts'
import { exportRulesEngine } from './rules-engine-export.ts'
import { importRulesEngine } from './rules-engine-import.ts'

const action = { type: 'credit', user: 'referrer_id', amount_cents: 100 }
const event = { type: 'reward', params: { actions: [action] } }
const on = (operator: string, value: Json): JsonObject => ({ fact: 'a', operator, value })
const rule = (condition: Json): JsonObject => ({ conditions: { all: [condition] }, event })

describe('a rule of json-rules-engine', () => {
  it('becomes a rule with the actions and the priority that it names', () => {
    const document = {
      name: 'First purchase',
      priority: 5,
      conditions: {
        any: [
          { fact: 'purchase', path: '$.is_first', operator: 'equal', value: true, name: 'first' },
          { not: on('in', ['US', 'CA']) },
          { all: [on('greaterThan', { fact: 'b' })] },
          on('not:contains', 5),
        ],
      },
      event,
    }
    const { ruleJson, unsupported } = importRulesEngine(document)
    expect(unsupported).toEqual([])
    expect(ruleJson).toEqual({
      conditions: [
        { field: 'purchase.is_first', operator: '==', value: true },
        { none: [{ field: 'a', operator: 'in', value: ['US', 'CA'] }] },
        {
          all: [
            { field: 'a', operator: '<=', value: Number.MAX_VALUE },
            { field: 'a', operator: '>', value: { field: 'b' } },
          ],
        },
        { none: [{ field: 'a', operator: 'contains', value: 5 }] },
      ],
      logic: 'OR',
      priority: 5,
      actions: [action],
    })
  })

  it('asks for the actions where it does not say what is paid', () => {
    const { ruleJson, differences } = importRulesEngine({
      ...rule(on('equal', 1)),
      event: { type: 'x' },
    })
    expect(ruleJson).not.toHaveProperty('actions')
    expect(differences.map(({ pointer }) => pointer)).toEqual(['/conditions/all/0', '/event'])
  })

  it('without conditions is for every event, as there', () => {
    expect(importRulesEngine({ conditions: { all: [] }, event }).ruleJson).toEqual({
      always: true,
      actions: [action],
    })
    expect(importRulesEngine(rule(on('notIn', []))).ruleJson).toMatchObject({ always: true })
  })

  it.each<[unknown, string]>([
    [5, ''],
    [{ ...rule(on('equal', 1)), onSuccess: 1 }, '/onSuccess'],
    [{ ...rule(on('equal', 1)), priority: 1.5 }, '/priority'],
    [{ event }, '/conditions'],
    [{ conditions: { all: 5 }, event }, '/conditions/all'],
    [{ conditions: { all: [], any: [] }, event }, '/conditions'],
    [{ conditions: { condition: 'shared' }, event }, '/conditions'],
    [rule({ ...on('equal', 1), params: {} }), '/conditions/all/0'],
    [rule({ ...on('equal', 1), path: '$..x' }), '/conditions/all/0/path'],
    [rule({ ...on('equal', 1), fact: 'a.b' }), '/conditions/all/0/fact'],
    [rule({ ...on('equal', 1), fact: '__proto__' }), '/conditions/all/0/fact'],
    [rule(on('equal', null)), '/conditions/all/0/value'],
    [rule(on('equal', [1])), '/conditions/all/0/value'],
    [rule(on('equal', { fact: 5 })), '/conditions/all/0/value/fact'],
    [rule(on('in', 'text')), '/conditions/all/0/value'],
    [rule(on('lessThan', 'text')), '/conditions/all/0/value'],
    [rule(on('contains', 'text')), '/conditions/all/0'],
    [rule(on('someFact:equal', 1)), '/conditions/all/0/operator'],
    [rule(on('toString', 1)), '/conditions/all/0/operator'],
    [rule({ fact: 'a', value: 1 }), '/conditions/all/0/operator'],
    [{ ...rule(on('equal', 1)), event: { type: 'x', params: { actions: [{}] } } }, ''],
  ])('%j is refused by its pointer', (document, pointer) => {
    const { ruleJson, unsupported } = importRulesEngine(document)
    expect(ruleJson).toBeNull()
    expect(unsupported.map((one) => one.pointer)).toContain(pointer)
  })

  it('of any depth is answered', () => {
    const deep = Array.from({ length: 10_000 }).reduce<Json>((not) => ({ not }), on('equal', 1))
    expect(importRulesEngine({ conditions: deep, event }).unsupported).toHaveLength(1)
  })
})

describe('a rule written for json-rules-engine', () => {
  const condition = (operator: string, value: Json, field = 'a'): JsonObject => ({
    field,
    operator,
    value,
  })

  it('keeps its actions, and its priority where there is one like it', () => {
    const written = { conditions: [condition('==', 1, 'deep.b')], actions: [action], priority: 2 }
    expect(exportRulesEngine(written, 'Bonus')).toEqual({
      document: {
        name: 'Bonus',
        conditions: { all: [{ fact: 'deep', path: '$.b', operator: 'equal', value: 1 }] },
        event,
        priority: 2,
      },
      unsupported: [],
      differences: [{ pointer: '/conditions/0', reason: expect.stringContaining('no object') }],
    })
    expect(exportRulesEngine({ always: true, priority: -1 }, 'Bonus')).toMatchObject({
      document: { conditions: { all: [] }, event: { params: { actions: [] } } },
      unsupported: [{ pointer: '/priority' }],
    })
  })

  it('comes back as the rule it was', () => {
    const written = {
      conditions: [
        condition('==', 'x'),
        condition('in', [1, 2]),
        { any: [condition('>', 1), condition('<=', 0)] },
      ],
      logic: 'AND',
      actions: [action],
    }
    expect(importRulesEngine(exportRulesEngine(written, 'Bonus').document).ruleJson).toEqual(
      written,
    )
  })

  // A missing fact would be paid there: it is different from everything.
  it.each<JsonObject>([
    condition('!=', 'x'),
    condition('not_in', ['x', 1]),
    condition('not_contains', 1),
    condition('==', { field: 'b' }),
    condition('>', 'x'),
    condition('between', ['a', 'b']),
    condition('in', 5),
    condition('exists', null),
    condition('==', 1, 'a.0'),
    { none: [condition('contains', 'x')] },
  ])('has no document where %j cannot be expressed', (one) => {
    const { document, unsupported } = exportRulesEngine({ conditions: [one] }, 'Bonus')
    expect(document).toBeNull()
    expect(unsupported).toHaveLength(1)
  })
})
