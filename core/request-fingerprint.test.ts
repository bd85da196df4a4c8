import { describe, expect, it } from 'vitest'
import { canonicalJson } from './canonical-json.ts'
import { differingFields, requestText } from './request-fingerprint.ts'

const digestsOf = (fields: Readonly<Record<string, unknown>>) => requestText(fields).digests

describe('the text of a request', () => {
  it('is its canonical JSON', () => {
    const fields = {
      user_id: 'alice',
      amount_cents: 5,
      metadata: { b: 1, a: [true, null] },
      absent: undefined,
    }
    expect(requestText(fields).canonical).toBe(canonicalJson(fields))
    expect(requestText({}).canonical).toBe('{}')
  })
})

describe('field digests', () => {
  it('name the fields that were changed, added or left out, in order', () => {
    const first = digestsOf({ user_id: 'alice', amount_cents: 5, metadata: { a: 1, b: 2 } })
    const second = digestsOf({
      user_id: 'alice',
      amount_cents: 6,
      metadata: { b: 2, a: 1 },
      currency: 'USD',
    })
    expect(differingFields(first, second)).toEqual(['amount_cents', 'currency'])
    expect(differingFields(second, first)).toEqual(['amount_cents', 'currency'])
  })

  it('name nothing where the requests are the same or there were no fields', () => {
    const digests = digestsOf({ b: [1, 2], a: null, c: undefined })
    expect(differingFields(digests, digestsOf({ a: null, b: [1, 2] }))).toEqual([])
    expect(differingFields(digestsOf({}), '')).toEqual([])
  })

  it('hold nothing of the values', () => {
    expect(digestsOf({ secret: 'hunter2' })).toMatch(/^secret=[0-9a-f]{8}$/)
  })
})
