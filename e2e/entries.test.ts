import { randomUUID } from 'node:crypto'
import { beforeAll, describe, expect, it } from 'vitest'
import type { Api } from './harness/api.ts'
import type { Ledger } from './harness/ledger.ts'
import { expectProblem } from './harness/problem.ts'
import { publishRule } from './harness/rules.ts'
import { serveProved } from './harness/served.ts'

let api: Api
let ledger: Ledger

serveProved((served) => {
  ;({ api, ledger } = served)
})

type Query = Readonly<Record<string, string | number>>

const ask = (query: Query) => {
  const parameters = Object.entries(query).map(([name, value]) => [name, String(value)] as const)
  return api.get(`/api/v1/ledger/entries?${new URLSearchParams(Object.fromEntries(parameters))}`)
}
const idsOf = async (query: Query): Promise<string[]> =>
  (await ask(query)).body.entries.map((entry: { id: string }) => entry.id)

describe('the filters of the entries', () => {
  const at: string[] = []
  let bonus: string
  let pending: string
  let reversal: string
  let debit: string
  let byRule: string
  let ruleId: string

  // One entry of each kind, of three users, and the times between them.
  beforeAll(async () => {
    const mark = async () => {
      const { body } = await ledger.credit('clock', 1)
      at.push(body.data.recorded_at)
    }
    await mark()
    const metadata = { campaign: 'spring', order: { id: 'o-1', lines: ['a', 'b'] } }
    bonus = (await ledger.credit('ann', 5_000, { reward_id: 'bonus', metadata })).body.data.id
    const waiting = {
      reward_id: 'bonus',
      reward_status: 'pending',
      metadata: { campaign: 'autumn' },
    }
    pending = (await ledger.credit('ben', 700, waiting)).body.data.id
    reversal = (await ledger.reverse(bonus, { amount_cents: 1_000 })).body.data.id
    debit = (await ledger.debit('ann', 250)).body.data.id
    ;({ id: ruleId } = await publishRule(api, 'entries'))
    const data = { story: 'entries', referrer_id: 'cleo' }
    const judged = await api.post('/api/v1/events', { id: 'e-1', source: 'shop', type: 't', data })
    byRule = judged.body.decision.results[0].actions_executed[0].entry_id
    await mark()
  })

  it('find by account, of a user and of the program', async () => {
    expect(await idsOf({ account: 'user:ann:available' })).toEqual([debit, reversal, bonus])
    expect(await idsOf({ account: 'user:ben:pending' })).toEqual([pending])
    expect(await idsOf({ account: 'user:ben:available' })).toEqual([])
    expect(await idsOf({ account: 'program:default:redemptions' })).toEqual([debit])
    expect(await idsOf({ account: 'user:ann:available', user_id: 'ben' })).toEqual([])
  })

  it('find by flow, type and the status that a reward was given', async () => {
    expect(await idsOf({ flow: 'credit_pending' })).toEqual([pending])
    expect(await idsOf({ entry_type: 'reversal' })).toEqual([reversal])
    expect(await idsOf({ reward_status: 'reversed' })).toEqual([reversal])
    expect(await idsOf({ reward_status: 'confirmed', reward_id: 'bonus' })).toEqual([bonus])
    expect(await idsOf({ flow: 'debit', entry_type: 'credit' })).toEqual([])
  })

  it('find by reward, event, rule, actor and the entry that they are about', async () => {
    expect(await idsOf({ reward_id: 'bonus' })).toEqual([reversal, pending, bonus])
    expect(await idsOf({ source_event: 'shop/e-1' })).toEqual([byRule])
    expect(await idsOf({ rule_id: ruleId })).toEqual([byRule])
    expect(await idsOf({ rule_id: ruleId.toUpperCase() })).toEqual([byRule])
    expect(await idsOf({ rule_id: randomUUID() })).toEqual([])
    expect(await idsOf({ actor: `rule:${ruleId}@1` })).toEqual([byRule])
    expect(await idsOf({ related_entry_id: bonus })).toEqual([reversal])
    expect(await idsOf({ related_entry_id: bonus, reward_id: 'referral_bonus' })).toEqual([])
  })

  it('find by amounts, both bounds included', async () => {
    expect(await idsOf({ amount_cents_min: 250, amount_cents_max: 700 })).toEqual([
      byRule,
      debit,
      pending,
    ])
    expect(await idsOf({ amount_cents_min: 5_000 })).toEqual([bonus])
  })

  // The end of a range is the beginning of the next: an entry may be in one of them only.
  it('find by times, the beginning included and the end not', async () => {
    const [from = '', to = ''] = at
    const middle = [byRule, debit, reversal, pending, bonus]
    for (const axis of ['recorded', 'effective']) {
      const within = await idsOf({ [`${axis}_from`]: from, [`${axis}_to`]: to, user_id: 'clock' })
      expect(within).toHaveLength(from === to ? 0 : 1)
      const after = await idsOf({ [`${axis}_from`]: from })
      expect(after).toEqual(expect.arrayContaining(middle))
      expect(await idsOf({ [`${axis}_to`]: from })).toEqual([])
      expect(await idsOf({ [`${axis}_from`]: '2999-01-01T00:00:00+05:30' })).toEqual([])
      // What is finer than entries are recorded lies after their millisecond.
      const finer = from.replace('Z', '999Z')
      expect(await idsOf({ [`${axis}_to`]: finer, user_id: 'clock' })).toHaveLength(1)
    }
  })

  it('find by what the metadata contains', async () => {
    const by = (metadata: unknown) => idsOf({ metadata: JSON.stringify(metadata) })
    expect(await by({ campaign: 'spring' })).toEqual([bonus])
    expect(await by({ order: { lines: ['b'] } })).toEqual([bonus])
    expect(await by({ campaign: 'spring', order: { id: 'o-2' } })).toEqual([])
    expect(await by({ campaign: 'autumn' })).toEqual([pending])
  })

  it('count all, by user and by currency, and leave the total out where it would be a scan', async () => {
    const total = async (query: Query) => (await ask({ ...query, limit: 1 })).body.total
    expect(await total({})).toBe(7)
    expect(await total({ currency: 'USD' })).toBe(7)
    expect(await total({ user_id: 'ann' })).toBe(3)
    expect(await total({ user_id: 'ann', currency: 'EUR' })).toBe(0)
    for (const query of [
      { flow: 'credit' },
      { account: 'user:ann:available' },
      { user_id: 'ann', amount_cents_min: 1 },
      { metadata: '{"campaign":"spring"}' },
    ])
      expect(await total(query)).toBeNull()
  })
})

