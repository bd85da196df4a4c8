import type { ConditionResult } from '@pineos/contract/rules.ts'
import type { ActionPlan, RuleJudgement } from '@pineos/core/program/judgement.ts'
import { describe, expect, it } from 'vitest'
import type { EventCommand, IncomingEvent } from './command.ts'
import { creditAlice, recordedAt } from './keyed-posting.fixture.ts'
import { actionResult, layOut, settleEvent } from './settle-event.ts'
import { WorkingSet } from './working-set.ts'

const event: IncomingEvent = {
  source: 'shop',
  id: 'event-1',
  type: 'purchase',
  userId: 'alice',
  occurredAt: recordedAt,
  data: { total: 5 },
  fingerprint: Buffer.from('event').toString('hex'),
}
const credited: ActionPlan = {
  actionIndex: 0,
  kind: 'credit',
  userId: 'alice',
  amountCents: 500n,
  currency: 'USD',
  rewardId: 'bonus',
}
const debited: ActionPlan = {
  actionIndex: 1,
  kind: 'debit',
  userId: 'bob',
  amountCents: 5n,
  currency: 'EUR',
}

const condition: ConditionResult = {
  node: '/conditions/0',
  field: 'total',
  operator: 'gte',
  expected: 5,
  actual: 5,
  outcome: 'true',
  detail: 'total is 5, at least 5.',
}

function met(actions: readonly ActionPlan[], more: Partial<RuleJudgement> = {}): RuleJudgement {
  return {
    ruleId: 'rule-1',
    ruleName: 'Bonus',
    ruleVersion: 3,
    outcome: 'true',
    conditions: [],
    actions,
    ...more,
  }
}

let ids = 0
const newId = () => `10000000-0000-7000-8000-${String(++ids).padStart(12, '0')}`
const commandOf = (more: Partial<EventCommand> = {}): EventCommand => ({
  kind: 'event',
  id: `command-${++ids}`,
  event,
  ruleId: null,
  ...more,
})

function judged(results: readonly RuleJudgement[] | null, command = commandOf()) {
  const judgement = results && { rulesEvaluated: 7, results }
  return layOut(command, { judgement, ruleSetVersion: 9n }, newId)
}

const settle = (set: WorkingSet, laidOut: ReturnType<typeof judged>) =>
  settleEvent(set, laidOut, recordedAt)

