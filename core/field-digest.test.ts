import { describe, expect, it } from 'vitest'
import { differingFields, fieldDigests } from './field-digest.ts'

describe('field digests', () => {
  it('names the fields that were changed, added or left out, in order', () => {
    const first = fieldDigests({ user_id: 'alice', amount_cents: 5, metadata: { a: 1, b: 2 } })
    const second = fieldDigests({ user_id: 'alice', amount_cents: 6, metadata: { b: 2, a: 1 }, currency: 'USD' })
    expect(differingFields(first, second)).toEqual(['amount_cents', 'currency'])
    expect(differingFields(second, first)).toEqual(['amount_cents', 'currency'])
  })

  it('names nothing where the requests are the same or there were no fields', () => {
    const digests = fieldDigests({ b: [1, 2], a: null, c: undefined })
    expect(differingFields(digests, fieldDigests({ a: null, b: [1, 2] }))).toEqual([])
    expect(differingFields(fieldDigests({}), '')).toEqual([])
  })

  it('holds nothing of the values', () => {
    expect(fieldDigests({ secret: 'hunter2' })).toMatch(/^secret=[0-9a-f]{8}$/)
  })
})
