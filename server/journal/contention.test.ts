import { describe, expect, it } from 'vitest'
import { Contention } from './contention.ts'

/** How many batches in a row take the lock alone, each finding it taken by another. */
function termOf(contention: Contention, wasFree = false): number {
  let batches = 0
  for (; contention.lockMode === 'exclusive'; batches++) contention.committed(wasFree)
  return batches
}

describe('contention', () => {
  // Else a process alone would pay for a lock that nobody else wants.
  it('expects nobody until a batch has clashed', () => {
    const contention = new Contention()
    expect(contention.lockMode).toBe('shared')
    contention.committed(true)
    expect(contention.lockMode).toBe('shared')
    contention.clashed()
    expect(contention.lockMode).toBe('exclusive')
  })

  // Else processes that meet all the time would go on trying, and lose a batch each time.
  it('takes the lock for twice as long after each term that ends in a clash, up to a bound', () => {
    const contention = new Contention()
    const terms = Array.from({ length: 9 }, () => {
      contention.clashed()
      return termOf(contention)
    })
    expect(terms).toEqual([8, 16, 32, 64, 128, 256, 512, 1_024, 1_024])
  })

  // Else processes that hardly ever meet would stand in line for a long time after each clash.
  it('halves the next term with each batch that meets nobody', () => {
    const contention = new Contention()
    for (let clashes = 0; clashes < 3; clashes++) {
      contention.clashed()
      termOf(contention)
    }
    contention.committed(true)
    contention.committed(true)
    contention.clashed()
    expect(termOf(contention)).toBe(16)
  })

  it('ends the term early where nobody else asks for the lock', () => {
    const contention = new Contention()
    for (let clashes = 0; clashes < 8; clashes++) {
      contention.clashed()
      if (clashes < 7) termOf(contention)
    }
    // One that finds the lock taken starts the count anew.
    for (let batch = 0; batch < 15; batch++) contention.committed(true)
    contention.committed(false)
    expect(termOf(contention, true)).toBe(16)
  })

  it('counts one clash of a term once, however often its batch meets writers that know no lock', () => {
    const contention = new Contention()
    contention.clashed()
    contention.clashed()
    expect(termOf(contention)).toBe(8)
  })
})
