import type { EventResult } from '@pineos/contract/events.ts'
import type { ActionResult } from '@pineos/contract/rules.ts'
import { expect, test } from 'vitest'
import { createTally } from './tally.ts'

const reward: ActionResult = {
  success: true,
  action_type: 'credit',
  entry_id: '01926f3c-7a10-7cc4-9a5e-0c6a5f6f3b11',
  user_id: 'alice',
  amount_cents: 500,
  currency: 'USD',
  reward_id: 'bonus',
  is_duplicate: false,
  problem: null,
}

function resultOf(status: number, ...actions: ActionResult[]): EventResult {
  const results = actions.map((action) => ({
    rule_id: 'r',
    rule_name: 'r',
    rule_version: 1,
    conditions_met: true,
    outcome: 'true' as const,
    conditions: [],
    actions_executed: [action],
  }))
  return { status, decision: { rules_evaluated: 1, rules_triggered: 1, results } }
}

function tallyOf(...results: EventResult[]) {
  const tally = createTally()
  for (const result of results) tally.add(result)
  return { ...tally.current(), beneficiaries: tally.beneficiaries() }
}

test('counts every answer once, under what it says', () => {
  const statuses = [201, 201, 200, 409, 400, 422, 413]
  expect(tallyOf(...statuses.map((status) => resultOf(status)))).toMatchObject({
    accepted: 2,
    duplicates: 1,
    conflicts: 1,
    refused: 3,
  })
})

test('sums rewards per currency and counts none that was paid before, failed or was a debit', () => {
  const tally = tallyOf(
    resultOf(201, reward, { ...reward, currency: 'JPY', amount_cents: 70 }),
    resultOf(201, { ...reward, amount_cents: 20 }),
    resultOf(200, reward),
    resultOf(201, { ...reward, is_duplicate: true }),
    resultOf(201, { ...reward, success: false, entry_id: null, user_id: null }),
    resultOf(201, { ...reward, action_type: 'debit' }),
  )
  expect(tally.rewardsPaid).toEqual([
    { currency: 'JPY', count: 1, amountCents: 70 },
    { currency: 'USD', count: 2, amountCents: 520 },
  ])
})

test('knows who was paid by an earlier run, so that their balances can be shown', () => {
  expect(tallyOf(resultOf(200, { ...reward, user_id: 'bob' })).beneficiaries).toEqual(['bob'])
})
