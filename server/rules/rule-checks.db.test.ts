import { eventTypesMax } from '@pineos/contract/event-catalogue.ts'
import type { TestCase } from '@pineos/contract/rule-test-cases.ts'
import { testCasesMax } from '@pineos/contract/rule-test-cases.ts'
import { describe, expect, it } from 'vitest'
import {
  ann,
  failureOf,
  type Life,
  type LivingRules,
  on,
  paying,
  useLivingRules,
} from './rules.fixture.ts'

let rules: LivingRules
let life: Life
useLivingRules((living) => {
  rules = living
  life = living.newLife({ isChecked: true })
})

let story = 0
/** A rule like no other of this file, without anything to find. */
function bounded(more: Readonly<Record<string, unknown>> = {}) {
  story += 1
  return {
    on: [`checked.${story}`],
    conditions: [{ field: 'referrer.country', operator: '==', value: 'US' }],
    actions: [
      { type: 'credit', user: 'referrer_id', amount_cents: story, reward_id: `bonus-${story}` },
    ],
    limits: [{ per: 'rule', max_count: 100, max_amount_cents: 1_000_000 }],
    ...more,
  }
}

const create = async (rule_json: Readonly<Record<string, unknown>>) =>
  (await life.store.create({ name: `rule ${story}`, rule_json }, ann)).rule
const codesOf = async (id: string) => (await life.store.get(id)).findings?.map(({ code }) => code)

describe('the checks', () => {
  it('find nothing in a rule that nothing is wrong with, and it is published without more', async () => {
    const content = bounded()
    const { rule } = await life.store.create(
      { name: 'fine', rule_json: content, status: 'draft' },
      ann,
    )
    expect(rule.findings).toEqual([])
    expect(await life.moves.publish(on(rule), {})).toMatchObject({ status: 'published' })
  })

  it('compare a rule with those in force, as they are at that moment, and never with itself', async () => {
    const content = bounded()
    const first = await create(content)
    const second = await create(content)
    expect(second.findings?.map(({ code }) => code)).toContain('duplicate_rule')
    expect(await codesOf(first.id)).toContain('duplicate_rule')
    // In another process, so that what this one keeps of the rules in force is brought up to date.
    const other = rules.newLife({ isChecked: true })
    await other.moves.pause(on(second), null)
    expect(await codesOf(first.id)).toEqual([])
    await other.moves.resume(on(second), null)
    await other.versions.draft(on(second), bounded())
    await other.moves.publish(on(second), {})
    expect(await codesOf(first.id)).toEqual([])
  })

  it('know the facts of a type once it is registered', async () => {
    const content = bounded({
      conditions: [{ field: 'plan', operator: '>', value: 5 }],
    })
    const rule = await create(content)
    await life.eventTypes.put(
      content.on[0] ?? '',
      {
        schema: {
          type: 'object',
          properties: { plan: { type: 'string' } },
          additionalProperties: false,
        },
      },
      ann.by,
    )
    expect(await codesOf(rule.id)).toContain('wrong_type')
    const refused = await failureOf(
      life.store.create({ name: 'n', rule_json: { ...content } }, ann),
    )
    expect(refused.code).toBe('rule_invalid')
  })
})

const testCase = (name: string, plan: string | null, outcome: 'true' | 'unknown'): TestCase => ({
  name,
  event: {
    type: 'happened',
    user_id: 'ann',
    occurred_at: '2027-01-31T12:00:00Z',
    data: plan === null ? {} : { plan },
  },
  history: [],
  limits: [],
  expects: {
    outcome,
    rewards:
      outcome === 'true'
        ? [
            {
              action: '/actions/0',
              kind: 'credit',
              user_id: 'ann',
              amount_cents: 1,
              currency: 'USD',
            },
          ]
        : [],
  },
})

