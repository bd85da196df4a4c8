import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { canonicalJson } from '../../canonical-json.ts'
import { differencesOf } from './difference.ts'

const condition = (field: string, value: unknown) => ({ field, operator: '>', value })
const older = {
  conditions: [condition('a', 1), condition('b', 2)],
  logic: 'AND',
  actions: [{ type: 'credit', user: 'user_id', amount_cents: 500 }],
}

describe('the differences of two contents', () => {
  it('name what was put in, taken out and changed, with the place and a sentence', () => {
    const younger = {
      conditions: [condition('a', 1), condition('b', 3)],
      actions: [{ type: 'credit', user: 'user_id', amount_cents: 500, hold: 'P14D' }],
      priority: 5,
    }
    expect(differencesOf(older, younger)).toEqual([
      {
        op: 'replace',
        path: '/conditions/1/value',
        from: 2,
        value: 3,
        sentence: 'Condition 2 (b), value was 2 and is 3.',
      },
      {
        op: 'remove',
        path: '/logic',
        from: 'AND',
        sentence: 'Logic was taken away; it was "AND".',
      },
      {
        op: 'add',
        path: '/actions/0/hold',
        value: 'P14D',
        sentence: 'Action 1 (credit), hold is new: "P14D".',
      },
      { op: 'add', path: '/priority', value: 5, sentence: 'Priority is new: 5.' },
    ])
  })

  it('are none where only the order of members differs', () => {
    expect(differencesOf({ a: 1, b: [{ c: 1, d: 2 }] }, { b: [{ d: 2, c: 1 }], a: 1 })).toEqual([])
  })

  // Compared place by place, all conditions after a new one would seem to have changed.
  it('name the item that was put in between others, and not those that moved aside', () => {
    const younger = { ...older, conditions: [condition('new', 9), ...older.conditions] }
    expect(differencesOf(older, younger)).toMatchObject([{ op: 'add', path: '/conditions/0' }])
    expect(differencesOf(younger, older)).toMatchObject([
      { op: 'remove', path: '/conditions/0', sentence: expect.stringContaining('(new)') },
    ])
  })

  it('replace what is of another kind as a whole, and cut long values in sentences', () => {
    const long = 'x'.repeat(1_000)
    const [found] = differencesOf({ a: [1] }, { a: { text: long } })
    expect(found).toMatchObject({ op: 'replace', path: '/a', from: [1], value: { text: long } })
    expect(found?.sentence.length).toBeLessThan(300)
    expect(differencesOf(1, 2)).toMatchObject([{ path: '', sentence: 'The rule was 1 and is 2.' }])
    expect(differencesOf({ 'a/b~': { c: 1 } }, { 'a/b~': { c: 2 } })).toMatchObject([
      { path: '/a~1b~0/c' },
    ])
  })

  it('lead from any content to any other when they are applied', () => {
    const json = fc.dictionary(fc.stringMatching(/^[a-d]$/), fc.jsonValue({ maxDepth: 3 }))
    fc.assert(
      fc.property(json, json, (from, to) => {
        const differences = differencesOf(from, to)
        expect(differences.length === 0).toBe(canonicalJson(from) === canonicalJson(to))
        expect(canonicalJson(applied(from, differences))).toBe(canonicalJson(to))
      }),
    )
  })
})

/** Removals in a list from its end on, as each moves those behind it. */
function applied(from: unknown, differences: ReturnType<typeof differencesOf>): unknown {
  const root = structuredClone({ root: from }) as Record<string, unknown>
  const order = [
    ...differences.filter(({ op }) => op === 'replace'),
    ...differences.filter(({ op }) => op === 'remove').reverse(),
    ...differences.filter(({ op }) => op === 'add'),
  ]
  for (const { op, path, value } of order) {
    const names = ['root', ...path.split('/').slice(1)].map((name) =>
      name.replaceAll('~1', '/').replaceAll('~0', '~'),
    )
    const last = names.pop() ?? ''
    const parent = names.reduce<unknown>((at, name) => (at as Record<string, unknown>)[name], root)
    if (Array.isArray(parent)) {
      if (op === 'remove') parent.splice(Number(last), 1)
      else if (op === 'add') parent.splice(Number(last), 0, value)
      else parent[Number(last)] = value
    } else if (op === 'remove') delete (parent as Record<string, unknown>)[last]
    else (parent as Record<string, unknown>)[last] = value
  }
  return root['root']
}
