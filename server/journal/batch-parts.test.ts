import { credit } from '@pineos/core/ledger/ledger.fixture.ts'
import type { Refusal } from '@pineos/core/ledger/refusal.ts'
import pg from 'pg'
import { describe, expect, it } from 'vitest'
import { AnswerQueue } from './answer-queue.ts'
import { bytesArray, plainArray, textArray } from './array-literal.ts'
import { commandWeight } from './command.ts'
import { type RefusalJson, refusalFromJson, refusalToJson } from './idempotency-record.ts'
import { keyed } from './keyed-posting.fixture.ts'
import { byBothNames } from './order.ts'
import { asDuplicate } from './outcome.ts'
import { allSent } from './pipeline.ts'

describe('the order of pairs of names', () => {
  // All processes lock and write rows in this order; another one would let two wait for each other.
  it('is that of the first name and then of the second', () => {
    const sorted = [
      ['a', 'a'],
      ['a', 'b'],
      ['a', 'b'],
      ['b', 'a'],
      ['b', 'c'],
    ] as const
    expect([...sorted].reverse().sort(byBothNames)).toEqual(sorted)
    const signs = [
      byBothNames(['a', 'z'], ['b', 'a']),
      byBothNames(['b', 'a'], ['a', 'z']),
      byBothNames(['a', 'a'], ['a', 'b']),
      byBothNames(['a', 'b'], ['a', 'a']),
      byBothNames(['a', 'a'], ['a', 'a']),
    ]
    expect(signs).toEqual([-1, 1, -1, 1, 0])
  })
})

describe('the weight of a command', () => {
  it('is the number of its postings', () => {
    expect(commandWeight({ kind: 'atomic', postings: [] })).toBe(0)
    const posting = keyed('one', credit(1n))
    expect(commandWeight({ kind: 'posting', posting })).toBe(1)
    expect(commandWeight({ kind: 'atomic', postings: [posting, posting] })).toBe(2)
  })
})

describe('an array in text', () => {
  it('keeps null, quotes and backslashes apart from what the array gives a meaning', () => {
    expect(plainArray(['a', null, 7n, 8])).toBe('{a,NULL,7,8}')
    expect(plainArray([])).toBe('{}')
    expect(textArray(['plain', null, 'a"b', 'a\\b'])).toBe('{"plain",NULL,"a\\"b","a\\\\b"}')
    expect(bytesArray(['01ab', ''])).toBe('{"\\\\x01ab","\\\\x"}')
  })
})

describe('a refusal that is kept', () => {
  it('comes back as it was, with the amounts that it has and no others', () => {
    const code = 'insufficient_balance'
    const refusals: readonly Refusal[] = [
      { code, detail: 'Not enough.', availableCents: 9_007_199_254_740_993n, requiredCents: 2n },
      { code: 'reversal_exceeds_entry', detail: 'Too much.', reversibleCents: 0n },
      { code: 'not_due', detail: 'Too early.' },
    ]
    for (const refusal of refusals) {
      const json: RefusalJson = JSON.parse(refusalToJson(refusal))
      expect(refusalFromJson(json)).toStrictEqual(refusal)
    }
    expect(refusalToJson({ code, detail: '', requiredCents: 2n })).toContain('"requiredCents":"2"')
  })
})

describe('a decision that is answered again', () => {
  it('says of each action that it was not executed again, and keeps the rest', () => {
    const action = {
      success: true,
      action_type: 'credit' as const,
      entry_id: 'entry-1',
      user_id: 'alice',
      amount_cents: 5,
      currency: 'USD',
      reward_id: null,
      is_duplicate: false,
      problem: null,
    }
    const rule = {
      rule_id: 'rule-1',
      rule_name: 'Bonus',
      rule_version: 1,
      conditions_met: true,
      outcome: 'true' as const,
      conditions: [],
      actions_executed: [action],
    }
    const decision = { rules_evaluated: 1, rules_triggered: 1, results: [rule] }
    expect(asDuplicate(decision)).toEqual({
      ...decision,
      results: [{ ...rule, actions_executed: [{ ...action, is_duplicate: true }] }],
    })
  })
})

describe('answers', () => {
  // A thousand replies at once would keep the event loop from the sockets for as long.
  it('are given in order, sixteen a turn', async () => {
    const queue = new AnswerQueue()
    const given: number[] = []
    for (let index = 0; index < 40; index++) queue.push(() => given.push(index))
    const counts: number[] = [given.length]
    while (given.length < 40 && counts.length < 10) {
      await new Promise((resolve) => setImmediate(resolve))
      counts.push(given.length)
    }
    expect(counts).toEqual([0, 16, 32, 40])
    expect(given).toEqual(Array.from({ length: 40 }, (_, index) => index))
  })

  it('that come in while others are given are given too', async () => {
    const queue = new AnswerQueue()
    const given: string[] = []
    await new Promise<void>((resolve) => {
      queue.push(() => {
        given.push('first')
        queue.push(() => {
          given.push('second')
          resolve()
        })
      })
    })
    expect(given).toEqual(['first', 'second'])
  })
})

describe('statements that were sent together', () => {
  const failure = (code: string): pg.DatabaseError => {
    const error = new pg.DatabaseError(code, 0, 'error')
    error.code = code
    return error
  }

  it('are awaited all, those that were not sent left out', async () => {
    let isDone = false
    const slow = new Promise<void>((resolve) => setImmediate(resolve)).then(() => {
      isDone = true
    })
    await expect(allSent([undefined, slow])).resolves.toBeUndefined()
    expect(isDone).toBe(true)
  })

  it('fail by what the others follow from, wherever it stands', async () => {
    const follows = failure('25P02')
    const cause = failure('40001')
    await expect(allSent([Promise.reject(follows), Promise.reject(cause)])).rejects.toBe(cause)
    await expect(allSent([Promise.reject(cause), Promise.reject(follows)])).rejects.toBe(cause)
    await expect(allSent([Promise.resolve(), Promise.reject(follows)])).rejects.toBe(follows)
    // What only looks like one is a failure of its own.
    const other = Object.assign(new Error('lost'), { code: '25P02' })
    await expect(allSent([Promise.reject(follows), Promise.reject(other)])).rejects.toBe(other)
  })
})
