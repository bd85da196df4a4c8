import type { RuleResult } from '@pineos/contract/rules.ts'
import { noTotals } from '@pineos/core/rules/evaluation/history.ts'
import { describe, expect, it } from 'vitest'
import type { EventCommand, IncomingEvent } from './command.ts'
import { creditAlice, recordedAt } from './keyed-posting.fixture.ts'
import { readKey } from './load-counters.ts'
import { planEvents } from './plan-events.ts'
import { editionOf, setOf } from './rule-edition.fixture.ts'
import { paymentKey } from './rule-payment.ts'
import { type EventSettling, settleEvent } from './settle-event.ts'
import { pairKey, WorkingSet } from './working-set.ts'

type Rules = Readonly<Record<string, object>>

const event: IncomingEvent = {
  source: 'shop',
  id: 'event-1',
  type: 'purchase',
  userId: 'alice',
  occurredAt: recordedAt,
  data: { total: 5, referrer_id: 'alice', referred_id: 'bob' },
  fingerprint: Buffer.from('event').toString('hex'),
}
const credited = { type: 'credit', user: 'user_id', amount_cents: 500, reward_id: 'bonus' }
const debited = {
  type: 'debit',
  user: 'referred_id',
  amount_cents: 5,
  currency: 'EUR',
}
const atLeastFive = { field: 'total', operator: '>=', value: 5 }

let ids = 0
const newId = () => `10000000-0000-7000-8000-${String(++ids).padStart(12, '0')}`
const commandOf = (more: Partial<EventCommand> = {}): EventCommand => ({
  kind: 'event',
  id: `command-${++ids}`,
  event,
  ruleId: null,
  ...more,
})
const eventOf = (id: string, more: Partial<IncomingEvent> = {}): EventCommand =>
  commandOf({ event: { ...event, id, ...more } })

interface Options {
  readonly holdPaths?: readonly string[]
}

/** Plans and settles the commands, one batch, as if nothing had been counted before. */
function settleAll(
  set: WorkingSet,
  rules: Rules,
  commands: readonly EventCommand[],
  options: Options = {},
) {
  const edition = editionOf(setOf(rules), { version: 9n, usesCounters: true, ...options })
  const planned = planEvents(set, commands, edition)
  const reads = [...planned.values()].flatMap((plan) => plan.reads)
  const settling: EventSettling = {
    recordedAt,
    newId,
    totals: new Map(reads.map((read) => [readKey(read), noTotals])),
    metricNumber: edition.metricNumber,
  }
  return [...planned.values()].map((plan) => settleEvent(set, plan, settling))
}

function settle(set: WorkingSet, rules: Rules, command = commandOf()) {
  const [outcome] = settleAll(set, rules, [command])
  if (!outcome) throw new Error('nothing was settled')
  return outcome
}

function resultsOf(outcome: ReturnType<typeof settle>): readonly RuleResult[] {
  if (outcome.kind !== 'judged') throw new Error(outcome.kind)
  return outcome.decision.results
}