describe('a query of entries that cannot be meant', () => {
  it.each([
    [
      'amounts that contradict each other',
      { amount_cents_min: 2, amount_cents_max: 1 },
      '/query/amount_cents_max',
      'range_contradictory',
    ],
    [
      'times that contradict each other',
      { recorded_from: '2026-02-01T00:00:00Z', recorded_to: '2026-02-01T00:00:00+01:00' },
      '/query/recorded_to',
      'range_contradictory',
    ],
    [
      'effective times that do',
      { effective_from: '2026-02-01T00:00:00Z', effective_to: '2025-01-01T00:00:00Z' },
      '/query/effective_to',
      'range_contradictory',
    ],
    ['an account that is none', { account: 'alice' }, '/query/account', 'account_unknown'],
    ['an account of nobody', { account: 'user::available' }, '/query/account', 'account_unknown'],
    ['metadata that is no JSON', { metadata: '{campaign}' }, '/query/metadata', 'metadata_invalid'],
    [
      'metadata that is a list',
      { metadata: '["campaign"]' },
      '/query/metadata',
      'metadata_invalid',
    ],
    ['metadata that asks for nothing', { metadata: '{}' }, '/query/metadata', 'metadata_invalid'],
    [
      'metadata with a forbidden key',
      { metadata: '{"__proto__":{"a":1}}' },
      '/query/metadata',
      'metadata_invalid',
    ],
    [
      'metadata with a number that is none',
      { metadata: '{"a":1e999}' },
      '/query/metadata',
      'metadata_invalid',
    ],
    ['metadata with a NUL', { metadata: '{"a":"\\u0000"}' }, '/query/metadata', 'metadata_invalid'],
    [
      'metadata that is nested too deeply',
      { metadata: `${'{"a":'.repeat(9)}1${'}'.repeat(9)}` },
      '/query/metadata',
      'metadata_invalid',
    ],
    [
      'metadata that is too long',
      { metadata: JSON.stringify({ a: 'x'.repeat(2_000) }) },
      '/query/metadata',
      'maxLength',
    ],
    ['an unknown flow', { flow: 'gift' }, '/query/flow', 'enum'],
    ['an amount of nothing', { amount_cents_min: 0 }, '/query/amount_cents_min', 'minimum'],
    ['a day without a time', { recorded_from: '2026-02-01' }, '/query/recorded_from', 'format'],
    ['a rule that is no id', { rule_id: 'welcome' }, '/query/rule_id', 'format'],
    ['an unknown parameter', { reward: 'bonus' }, '/query/reward', 'unknown_property'],
    ['a page of nothing', { limit: 0 }, '/query/limit', 'minimum'],
    ['a page that is too long', { limit: 1_001 }, '/query/limit', 'maximum'],
    ['an offset that is too far', { offset: 1_000_001 }, '/query/offset', 'maximum'],
    ['a cursor that no page has given', { cursor: 'bogus' }, '/query/cursor', 'cursor_invalid'],
    [
      'a cursor with something else in it',
      { cursor: Buffer.from(`${randomUUID()} skip -1`).toString('base64url') },
      '/query/cursor',
      'cursor_invalid',
    ],
  ])('is refused: %s', async (_what, query, pointer, code) => {
    const problem = expectProblem(await ask(query as Query), 'validation_failed')
    expect(problem.errors).toEqual([{ pointer, code, detail: expect.stringMatching(/\S/) }])
  })

  it('names all faults at once', async () => {
    const query = { amount_cents_min: 2, amount_cents_max: 1, account: 'x', metadata: '[1]' }
    const problem = expectProblem(await ask(query), 'validation_failed')
    expect(problem.errors).toHaveLength(3)
  })
})

describe('paging through entries', () => {
  it('gives every match once while entries are written', async () => {
    for (let number = 1; number <= 9; number++) await ledger.credit('pager', number)
    const query = { user_id: 'pager', amount_cents_max: 9, limit: 2 }
    const amounts: number[] = []
    for (let cursor: string | null | undefined; cursor !== null; ) {
      const page = await ask(cursor ? { ...query, cursor } : query)
      for (const entry of page.body.entries) amounts.push(entry.amount_cents)
      cursor = page.body.next_cursor
      await ledger.credit('pager', 9)
    }
    expect(amounts).toEqual([9, 8, 7, 6, 5, 4, 3, 2, 1])
  })
})
