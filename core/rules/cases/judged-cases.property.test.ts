import fc from 'fast-check'
import { expect, it } from 'vitest'
import { judge } from '../../program/judgement.ts'
import { prospectsOf } from '../../program/prospects.ts'
import { contextWith } from '../checks/checks.fixture.ts'
import { compileRuleSet } from '../compiled/rule-set.ts'
import { parsed } from '../evaluation/evaluation.fixture.ts'
import { noTotals } from '../evaluation/history.ts'
import { arbitraryRuleJson } from '../language/rule.fixture.ts'
import type { ParsedRule } from '../language/rule.ts'
import { boundaryCases } from './boundary-cases.ts'
import { historyOfCase } from './expectation.ts'
import type { TestCase } from './test-case.ts'

/** What the engine makes of a case whose limits nothing has used. */
function judged(rule: ParsedRule, testCase: TestCase) {
  const { type, user_id, occurred_at, data } = testCase.event
  const set = compileRuleSet([{ id: 'rule', name: 'The rule', version: 1, rule }])
  const event = { type, userId: user_id ?? null, atMs: Date.parse(occurred_at), data }
  const options = { timezone: 'UTC', referral: null, trace: 'all' } as const
  const history = historyOfCase(testCase)
  const { results } = judge(prospectsOf(set, event, options), { counters: () => noTotals, history })
  const [result] = results
  return {
    outcome: result?.outcome,
    rewards: result?.actions
      .filter(({ problem }) => problem === null)
      .map(({ actionIndex, userId, amountCents }) => [
        `/actions/${actionIndex}`,
        userId,
        Number(amountCents),
      ]),
  }
}

// A case that expects what the engine does not do is red from the start, and blocks publishing.
it('the engine makes of the boundary cases of random rules what they expect', () => {
  fc.assert(
    fc.property(arbitraryRuleJson(), (json) => {
      const rule = parsed({ ...json, terms: 'current' })
      for (const testCase of boundaryCases(rule, contextWith()).cases) {
        if (testCase.limits.length > 0) continue
        const { outcome, rewards } = judged(rule, testCase)
        expect(outcome, testCase.name).toBe(testCase.expects.outcome)
        if (!testCase.expects.rewards) continue
        const expected = testCase.expects.rewards.map((reward) => [
          reward.action,
          reward.user_id,
          reward.amount_cents,
        ])
        expect(rewards, testCase.name).toEqual(expected)
      }
    }),
    { numRuns: 150 },
  )
})
