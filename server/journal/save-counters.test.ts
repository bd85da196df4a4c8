import { noTotals } from '@pineos/core/rules/evaluation/history.ts'
import { describe, expect, it } from 'vitest'
import { saveCounters } from './save-counters.ts'

const change = (owner: string, metricId: string, bucket: number, more: object = {}) => ({
  ...noTotals,
  count: 1,
  owner,
  metricId,
  bucket,
  ...more,
})
const numberOf = (metricId: string) => ({ m: 1, n: 2 })[metricId]

describe('the counters of a batch', () => {
  // Writers that go through the rows in one order wait for each other, and never in a circle.
  it('are saved in the order of their keys', () => {
    const changes = [
      change('bob', 'm', 1),
      change('alice', 'n', 1),
      change('alice', 'm', 2),
      change('alice', 'm', 1),
    ]
    const [saved, ...others] = saveCounters(changes, numberOf)
    expect(others).toEqual([])
    expect(saved?.values.slice(0, 3)).toEqual([
      '{"alice","alice","alice","bob"}',
      '{1,1,2,1}',
      '{1,2,1,1}',
    ])
  })

  it('are those that are kept, values that are told apart one by one', () => {
    const distinct = new Set(['"b"', '"a"'])
    const saved = saveCounters([change('alice', 'm', 1, { distinct })], numberOf)
    expect(saved).toHaveLength(1)
    expect(saved[0]?.values.at(-1)).toBe(String.raw`{"\"a\"","\"b\""}`)
    expect(saveCounters([change('alice', 'unknown', 1)], numberOf)).toEqual([])
  })
})
