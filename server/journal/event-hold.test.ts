import { describe, expect, it } from 'vitest'
import { holdKeysOf } from './event-hold.ts'

const paths = [
  { text: 'order.id', segments: ['order', 'id'] },
  { text: 'referred_id', segments: ['referred_id'] },
]

describe('what an event confirms', () => {
  it('is what waits for its values, whichever kind they are of', () => {
    const facts = { order: { id: 7 }, referred_id: 'bob' }
    expect(holdKeysOf({ type: 'settled', facts }, paths)).toEqual([
      { eventType: 'settled', path: 'order.id', value: '7' },
      { eventType: 'settled', path: 'referred_id', value: 'bob' },
    ])
  })

  // Credits of different orders must not be confirmed by an event that names none of them.
  it('is nothing by a value that is not there or cannot name anything', () => {
    const facts = { order: { id: {} }, referred_id: '' }
    expect(holdKeysOf({ type: 'settled', facts }, paths)).toEqual([])
    expect(holdKeysOf({ type: 'settled', facts: {} }, paths)).toEqual([])
  })
})
