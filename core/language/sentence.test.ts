import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseRule } from '../rules/language/parse.ts'
import { findMoney } from './money.ts'
import { readSentence } from './sentence.ts'

const paid = { field: 'referrer.is_paid_user', operator: '==', value: true }
const first = { field: 'purchase.is_first', operator: '==', value: true }
const active = { field: 'referred.subscription_status', operator: '==', value: 'active' }
const above = (value: number, operator = '>') => ({
  field: 'purchase.amount_cents',
  operator,
  value,
})

function read(sentence: string) {
  const reading = readSentence(sentence)
  if (!reading.ok) throw new Error(reading.questions.join(' '))
  return reading
}

const questions = (sentence: string) => {
  const reading = readSentence(sentence)
  return reading.ok ? [] : reading.questions
}

describe('a sentence that is understood', () => {
  it.each([
    [
      'Reward $50 to the referrer for a first purchase',
      [first],
      5_000,
      'USD',
      'referrer_id',
      'credit',
    ],
    [
      'Give the referred user 200 EUR when the purchase is at least €1,000',
      [above(100_000, '>=')],
      20_000,
      'EUR',
      'referred_id',
      'credit',
    ],
    [
      'Pay ₹500.50 to the referrer if the referrer is a paying user and their subscription is active',
      [paid, active],
      50_050,
      'INR',
      'referrer_id',
      'credit',
    ],
    [
      'Pay the referrer $20 for a first purchase above $1000',
      [above(100_000), first],
      2_000,
      'USD',
      'referrer_id',
      'credit',
    ],
    [
      'Deduct 5 USD from the referrer when the order is under $10',
      [above(1_000, '<')],
      500,
      'USD',
      'referrer_id',
      'debit',
    ],
    [
      'Credit ¥500 to new customers with an active subscription',
      [active],
      500,
      'JPY',
      'referred_id',
      'credit',
    ],
  ] as const)('%s', (sentence, conditions, ...[amount, currency, user, type]) => {
    const { ruleJson, explanation } = read(sentence)
    expect(ruleJson['conditions']).toEqual(conditions)
    expect(ruleJson['actions']).toEqual([{ type, user, amount_cents: amount, currency }])
    expect(parseRule(ruleJson, { defaultCurrency: 'USD', timezone: 'UTC' }).ok).toBe(true)
    expect(explanation).toContain(user)
  })

  it('says what it has assumed', () => {
    expect(read('$50 for a first purchase').assumptions).toHaveLength(2)
    expect(read('Reward $50 to the referrer for a first purchase').assumptions).toEqual([])
  })
})

describe('a sentence that it cannot be sure of is asked about', () => {
  it.each([
    ['Reward $50 for 3 referrals', '3'],
    ['Reward the referrer for a first purchase', 'How much'],
    ['Reward the referrer 50 for a first purchase', 'How much'],
    ['Reward $50 to the referrer', 'When'],
    ['Reward $50 or $60 to the referrer for a first purchase', 'Which amount'],
    ['Reward $50 to the referrer if it is not a first purchase', 'not'],
    ['Reward 10% to the referrer for a first purchase', '10%'],
    ['Give $50 to the referrer and to the friend for a first purchase', 'Who'],
    ['Give $50, then charge the referrer for a first purchase', 'given or to be taken'],
    ['Reward $50 to the referrer for a first purchase in Canada', 'canada'],
    ['Reward $50.005 to the referrer for a first purchase', 'How much'],
    ['Reward $50 to the referrer except for a first purchase', 'except'],
  ])('%s', (sentence, about) => {
    expect(questions(sentence).join(' ')).toContain(about)
  })

  it('never throws and never pays what was not said, whatever the sentence', () => {
    fc.assert(
      fc.property(fc.string(), (noise) => {
        const reading = readSentence(`Reward $50 to the referrer for a first purchase ${noise}`)
        if (reading.ok)
          expect(reading.ruleJson['actions']).toMatchObject([
            { amount_cents: 5_000, type: 'credit' },
          ])
        else expect(reading.questions.length).toBeGreaterThan(0)
      }),
    )
  })
})

describe('money in a sentence', () => {
  it.each([
    ['$1,000', 100_000, 'USD'],
    ['₹1,00,000', 10_000_000, 'INR'],
    ['0.10 usd', 10, 'USD'],
    ['5 jpy', 5, 'JPY'],
    ['1.234 kwd', 1_234, 'KWD'],
  ])('%s', (text, amountCents, currency) => {
    expect(findMoney(text)).toMatchObject([{ amountCents, currency }])
  })

  it.each(['50', '5.5 jpy', '$0', '5 xyz', '$99999999999999999'])('not %s', (text) => {
    expect(findMoney(text)).toEqual([])
  })
})
