import type { CounterIncrement } from '@pineos/core/rules/evaluation/contribution.ts'
import { noTotals } from '@pineos/core/rules/evaluation/history.ts'
import { describe, expect, it } from 'vitest'
import { CounterChanges } from './counter-changes.ts'

const increment = (more: Partial<CounterIncrement> = {}): CounterIncrement => ({
  metricId: 'm',
  owner: 'alice',
  bucket: 10,
  value: 5n,
  distinct: null,
  ...more,
})
const read = { metricId: 'm', owner: 'alice', from: 8, to: 10, isDistinct: false }
const loaded = { ...noTotals, count: 2, sum: 7n, min: 3n, max: 4n }

describe('what a batch adds to counters', () => {
  it('is seen over what was loaded, within the range of the read', () => {
    const changes = new CounterChanges()
    changes.add(increment())
    changes.add(increment({ bucket: 7 }))
    changes.add(increment({ bucket: 11 }))
    changes.add(increment({ owner: 'bob' }))
    expect(changes.over(read, loaded)).toMatchObject({ count: 3, sum: 12n, min: 3n, max: 5n })
  })

  it('is told apart by value, over the layers', () => {
    const base = new CounterChanges()
    base.add(increment({ value: null, distinct: '"a"' }))
    const layer = new CounterChanges(base)
    layer.add(increment({ value: null, distinct: '"b"' }))
    expect(layer.over(read, noTotals).distinct).toEqual(new Set(['"a"', '"b"']))
  })

  // A command that is dropped as a whole must not have counted.
  it('counts below its layer only once that is merged', () => {
    const base = new CounterChanges()
    const layer = new CounterChanges(base)
    layer.add(increment())
    expect(base.list()).toEqual([])
    layer.mergeDown()
    expect(base.list()).toMatchObject([{ metricId: 'm', owner: 'alice', bucket: 10, count: 1 }])
    expect(() => base.mergeDown()).toThrow('without a base')
  })
})
