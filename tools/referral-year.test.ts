import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { generate } from '../examples/referral-year/generate.ts'
import { seededRandom } from '../examples/referral-year/random.ts'

const committed = (name: string) =>
  readFileSync(new URL(`../examples/referral-year/${name}`, import.meta.url), 'utf8')
const lines = committed('events.ndjson').trimEnd().split('\n')
const expected = JSON.parse(committed('expected.json'))

interface SentEvent {
  readonly id: string
  readonly source: string
  readonly type: string
  readonly occurred_at: string
  readonly data: {
    readonly purchase?: { readonly is_first: boolean; readonly amount_cents: unknown }
  }
}

const special = new Set<number>(
  [expected.duplicate_lines, expected.conflict_lines, expected.malformed_lines].flat(),
)
const events = lines
  .filter((_, index) => !special.has(index + 1))
  .map((line) => JSON.parse(line) as SentEvent)

describe('the example year', () => {
  it('comes out of its generator byte for byte, however often it is asked', () => {
    const first = generate()
    expect(first.events).toBe(committed('events.ndjson'))
    expect(first.expected).toBe(committed('expected.json'))
    expect(generate()).toEqual(first)
  })

  it('has at least two thousand events in less than one and a half megabytes', () => {
    expect(events.length).toBe(expected.accepted)
    expect(events.length).toBeGreaterThanOrEqual(2_000)
    expect(Buffer.byteLength(committed('events.ndjson'))).toBeLessThan(1_500_000)
  })

  it('tells of all twelve months, and of everything that a shop sends', () => {
    const months = new Set(events.map((event) => event.occurred_at.slice(0, 7)))
    expect([...months].sort()).toEqual([
      ...['2025-11', '2025-12'],
      ...Array.from({ length: 10 }, (_, index) => `2026-${String(index + 1).padStart(2, '0')}`),
    ])
    expect([...new Set(events.map((event) => event.type))].sort()).toEqual([
      'purchase.completed',
      'purchase.refunded',
      'subscription.cancelled',
      'subscription.renewed',
      'subscription.started',
      'user.signed_up',
    ])
  })

  it('has events out of order, and the same ids in both sources', () => {
    const late = events.filter(
      (event, index) => event.occurred_at < (events[index - 1]?.occurred_at ?? ''),
    )
    expect(late.length).toBeGreaterThan(50)
    const ids = (source: string) =>
      new Set(events.filter((event) => event.source === source).map((event) => event.id))
    const billing = ids('billing')
    expect([...ids('shop')].filter((id) => billing.has(id)).length).toBeGreaterThan(500)
    expect(new Set(events.map((event) => `${event.source}/${event.id}`)).size).toBe(events.length)
  })

  it('has first purchases at the threshold, above it, and with amounts as text', () => {
    const amounts = events.flatMap(({ data: { purchase } }) =>
      purchase?.is_first ? [purchase.amount_cents] : [],
    )
    expect(amounts).toContain(100_000)
    expect(amounts.some((amount) => typeof amount === 'number' && amount > 100_000)).toBe(true)
    expect(amounts.some((amount) => Number(amount) > 100_000 && typeof amount === 'string')).toBe(
      true,
    )
  })

  it('ends with an event that is accepted, by which a finished run is known', () => {
    expect(expected.malformed_lines).not.toContain(lines.length)
  })

  it('has alice, bob and charlie among those who earn most', () => {
    const top = expected.balances.slice(0, 3).map((one: { user_id: string }) => one.user_id)
    expect(top.sort()).toEqual(['alice', 'bob', 'charlie'])
  })
})

describe('seeded chance', () => {
  it('gives the same numbers for the same seed and others for another', () => {
    const numbers = (seed: number) => {
      const random = seededRandom(seed)
      return Array.from({ length: 20 }, () => random.integer(1, 1_000_000))
    }
    expect(numbers(7)).toEqual(numbers(7))
    expect(numbers(7)).not.toEqual(numbers(8))
  })

  it('stays within its bounds and reaches both', () => {
    const random = seededRandom(1)
    const drawn = new Set(Array.from({ length: 500 }, () => random.integer(3, 5)))
    expect([...drawn].sort()).toEqual([3, 4, 5])
  })
})
