import { describe, expect, it } from 'vitest'
import { alikeComparedMax } from './check-conditions.ts'
import { neighboursComparedMax } from './check-context.ts'
import { findingsMax } from './check-rule.ts'
import { credit, found, neighbour, when } from './checks.fixture.ts'
import { valuesComparedMax } from './comparison-domain.ts'
import { intervalsMax } from './domain.ts'

const numbers = (count: number) => Array.from({ length: count }, (_, index) => index)
const a = (operator: string, value: unknown) => ({ field: 'channel', operator, value })
const contradictory = (value: readonly unknown[]) =>
  found(when(a('in', value), a('==', 'other'))).some((each) => each.startsWith('contradiction'))

// Work that grows with the square of what people write would let one rule stop the service.
describe('the work of checking is bounded', () => {
  it('in the values of a list that are told apart', () => {
    const texts = (count: number) => numbers(count).map((each) => `v${each}`)
    expect(contradictory(texts(valuesComparedMax))).toBe(true)
    expect(contradictory(texts(valuesComparedMax + 1))).toBe(false)
    // The kinds of its values are known still.
    expect(contradictory(numbers(valuesComparedMax + 1))).toBe(true)
    expect(contradictory([true, ...numbers(valuesComparedMax)])).toBe(true)
  })

  it('in the holes of a fact', () => {
    const holes = (count: number) => numbers(count).map((each) => a('!=', `v${each}`))
    const last = (count: number) => when(...holes(count), a('==', `v${count - 1}`))
    const isFound = (count: number) =>
      found(last(count)).some((each) => each.startsWith('contradiction'))
    expect(isFound(intervalsMax - 1)).toBe(true)
    expect(isFound(intervalsMax + 9)).toBe(false)
  })

  it('in the conditions of one fact that are compared with each other', () => {
    const conditions = numbers(alikeComparedMax + 50).map((each) => a('>', `v${each + 1_000}`))
    const redundant = found(when(...conditions)).filter((each) => each.startsWith('redundant'))
    expect(redundant).toHaveLength(alikeComparedMax - 1)
  })

  it('in the findings that are listed', () => {
    const conditions = numbers(findingsMax + 50).map((each) => ({
      field: `f${each}`,
      operator: 'exists',
    }))
    expect(found(when(...conditions))).toHaveLength(findingsMax)
  })

  it('in the rules that it is compared with', () => {
    const rule = when(a('==', 'x'))
    const stranger = neighbour({
      ...when(a('==', 'y')),
      actions: [{ ...credit, reward_id: 'other' }],
    })
    const strangers = (count: number) => Array<typeof stranger>(count).fill(stranger)
    const twin = neighbour(rule, { id: 'twin' })
    const isFound = (count: number) =>
      found(rule, { neighbours: [...strangers(count), twin] }).length > 0
    expect(isFound(neighboursComparedMax - 1)).toBe(true)
    expect(isFound(neighboursComparedMax)).toBe(false)
  })
})
