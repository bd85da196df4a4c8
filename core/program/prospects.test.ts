import { describe, expect, it } from 'vitest'
import { credit, eventAt, setOf } from './judgement.fixture.ts'
import { needsOf, type ProspectOptions, prospectsOf } from './prospects.ts'

function needs(
  rules: Readonly<Record<string, object>>,
  data: object,
  options: Partial<ProspectOptions> = {},
) {
  const event = { type: 'purchase', userId: 'ann', atMs: Date.parse(eventAt), data: { ...data } }
  const prospects = prospectsOf(setOf(rules), event, {
    timezone: 'UTC',
    referral: null,
    trace: 'all',
    ...options,
  })
  return { ...needsOf(prospects), prospects }
}
const equality = { field: 'a', operator: '==', value: 1 }
const aggregate = { count: { event: 'purchase', for: 'user' }, operator: '>=', value: 2 }

describe('what must be read before an event is judged', () => {
  it('is the history, the limits and the payees of the rules that could be met', () => {
    const rule = {
      conditions: [equality, aggregate],
      actions: [credit(100), credit(50, { user: 'friend' }), credit(1, { user: 'nobody' })],
      limits: [
        { per: 'user', max_count: 5, max_amount_cents: 1_000 },
        { per: 'pair', max_count: 1 },
      ],
    }
    const { reads, payments } = needs({ r: rule }, { a: 1, friend: 'bob' })
    expect(payments).toEqual([
      { ruleId: 'r', actionIndex: 0, userId: 'ann', currency: 'USD' },
      { ruleId: 'r', actionIndex: 1, userId: 'bob', currency: 'USD' },
    ])
    // The pair is not named by the event, so that there is nothing to read for it.
    expect(reads.map(({ owner, isDistinct }) => [owner, isDistinct])).toEqual([
      ['ann', false],
      ['count:ann', false],
      ['USD:ann', false],
      ['count:bob', false],
      ['USD:bob', false],
    ])
  })

  it('is nothing for what cannot be met, whatever history says', () => {
    const rules = {
      r: { conditions: [equality, aggregate], actions: [credit(100)] },
      guard: { actions: [{ type: 'deny', reason: 'stop' }] },
    }
    const { reads, payments, prospects } = needs(rules, { a: 2 })
    expect([reads, payments]).toEqual([[], []])
    expect([...prospects.ruledOut].map(({ id }) => id)).toEqual(['r'])
  })

  it('leaves out the payments of shadow rules, which are not posted', () => {
    const shadow = {
      actions: [credit(100)],
      mode: 'shadow',
      limits: [{ per: 'rule', max_count: 1 }],
    }
    const { reads, payments } = needs({ s: shadow }, {})
    expect(payments).toEqual([])
    expect(reads).toHaveLength(1)
  })

  it('is of the one rule that was asked for', () => {
    const rules = { r: { actions: [credit(1)] }, s: { actions: [credit(2)] } }
    const { payments, prospects } = needs(rules, {}, { ruleId: 's', trace: 'met' })
    expect(payments.map(({ ruleId }) => ruleId)).toEqual(['s'])
    expect(prospects).toMatchObject({ rulesEvaluated: 1, trace: 'all' })
    expect(needs(rules, {}, { ruleId: 'unknown' }).prospects.asked).toEqual([])
  })
})
