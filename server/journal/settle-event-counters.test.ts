import { describe, expect, it } from 'vitest'
import { recordedAt } from './keyed-posting.fixture.ts'
import {
  commandOf,
  credited,
  debited,
  eventOf,
  resultsOf,
  settle,
  settleAll,
} from './settle-event.fixture.ts'
import { pairKey, WorkingSet } from './working-set.ts'

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
    const notes = outcomes.map((outcome) => resultsOf(outcome)[0]?.actions_executed[0]?.notes)
    expect(notes[2]).toHaveLength(1)
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
