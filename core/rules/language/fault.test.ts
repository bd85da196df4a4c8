import { describe, expect, it } from 'vitest'
import { Faults, pointerToken, suggestion } from './fault.ts'
import { faultsMax } from './limits.ts'
import { action, detailOf, rule } from './parsing.fixture.ts'

describe('what may have been meant', () => {
  const known = ['credit', 'debit', 'in', 'reward_id', 'rewards']

  it.each([
    ['credits', 'credit'],
    ['credt', 'credit'],
    ['crebit', 'credit'],
    ['CREDIT', 'credit'],
    ['dedit', 'debit'],
    ['rewardid', 'reward_id'],
    ['reward', 'rewards'],
    ['rewards_id', 'reward_id'],
    ['im', 'in'],
  ])('by %s is %s', (name, meant) => {
    expect(suggestion(name, known)).toBe(` Did you mean ${meant}?`)
  })

  // Two letters of two that differ are another word, not a slip.
  it.each(['', 'ab', 'creeedits', 'payout', 'x'.repeat(41)])('by %s is nothing', (name) => {
    expect(suggestion(name, known)).toBe('')
  })

  it('is looked for up to a length', () => {
    const longest = 'x'.repeat(40)
    expect(suggestion(longest, [`${longest}y`])).toContain(longest)
    expect(suggestion(`${longest}x`, [longest])).toBe('')
  })
})

describe('faults', () => {
  it('are counted beyond those that are listed', () => {
    const faults = new Faults()
    for (let count = 1; count <= faultsMax + 5; count++) {
      faults.add('/a', 'type', 'Give a text.')
      expect(faults.count).toBe(count)
    }
    expect(faults.list).toHaveLength(faultsMax + 1)
    expect(faults.list.at(-1)).toMatchObject({ pointer: '', code: 'limit' })
  })

  it('have pointers whose tokens are those of RFC 6901', () => {
    expect(pointerToken('a~/b~1')).toBe('a~0~1b~01')
  })

  it('say in a sentence what to give', () => {
    const cents = { ...action, amount_cents: 0 }
    expect(detailOf(rule({ actions: [cents] }))).toBe(
      'Give a whole number of minor units (cents) from 1 to 9007199254740991.',
    )
    expect(detailOf(rule({ priority: 0.5 }))).toBe('Give a whole number from -1000000 to 1000000.')
    expect(detailOf(rule({ mode: 'off' }))).toBe('Give live or shadow.')
    expect(detailOf(rule({ actions: [{ ...action, type: 'x' }] }))).toBe(
      'Give credit, debit, deny or multiply.',
    )
    const moment = { count: { referral: 'ended', for: 'user' }, operator: '>', value: 1 }
    expect(detailOf(rule({ conditions: [moment] }))).toBe('Give started.')
  })
})