describe('an event', () => {
  it('is stored with its decision, and pays what its rules say', () => {
    const set = new WorkingSet()
    const command = commandOf()
    const outcome = settle(
      set,
      {
        'rule-1': { conditions: [atLeastFive], actions: [credited] },
        'rule-2': { conditions: [{ ...atLeastFive, value: 6 }], actions: [credited] },
      },
      command,
    )
    const received = {
      ...event,
      commandId: command.id,
      receivedAt: recordedAt,
      ruleSetVersion: 9n,
    }
    const [entry] = set.postings.map((posting) => posting.entry)
    const condition = { node: '/conditions/0', field: 'total', operator: '>=', actual: 5 }
    expect(outcome).toEqual({
      kind: 'judged',
      event: received,
      isDuplicate: false,
      decision: {
        source: 'shop',
        eventId: 'event-1',
        scope: '',
        ruleSetVersion: 9n,
        commandId: command.id,
        rules_evaluated: 2,
        rules_triggered: 1,
        results: [
          {
            rule_id: 'rule-1',
            rule_name: 'Rule rule-1',
            rule_version: 3,
            conditions_met: true,
            outcome: 'true',
            standing: 'met',
            conditions: [expect.objectContaining({ ...condition, outcome: 'true' })],
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
            rule_name: 'Rule rule-2',
            rule_version: 3,
            conditions_met: false,
            outcome: 'false',
            standing: 'not_met',
            conditions: [expect.objectContaining({ ...condition, outcome: 'false' })],
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
      metadata: {
        rule_id: 'rule-1',
        rule_name: 'Rule rule-1',
        rule_version: 3,
        action_index: 0,
      },
      availableAt: null,
      expiresAt: null,
    })
  })

  it('that names nobody is decided without a posting, and says why', () => {
    const set = new WorkingSet()
    const outcome = settle(set, { r: { actions: [{ ...credited, user: 'friend_id' }] } })
    expect(resultsOf(outcome)[0]?.actions_executed).toEqual([
      expect.objectContaining({
        success: false,
        user_id: null,
        problem: { code: 'beneficiary_missing', detail: 'The event has no friend_id.' },
      }),
    ])
    expect(set.postings).toEqual([])
  })

  it('keeps the refusal of an action in its decision', () => {
    const set = new WorkingSet()
    const outcome = settle(set, { r: { actions: [debited] } })
    expect(resultsOf(outcome)[0]?.actions_executed).toEqual([
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
    const outcome = settle(set, {
      'rule-1': { actions: [credited, { ...credited, amount_cents: 1 }] },
      'rule-2': { actions: [{ ...credited, amount_cents: 7 }] },
    })
    expect(
      resultsOf(outcome).map((rule) => rule.actions_executed.map((action) => action.amount_cents)),
    ).toEqual([[500, 1], [7]])
    expect(set.balance('alice', 'USD').availableCents).toBe(508n)
  })

  it('that was decided before gives the first decision again, and pays nothing', () => {
    const set = new WorkingSet()
    settle(set, { r: { actions: [credited] } })
    const again = settle(set, { r: { actions: [{ ...credited, amount_cents: 900 }] } })
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
    const command = commandOf()
    const rules = { r: { actions: [credited] } }
    const first = settle(set, rules, command)
    expect(settle(set, rules, command)).toEqual(first)
  })

  it('whose id was used for another body is refused', () => {
    const set = new WorkingSet()
    settle(set, {})
    const other = { ...event, fingerprint: Buffer.from('another').toString('hex') }
    expect(settle(set, {}, commandOf({ event: other }))).toEqual({ kind: 'event_id_reused' })
    expect(set.newDecisions).toHaveLength(1)
  })

  it('is decided once by all rules and once by each that is asked for alone, and stored once', () => {
    const set = new WorkingSet()
    const rules = { 'rule-1': { actions: [credited] } }
    settle(set, rules)
    const alone = settle(set, rules, commandOf({ ruleId: 'rule-1' }))
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
    expect(settle(set, {}, commandOf({ ruleId: 'rule-9' }))).toEqual({ kind: 'rule_not_found' })
    expect([set.newEvents, set.isUnchanged]).toEqual([[], true])
    const edition = { ...editionOf(setOf({})), prospects: () => null }
    const [plan] = planEvents(set, [commandOf()], edition).values()
    const settling = { recordedAt, newId, totals: new Map(), metricNumber: () => 1 }
    expect(() => plan && settleEvent(set, plan, settling)).toThrow(
      'an event without a decision was not judged',
    )
  })

  it('is tried by a shadow without a posting, and does not count as triggering it', () => {
    const set = new WorkingSet()
    const outcome = settle(set, { shadow: { mode: 'shadow', actions: [credited, debited] } })
    expect(outcome).toMatchObject({ decision: { rules_evaluated: 1, rules_triggered: 0 } })
    expect(resultsOf(outcome)).toEqual([
      expect.objectContaining({
        is_shadow: true,
        conditions_met: true,
        actions_executed: [],
        would_pay: [
          expect.objectContaining({ user_id: 'alice', amount_cents: 500, problem: null }),
          expect.objectContaining({ user_id: 'bob', amount_cents: 5 }),
        ],
      }),
    ])
    expect([set.postings, set.counters.list()]).toEqual([[], []])
  })
})

describe('a referral', () => {
  it('begins with the first event that names both, in the batch as well', () => {
    const set = new WorkingSet()
    const commands = [eventOf('one'), eventOf('two'), eventOf('three', { data: { a: 1 } })]
    settleAll(set, {}, commands)
    const begun = { referrerId: 'alice', referredId: 'bob', eventId: 'one', startedAt: recordedAt }
    expect(set.newReferrals).toEqual([{ source: 'shop', ...begun }])
  })
})

describe('counters', () => {
  const counted = { event: 'purchase', for: 'referrer' }
  const third = {
    conditions: [{ count: counted, operator: '==', value: 3 }],
    actions: [credited],
  }

  it('know of what the events before in the batch have added', () => {
    const set = new WorkingSet()
    const commands = ['1', '2', '3', '4'].map((id) => eventOf(id))
    const outcomes = settleAll(set, { third }, commands)
    const met = outcomes.map((outcome) => resultsOf(outcome)[0]?.conditions_met)
    expect(met).toEqual([false, false, true, false])
    expect(set.counters.list()).toEqual([
      expect.objectContaining({ owner: 'alice', count: 4, sum: 0n }),
    ])
  })

  it('take an event once, however many rules it is judged by alone', () => {
    const set = new WorkingSet()
    settleAll(set, { third }, [commandOf(), commandOf({ ruleId: 'third' }), commandOf()])
    expect(set.counters.list()).toEqual([expect.objectContaining({ count: 1 })])
  })

  it('take nothing of an event that is refused', () => {
    const set = new WorkingSet()
    const reused = eventOf('event-1', { fingerprint: Buffer.from('another').toString('hex') })
    settleAll(set, { third }, [commandOf(), reused])
    expect(set.counters.list()).toEqual([expect.objectContaining({ count: 1 })])
  })

  it('hold a limit within one event and from one to the next', () => {
    const set = new WorkingSet()
    const limits = [{ per: 'rule', max_amount_cents: 1_200 }]
    const rules = { r: { actions: [credited], limits } }
    const outcomes = settleAll(
      set,
      rules,
      ['1', '2', '3', '4'].map((id) => eventOf(id)),
    )
    const paid = outcomes.map((outcome) => {
      const [action] = resultsOf(outcome)[0]?.actions_executed ?? []
      return action?.success ? action.amount_cents : action?.problem?.code
    })
    expect(paid).toEqual([500, 500, 200, 'limit_reached'])
    expect(resultsOf(outcomes[2] as never)[0]?.actions_executed[0]?.notes).toHaveLength(1)
  })

  // A refused debit has moved nothing, so it has used nothing of its limit.
  it('take nothing of what the ledger refuses', () => {
    const set = new WorkingSet()
    const limits = [{ per: 'rule', max_count: 1 }]
    settle(set, { r: { actions: [debited], limits } })
    expect(set.counters.list()).toEqual([])
  })

  it('are kept with the decision as they were read', () => {
    const set = new WorkingSet()
    settleAll(set, { third }, [eventOf('1'), eventOf('2')])
    const kept = { metric: 1, owner: 'alice', sum: '0', min: null, max: null }
    expect(set.newDecisions.map(({ history }) => history)).toEqual([
      [expect.objectContaining({ ...kept, count: 0 })],
      [expect.objectContaining({ ...kept, count: 1 })],
    ])
  })
})

describe('a reward that is held', () => {
  it('is pending for the time, and available at once where that has passed', () => {
    const set = new WorkingSet()
    const held = { actions: [{ ...credited, hold: 'P14D' }] }
    settleAll(set, { held }, [
      eventOf('now'),
      eventOf('late', { occurredAt: '2026-12-01T00:00:00.000Z' }),
    ])
    expect(set.postings.map(({ entry }) => [entry.flow, entry.availableAt])).toEqual([
      ['credit_pending', '2027-02-14T12:00:00.000Z'],
      ['credit', null],
    ])
  })

  it('is refused where it would have expired, and lapses where it never matures', () => {
    const set = new WorkingSet()
    const rules = { r: { actions: [{ ...credited, hold: 'P14D', expires_after: 'P10D' }] } }
    const [now, late] = settleAll(set, rules, [
      eventOf('now'),
      eventOf('late', { occurredAt: '2026-12-01T00:00:00.000Z' }),
    ])
    expect(set.postings.map(({ entry }) => [entry.flow, entry.availableAt])).toEqual([
      ['credit_pending', null],
    ])
    expect(now && resultsOf(now)[0]?.actions_executed[0]?.success).toBe(true)
    expect(late && resultsOf(late)[0]?.actions_executed[0]?.problem?.code).toBe('expiry_in_past')
  })

  const rules = {
    r: {
      on: ['purchase'],
      actions: [{ ...credited, hold: { until: 'delivered', at_most: 'P30D' } }],
    },
  }

  it('until an event is confirmed by it, once, with the decision on it', () => {
    const set = new WorkingSet()
    const delivered = (id: string, referred = 'bob') =>
      eventOf(id, { type: 'delivered', data: { referred_id: referred } })
    const outcomes = settleAll(
      set,
      rules,
      [eventOf('bought'), delivered('other', 'carl'), delivered('mine'), delivered('again')],
      { holdPaths: ['referred_id'] },
    )
    const confirmations = outcomes.map((outcome) =>
      outcome.kind === 'judged' ? outcome.decision.confirmations : [],
    )
    const [pending, confirmed] = set.postings.map(({ entry }) => entry)
    expect(confirmations).toEqual([
      undefined,
      undefined,
      [
        {
          entry_id: confirmed?.id,
          confirmed_entry_id: pending?.id,
          user_id: 'alice',
          amount_cents: 500,
          currency: 'USD',
        },
      ],
      undefined,
    ])
    expect(pending).toMatchObject({ flow: 'credit_pending', expiresAt: '2027-03-02T12:00:00.000Z' })
    expect(set.balance('alice', 'USD')).toMatchObject({ availableCents: 500n, pendingCents: 0n })
    expect([set.newHolds.length, set.endedHolds.length]).toEqual([1, 1])
  })

  it('waits on where its account is in quarantine', () => {
    const set = new WorkingSet()
    settleAll(set, rules, [eventOf('bought')], { holdPaths: ['referred_id'] })
    const held = { ...set.balance('alice', 'USD'), isQuarantined: true }
    set.balances.rows.set(pairKey('alice', 'USD'), held)
    const delivered = eventOf('mine', { type: 'delivered' })
    settleAll(set, rules, [delivered], { holdPaths: ['referred_id'] })
    expect(set.endedHolds).toEqual([])
  })
})

describe('the key of an action', () => {
  it('is the event, the rule, the action and the beneficiary, and neither version nor amount', () => {
    const payment = { ruleId: 'rule-1', actionIndex: 0, userId: 'alice' }
    const first = paymentKey(event, payment)
    const others = [
      paymentKey(event, { ...payment, ruleId: 'rule-2' }),
      paymentKey(event, { ...payment, actionIndex: 1 }),
      paymentKey(event, { ...payment, userId: 'bob' }),
      paymentKey({ ...event, id: 'event-2' }, payment),
      paymentKey({ ...event, source: 'other' }, payment),
    ]
    expect(new Set([first, ...others].map(({ key }) => key)).size).toBe(6)
    expect(first.key).toBe(`event-${first.fingerprint}`)
    const set = new WorkingSet()
    settle(set, { 'rule-1': { actions: [credited] } })
    expect(set.newRecords).toEqual([
      expect.objectContaining({ ownerId: 'system:rules', key: first.key, fieldDigests: '' }),
    ])
    expect(set.postings[0]?.entry.idempotencyKey).toBe(first.key)
  })
})

describe('the result of an action', () => {
  it('names the reward of a credit that names none as none', () => {
    const { reward_id: _reward, ...unnamed } = credited
    const set = new WorkingSet()
    settle(set, { r: { actions: [unnamed] } })
    expect(set.postings[0]?.entry.rewardId).toBeNull()
  })

  it('is what was spent where the rule debits', () => {
    const set = new WorkingSet()
    creditAlice(set, 10n)
    settle(set, { r: { actions: [{ ...debited, user: 'user_id', currency: 'USD' }] } })
    expect(set.postings.at(-1)?.entry).toMatchObject({ flow: 'debit', amountCents: 5n })
  })
})
