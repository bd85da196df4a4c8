import { describe, expect, it } from 'vitest'
import { WriteHealth } from './write-health.ts'

function healthAfter(...steps: readonly ((health: WriteHealth) => void)[]) {
  const health = new WriteHealth()
  for (const step of steps) step(health)
  return { isStuck: health.isStuck, isDoubted: health.isDoubted }
}

const notTaken = (health: WriteHealth) => health.notTaken()
const givenUp = (health: WriteHealth) => health.givenUp()
const written = (health: WriteHealth) => health.taken({ isUnchanged: false })
const unchanged = (health: WriteHealth) => health.taken({ isUnchanged: true })

describe('what the journal knows of its writes', () => {
  it.each([
    ['trusts a database that was not tried', [], { isStuck: false, isDoubted: false }],
    ['is stuck while a batch is not taken', [notTaken], { isStuck: true, isDoubted: true }],
    ['doubts after the batch', [notTaken, givenUp], { isStuck: false, isDoubted: true }],
    ['trusts again what was written', [notTaken, written], { isStuck: false, isDoubted: false }],
    // Repeats of what is there are answered on a full disk too.
    [
      'does not trust a batch that changed nothing',
      [notTaken, unchanged],
      { isStuck: false, isDoubted: true },
    ],
  ] as const)('%s', (_name, steps, expected) => {
    expect(healthAfter(...steps)).toEqual(expected)
  })
})