describe('an event', () => {
  it('is stored with its decision, and pays what its rules say', () => {
    const set = new WorkingSet()
    const unmet = met([], { ruleId: 'rule-2', ruleName: 'Other', outcome: 'false' })
    const laidOut = judged([met([credited], { conditions: [condition] }), unmet])
    const outcome = settle(set, laidOut)
    const received = { ...event, commandId: laidOut.command.id, receivedAt: recordedAt }
    const [entry] = set.postings.map((posting) => posting.entry)
    expect(outcome).toEqual({
      kind: 'judged',
      event: received,
      isDuplicate: false,
      decision: {
        source: 'shop',
        eventId: 'event-1',
        scope: '',
        ruleSetVersion: 9n,
        commandId: laidOut.command.id,
        rules_evaluated: 7,
        rules_triggered: 1,
        results: [
          {
            rule_id: 'rule-1',
            rule_name: 'Bonus',
            rule_version: 3,
            conditions_met: true,
            outcome: 'true',
            conditions: [condition],
            actions_executed: [
              {
                success: true,
                action_type: 'credit',
                entry_id: entry?.id,
                user_id: 'alice',
                amount_cents: 500,
                currency: 'USD',
                reward_id: 'bonus',
                is_duplicate: false,
                problem: null,
              },
            ],
          },
          {
            rule_id: 'rule-2',
            rule_name: 'Other',
            rule_version: 3,
            conditions_met: false,
            outcome: 'false',
            conditions: [],
            actions_executed: [],
          },
        ],
      },
    })
    expect(set.newEvents).toEqual([received])
    expect(set.newDecisions).toHaveLength(1)
    expect(entry).toMatchObject({
      flow: 'credit',
      amountCents: 500n,
      rewardId: 'bonus',
      actor: 'rule:rule-1@3',
      sourceEvent: 'shop/event-1',
      metadata: { rule_name: 'Bonus' },
      availableAt: null,
      expiresAt: null,
    })
  })

  it('that names nobody is decided without a posting, and says why', () => {
    const set = new WorkingSet()
    const { userId: _nobody, ...plan } = credited
    const laidOut = judged([met([plan, { ...plan, unresolved: 'The event has no user_id.' }])])
    const outcome = settle(set, laidOut)
    const results = outcome.kind === 'judged' ? outcome.decision.results : []
    expect(results[0]?.actions_executed.map(({ problem }) => problem)).toEqual([
      { code: 'beneficiary_missing', detail: 'The event names no beneficiary.' },
      { code: 'beneficiary_missing', detail: 'The event has no user_id.' },
    ])
    expect(results[0]?.actions_executed[0]).toMatchObject({ success: false, user_id: null })
    expect(set.postings).toEqual([])
  })

  it('keeps the refusal of an action in its decision', () => {
    const set = new WorkingSet()
    const outcome = settle(set, judged([met([debited])]))
    const results = outcome.kind === 'judged' ? outcome.decision.results : []
    expect(results[0]?.actions_executed).toEqual([
      {
        success: false,
        action_type: 'debit',
        entry_id: null,
        user_id: 'bob',
        amount_cents: 5,
        currency: 'EUR',
        reward_id: null,
        is_duplicate: false,
        problem: {
          code: 'insufficient_balance',
          detail: '5 EUR minor units are needed, 0 are available.',
        },
      },
    ])
  })

  it('executes each action for its own rule, once a rule, action and beneficiary', () => {
    const set = new WorkingSet()
    const rules = [
      met([credited, { ...credited, actionIndex: 1, amountCents: 1n }]),
      met([{ ...credited, amountCents: 7n }], { ruleId: 'rule-2' }),
    ]
    const outcome = settle(set, judged(rules))
    const results = outcome.kind === 'judged' ? outcome.decision.results : []
    expect(
      results.map((rule) => rule.actions_executed.map((action) => action.amount_cents)),
    ).toEqual([[500, 1], [7]])
    expect(set.balance('alice', 'USD').availableCents).toBe(508n)
  })

  it('that was decided before gives the first decision again, and pays nothing', () => {
    const set = new WorkingSet()
    settle(set, judged([met([credited])]))
    const again = settle(set, judged([met([{ ...credited, amountCents: 900n }])]))
    expect(again).toMatchObject({
      kind: 'judged',
      isDuplicate: true,
      decision: {
        results: [{ actions_executed: [{ amount_cents: 500, is_duplicate: true }] }],
      },
    })
    expect(set.balance('alice', 'USD').availableCents).toBe(500n)
    expect([set.newEvents.length, set.newDecisions.length]).toEqual([1, 1])
  })

  // Where the connection broke during the commit the same batch runs again, and finds its own rows.
  it('is no duplicate of itself when its batch runs again', () => {
    const set = new WorkingSet()
    const laidOut = judged([met([credited])])
    const first = settle(set, laidOut)
    expect(settle(set, laidOut)).toEqual(first)
  })

  it('whose id was used for another body is refused', () => {
    const set = new WorkingSet()
    settle(set, judged([]))
    const other = { ...event, fingerprint: Buffer.from('another').toString('hex') }
    expect(settle(set, judged([], commandOf({ event: other })))).toEqual({
      kind: 'event_id_reused',
    })
    expect(set.newDecisions).toHaveLength(1)
  })

  it('is decided once by all rules and once by each that is asked for alone, and stored once', () => {
    const set = new WorkingSet()
    settle(set, judged([met([credited])]))
    const alone = settle(set, judged([met([credited])], commandOf({ ruleId: 'rule-1' })))
    // The rule has paid this event already.
    expect(alone).toMatchObject({
      kind: 'judged',
      isDuplicate: false,
      decision: {
        scope: 'rule-1',
        results: [{ actions_executed: [{ success: true, is_duplicate: true }] }],
      },
    })
    expect(set.balance('alice', 'USD').availableCents).toBe(500n)
    expect([set.newEvents.length, set.newDecisions.length]).toEqual([1, 2])
  })

  it('is stored for no rule that is not published, and never goes without a judgement', () => {
    const set = new WorkingSet()
    expect(settle(set, judged(null, commandOf({ ruleId: 'rule-9' })))).toEqual({
      kind: 'rule_not_found',
    })
    expect([set.newEvents, set.isUnchanged]).toEqual([[], true])
    expect(() => settle(set, judged(null))).toThrow('an event without a decision was not judged')
  })
})

describe('the key of an action', () => {
  it('is the event, the rule, the action and the beneficiary, and neither version nor amount', () => {
    const [first, same, ...others] = [
      judged([met([credited])]),
      judged([met([{ ...credited, amountCents: 1n }], { ruleVersion: 4, ruleName: 'Renamed' })]),
      judged([met([credited], { ruleId: 'rule-2' })]),
      judged([met([{ ...credited, actionIndex: 1 }])]),
      judged([met([{ ...credited, userId: 'bob' }])]),
      judged([met([credited])], commandOf({ event: { ...event, id: 'event-2' } })),
      judged([met([credited])], commandOf({ event: { ...event, source: 'other' } })),
    ].map((laidOut) => laidOut.actions[0]?.posting)
    expect(same?.key).toBe(first?.key)
    expect(new Set([first, ...others].map((posting) => posting?.key)).size).toBe(6)
    expect(first).toMatchObject({
      ownerId: 'system:rules',
      fieldDigests: '',
      isBusinessKey: true,
      command: { idempotencyKey: first?.key, programId: 'default', effectiveAt: null },
    })
    expect(first?.key).toBe(`event-${first?.fingerprint}`)
  })
})

describe('the result of an action', () => {
  it('names the reward of a credit that names none as none', () => {
    const { rewardId: _reward, ...plan } = credited
    const set = new WorkingSet()
    settle(set, judged([met([plan])]))
    expect(set.postings[0]?.entry.rewardId).toBeNull()
    expect(actionResult(plan, { kind: 'aborted' })).toMatchObject({
      success: false,
      reward_id: null,
      problem: null,
    })
  })

  it('is what was spent where the rule debits', () => {
    const set = new WorkingSet()
    creditAlice(set, 10n)
    settle(set, judged([met([{ ...debited, userId: 'alice', currency: 'USD' }])]))
    expect(set.postings.at(-1)?.entry).toMatchObject({ flow: 'debit', amountCents: 5n })
  })
})
