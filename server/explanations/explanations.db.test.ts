import { describe, expect, it } from 'vitest'
import type { RuleContent } from '../rules/rule-content.ts'
import { createLife, failureOf, on } from '../rules/rules.fixture.ts'
import {
  publish,
  ruleOn,
  type SimulatedService,
  useSimulations,
} from '../simulations/simulations.fixture.ts'
import { createExplanations } from './explanations.ts'

let service: SimulatedService
useSimulations((simulated) => {
  service = simulated
})

const explanations = (recountedEventsMax?: number) =>
  createExplanations({
    pool: service.pool,
    defaultCurrency: 'USD',
    timezone: 'UTC',
    ...(recountedEventsMax === undefined ? {} : { recountedEventsMax }),
  })
const explain = (id: string, ruleId: string, recountedEventsMax?: number) =>
  explanations(recountedEventsMax).explain({ source: 'api', id }, ruleId)

async function happened(type: string, ids: readonly string[], data: object = {}) {
  const common = { user_id: 'ann', ...data }
  for (const id of ids) await service.send([{ id: `${type}-${id}`, type, data: { ...common } }])
}

/** Three events of the user within 30 days. */
const thrice = (type: string) => ({
  on: [type],
  conditions: [{ count: { event: type, for: 'user', within: 'P30D' }, operator: '>=', value: 3 }],
  actions: [{ type: 'credit', user: 'user_id', amount_cents: 50_000 }],
})

/** So many rules that decisions list only those that are met. */
async function crowd(rule: RuleContent): Promise<readonly string[]> {
  const ids: string[] = []
  for (let index = 0; index < 21; index++) ids.push(await publish(service, rule))
  return ids
}