describe('test cases', () => {
  it('block every way of publishing what turns one red, and name it', async () => {
    const { store, versions, moves, testCases, publications } = rules.life
    const { rule } = await store.create({ name: 'r', rule_json: paying(1) }, ann)
    await versions.draft(on(rule), paying(2))
    await versions.draft(on(rule), paying(3))
    const at = new Date(rules.clock.nowMs + 1_000).toISOString()
    await moves.publish(on(rule), { version: 3, at })
    const { testCases: added } = await testCases.add(on(rule), [
      testCase('Pays one', 'pro', 'true'),
      testCase('Nothing known', null, 'unknown'),
    ])
    for (const work of [
      () => moves.publish(on(rule), { version: 2 }),
      () => moves.publish(on(rule), { version: 2, at }),
    ]) {
      const failure = await failureOf(work())
      expect(failure.code).toBe('test_cases_red')
      expect(failure.facts.errors).toEqual([
        {
          pointer: `/test_cases/${added[0]?.id}`,
          code: 'test_case_red',
          detail: 'Pays one: expected true and credit 1 USD ann, got true and credit 2 USD ann.',
        },
      ])
    }
    rules.clock.nowMs += 2_000
    while (await publications.run());
    const [change] = await versions.changes(rule.id, { limit: 1, before: undefined })
    expect(change).toMatchObject({ action: 'fail_to_publish', detail: { code: 'test_cases_red' } })
    await versions.edit(on(rule), { version: 2, content: { ...paying(1), logic: 'OR' } })
    expect(await moves.publish(on(rule), { version: 2 })).toMatchObject({ live_version: 2 })
    expect(await moves.rollBack(on(rule), { version: 1 })).toMatchObject({ live_version: 4 })
  })

  it('are kept, replaced and deleted with the history of the rule', async () => {
    const { store, versions, testCases } = rules.life
    const { rule } = await store.create({ name: 'r', rule_json: paying(1) }, ann)
    const { testCases: added } = await testCases.add(on(rule), [testCase('One', 'pro', 'true')])
    const id = added[0]?.id ?? ''
    const other = testCase('Another', null, 'unknown')
    const replaced = await testCases.replace(on(rule), id.toUpperCase(), other)
    expect(replaced).toMatchObject({ testCase: { id, test_case: other }, revision: 3 })
    expect(await testCases.list(rule.id)).toEqual([replaced.testCase])
    expect(await testCases.remove(on(rule), id)).toMatchObject({ revision: 4 })
    expect(await testCases.list(rule.id)).toEqual([])
    const changes = await versions.changes(rule.id, { limit: 3, before: undefined })
    expect(changes.map(({ action, detail }) => [action, Object.keys(detail)[0]])).toEqual([
      ['change_test_cases', 'removed'],
      ['change_test_cases', 'replaced'],
      ['change_test_cases', 'added'],
    ])
    for (const work of [
      () => testCases.remove(on(rule), id),
      () => testCases.replace(on(rule), id, other),
      () => testCases.run(rule.id, { test_case_id: id }),
    ])
      expect((await failureOf(work())).code).toBe('test_case_not_found')
  })

  it('are as many as there is room for, whoever adds them at once', async () => {
    const { store, testCases } = rules.life
    const other = rules.newLife()
    const { rule } = await store.create({ name: 'r', rule_json: paying(1) }, ann)
    const some = Array.from({ length: testCasesMax / 2 }, (_, index) =>
      testCase(`case ${index}`, 'pro', 'true'),
    )
    const outcomes = await Promise.allSettled(
      [testCases, other.testCases, testCases].map((cases) => cases.add(on(rule), some)),
    )
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(2)
    const one = [testCase('one', 'pro', 'true')]
    expect((await failureOf(testCases.add(on(rule), one))).code).toBe('test_cases_exceeded')
    expect(await testCases.list(rule.id)).toHaveLength(testCasesMax)
  })

  it('run against any version, with the trace of what is red and of one that is asked for', async () => {
    const { store, versions, testCases } = rules.life
    const { rule } = await store.create({ name: 'r', rule_json: paying(1) }, ann)
    await versions.draft(on(rule), paying(2))
    const { testCases: added } = await testCases.add(on(rule), [
      testCase('One', 'pro', 'true'),
      testCase('Two', null, 'unknown'),
    ])
    const latest = await testCases.run(rule.id, {})
    expect(latest).toMatchObject({
      version: 2,
      ok: false,
      results: [{ is_green: false, conditions: [{ node: '/conditions/0' }] }, { is_green: true }],
    })
    expect(latest.results[1]).not.toHaveProperty('conditions')
    const test_case_id = added[1]?.id ?? ''
    const first = await testCases.run(rule.id, { version: 1, test_case_id })
    expect(first).toMatchObject({
      version: 1,
      ok: true,
      results: [{ name: 'Two', conditions: [{ outcome: 'unknown' }] }],
    })
    const failure = await failureOf(testCases.run(rule.id, { version: 9 }))
    expect(failure.code).toBe('rule_version_not_found')
  })
})

describe('types of events', () => {
  it('are at most as many as there is room for', async () => {
    const { eventTypes } = rules.life
    await rules.query('delete from event_types')
    await rules.query(
      `insert into event_types (type, json_schema, created_at, updated_at, updated_by)
       select 'filler.' || n, '{"type": "object"}', now(), now(), 'key:ann'
       from generate_series(1, $1::integer) as n`,
      [eventTypesMax],
    )
    const put = (type: string) => eventTypes.put(type, { schema: { type: 'object' } }, ann.by)
    expect((await failureOf(put('one.more'))).code).toBe('event_types_exceeded')
    expect((await put('filler.1')).isNew).toBe(false)
    await rules.query("delete from event_types where type like 'filler.%'")
    expect((await put('one.more')).isNew).toBe(true)
  })

  it('are inferred from the newest events, however long ago they came', async () => {
    await rules.query(
      `insert into events (source, id, type, user_id, occurred_at, received_at, data, fingerprint, command_id, rule_set_version)
       select 'test', n::text, 'old.type', null, $1::timestamptz, $1::timestamptz - n * interval '1 day',
              jsonb_build_object('plan', 'p', 'nested', jsonb_build_object('n', n),
                'mixed', case when n = 1 then to_jsonb(1) else to_jsonb('x'::text) end,
                'tags', jsonb_build_array('a'))
                || case when n = 2 then jsonb_build_object('rare', true) else '{}' end,
              sha256(n::text::bytea), gen_random_uuid(), 1
       from generate_series(1, 400) as n`,
      [rules.clock.now()],
    )
    const inferred = await rules.life.eventTypes.infer('old.type')
    expect(inferred).toMatchObject({
      events_seen: 400,
      schema: {
        type: 'object',
        required: ['plan', 'tags', 'nested'],
        properties: {
          plan: { type: 'string', examples: ['p'] },
          nested: { type: 'object', properties: { n: { type: 'number' } }, required: ['n'] },
          rare: { type: 'boolean' },
          tags: { type: 'array', items: { type: 'string' } },
        },
      },
    })
    expect(inferred.schema['properties']).not.toHaveProperty('mixed')
    // What is inferred can be registered as it is.
    await rules.life.eventTypes.put('old.type', { schema: inferred.schema }, ann.by)
    const { facts } = await rules.life.eventTypes.facts(['old.type'])
    const paths = facts.filter(({ source }) => source === 'schema').map(({ path }) => path)
    expect(paths.sort()).toEqual(['nested', 'nested.n', 'plan', 'rare', 'tags'])
    const failure = await failureOf(rules.life.eventTypes.infer('never.seen'))
    expect(failure.code).toBe('event_type_unseen')
  })
})
