import { describe, expect, it } from 'vitest'
import { isInShare } from './user-share.ts'

const users = Array.from({ length: 20_000 }, (_, index) => `user-${index}`)
const chosen = (basisPoints: number, name: string) =>
  new Set(users.filter((user) => isInShare({ basisPoints }, name, user)))

describe('a share of the users', () => {
  it('has about as many of them as it says', () => {
    for (const basisPoints of [100, 1_000, 5_000]) {
      const expected = (users.length * basisPoints) / 10_000
      const off = Math.abs(chosen(basisPoints, 'spring').size - expected)
      // Five standard deviations of a fair draw.
      expect(off).toBeLessThan(5 * Math.sqrt(expected))
    }
    expect(chosen(10_000, 'spring').size).toBe(users.length)
    expect(chosen(0, 'spring').size).toBe(0)
  })

  it('keeps whoever was in it when it grows', () => {
    const [small, large] = [chosen(1_000, 'spring'), chosen(2_000, 'spring')]
    expect([...small].filter((user) => !large.has(user))).toEqual([])
  })

  // Two tests on the same users must not test the same ones.
  it('chooses others under another name', () => {
    const autumn = chosen(1_000, 'autumn')
    const both = [...chosen(1_000, 'spring')].filter((user) => autumn.has(user))
    expect(both.length).toBeLessThan(300)
    expect(both.length).toBeGreaterThan(100)
  })

  it('never changes: rewards hang on it', () => {
    const first = users.filter((user) => isInShare({ basisPoints: 5 }, 'spring', user))
    expect(first).toMatchInlineSnapshot(`
      [
        "user-3221",
        "user-4444",
        "user-5393",
        "user-5548",
        "user-5942",
        "user-6064",
        "user-7387",
        "user-9796",
        "user-10115",
        "user-17954",
      ]
    `)
    expect(isInShare({ basisPoints: 10_000 }, '', '🌱')).toBe(true)
  })
})