describe('an explanation', () => {
  it('says by what was kept with the decision why a rule has not paid', async () => {
    const rule = await publish(service, thrice('kept'))
    await happened('kept', ['1', '2', '3'])
    expect(await explain('kept-2', rule)).toMatchObject({
      rule: { id: rule, version: 1, was_in_force: true },
      basis: 'stored',
      standing: 'not_met',
      outcome: 'false',
      conditions: [{ actual: 2, expected: 3, outcome: 'false' }],
      sentences: ['not paid: 2 of 3 kept of the user in 30 days.'],
    })
    expect(await explain('kept-3', rule)).toMatchObject({
      standing: 'met',
      actions: [{ success: true }],
      sentences: ['paid: credit of 500.00 USD to ann.'],
    })
  })

  it('counts again what a rule would have been told that was not in force then', async () => {
    await happened('later', ['1', '2', '3', '4'])
    service.clock.nowMs += 1_000
    const rule = await publish(service, thrice('later'))
    const first = await explain('later-2', rule)
    expect(first).toMatchObject({
      rule: { was_in_force: false },
      basis: 'computed',
      standing: 'not_met',
      actions: [],
    })
    expect(first.sentences.slice(0, 2)).toEqual([
      'The rule was not in force for this event when it was judged; this is what version 1 would have done.',
      'would not pay: 2 of 3 later of the user in 30 days.',
    ])
    const third = await explain('later-3', rule)
    expect(third).toMatchObject({ standing: 'met', actions: [{ success: false, entry_id: null }] })
    expect(third.sentences[1]).toBe('would pay: credit of 500.00 USD to ann.')
  })

  // An answer that was counted over half of history would be a lie with a number in it.
  it('says that it does not know what would take too many events to count', async () => {
    await happened('many', ['1', '2', '3', '4'])
    const rule = await publish(service, thrice('many'))
    const { standing, conditions, sentences } = await explain('many-4', rule, 2)
    expect(standing).toBe('unknown')
    expect(conditions).toMatchObject([{ actual: null, outcome: 'unknown' }])
    expect(sentences[1]).toMatch(
      /^would not pay: it is not known whether its conditions are met: .*more than 2 events came before it/,
    )
  })

  it('says how much of its limits was used', async () => {
    const limits = [
      { per: 'user', max_count: 1 },
      { per: 'rule', max_amount_cents: 500 },
    ]
    const rule = await publish(service, ruleOn('limits', 100, { limits }))
    await happened('limits', ['1', '2'])
    const { limits: uses, sentences } = await explain('limits-2', rule)
    expect(sentences).toEqual(['not paid: the limit for this user is reached: 1 of 1 rewards.'])
    expect(uses[0]).toMatchObject({ node: '/limits/0', currency: null, max: 1, used: 1 })
    // The first limit had refused it, so nobody has looked at the second.
    expect(uses[1]).toMatchObject({ currency: 'USD', max: 500, used: null })
    const beside = ruleOn('limits', 100, { limits })
    const later = await explain('limits-2', await publish(service, beside))
    expect(later.limits).toMatchObject([{ used: 0 }, { used: 0 }])
  })

  it('says that a guard has denied what was met, and what a shadow would have paid', async () => {
    const paying = await publish(service, ruleOn('guarded', 100))
    const shadow = await publish(service, ruleOn('shadow', 7, { mode: 'shadow' }))
    const guard = await publish(
      service,
      ruleOn('guarded', 1, { actions: [{ type: 'deny', reason: 'Known for fraud' }] }),
    )
    await happened('guarded', ['1'])
    await happened('shadow', ['1'])
    expect(await explain('guarded-1', paying)).toMatchObject({
      standing: 'denied',
      outcome: 'true',
      actions: [],
      sentences: ['not paid: in force denies it: Known for fraud'],
    })
    expect((await explain('guarded-1', guard)).sentences).toEqual([
      'not paid: the rule is met; it pays nothing itself.',
    ])
    expect(await explain('shadow-1', shadow)).toMatchObject({
      actions: [{ success: false, entry_id: null, amount_cents: 7 }],
      sentences: ['would pay (in shadow): credit of 0.07 USD to ann.'],
    })
  })

  it('names no condition as a reason where the rule is about other events', async () => {
    const rule = await publish(service, ruleOn('asked', 1))
    await happened('other', ['1'])
    expect(await explain('other-1', rule)).toMatchObject({
      rule: { was_in_force: true },
      standing: 'not_asked',
      conditions: [],
      sentences: ['not paid: the rule is about asked, and this event is other.'],
    })
  })

  it('explains rules that a decision does not list', async () => {
    const unmet = { always: false, conditions: [{ field: 'plan', operator: '==', value: 'pro' }] }
    const { always: _, ...rule } = { ...ruleOn('crowd', 1), ...unmet }
    const ids = await crowd(rule)
    await happened('crowd', ['1'], { plan: 'free' })
    const [decision] = (await explanations().decisions({ source: 'api', id: 'crowd-1' })).decisions
    expect(decision?.results).toEqual([])
    expect(await explain('crowd-1', ids[0] ?? '')).toMatchObject({
      rule: { was_in_force: true },
      basis: 'computed',
      sentences: ['not paid: plan is "free"; met when it is "pro".'],
    })
  })

  // Who was promised the terms of before must not be told those of today.
  it('goes by the terms of when the referral began', async () => {
    await crowd(ruleOn('nothing', 1))
    const life = createLife(service.pool, { clock: service.clock })
    const termsOf = (plan: string) => ({
      on: ['terms'],
      terms: 'at_referral',
      conditions: [{ field: 'plan', operator: '==', value: plan }],
      actions: [{ type: 'credit', user: 'referrer_id', amount_cents: 1 }],
    })
    const id = await publish(service, termsOf('old'))
    const before = { referrer_id: 'ann', referred_id: 'bob', plan: 'free' }
    await happened('terms', ['1'], before)
    service.clock.nowMs += 1_000
    await life.versions.draft(on({ id }), termsOf('new'))
    await life.moves.publish(on({ id }), { version: 2 })
    service.clock.nowMs += 1_000
    await happened('terms', ['2'], before)
    await happened('terms', ['3'], { ...before, referred_id: 'cem' })
    expect(await explain('terms-2', id)).toMatchObject({
      rule: { version: 1, was_in_force: true },
      basis: 'computed',
      sentences: ['not paid: plan is "free"; met when it is "old".'],
    })
    expect(await explain('terms-3', id)).toMatchObject({
      rule: { version: 2 },
      sentences: ['not paid: plan is "free"; met when it is "new".'],
    })
  })

  it('is refused of what is not there', async () => {
    const rule = await publish(service, ruleOn('refused', 1))
    expect((await failureOf(explain('nowhere', rule))).code).toBe('event_not_found')
    await happened('refused', ['1'])
    const nowhere = '00000000-0000-7000-8000-000000000000'
    expect((await failureOf(explain('refused-1', nowhere))).code).toBe('rule_not_found')
  })
})
