import type { Rule } from '@pineos/contract/rules.ts'
import { describe, expect, it } from 'vitest'
import {
  ann,
  ben,
  failureOf,
  type LivingRules,
  on,
  paying,
  useLivingRules,
} from './rules.fixture.ts'

let rules: LivingRules
useLivingRules((living) => {
  rules = living
})

const publishNew = async (cents = 1) =>
  (await rules.life.store.create({ name: 'r', rule_json: paying(cents) }, ann)).rule

async function setVersion(): Promise<bigint> {
  const [row] = await rules.query<{ version: bigint }>('select version from rule_set')
  return row?.version ?? 0n
}

/** What the set consisted of at one of its versions. */
async function inForceAt(version: bigint, ...asked: Rule[]): Promise<(number | null)[]> {
  const rows = await rules.query<{ rule_id: string; version: number }>(
    `select rule_id, version from rule_terms
     where in_force_from <= $1::bigint and (in_force_until is null or in_force_until > $1::bigint)`,
    [version],
  )
  return asked.map(({ id }) => rows.find((row) => row.rule_id === id)?.version ?? null)
}

function pass(minutes: number): void {
  rules.clock.nowMs += minutes * 60_000
}

describe('the rule set', () => {
  // A decision records the version of the set: without this nobody could say what it was made by.
  it('says of each of its versions which version of each rule was in force', async () => {
    const { versions, moves } = rules.life
    const first = await publishNew()
    const second = await publishNew()
    const began = await setVersion()
    await versions.draft(on(first), paying(2))
    expect(await setVersion()).toBe(began)
    await moves.publish(on(first), {})
    await moves.pause(on(second), null)
    await moves.rollBack(on(first), { version: 1 })
    await moves.resume(on(second), null)
    await moves.retire(on(first), null)
    expect(await setVersion()).toBe(began + 5n)
    const expected = [
      [1, 1],
      [2, 1],
      [2, null],
      [3, null],
      [3, 1],
      [null, 1],
    ]
    for (const [step, versionsThen] of expected.entries())
      expect(await inForceAt(began + BigInt(step), first, second)).toEqual(versionsThen)
  })

  it('says what was in force at a time, the end of a term belonging to the next', async () => {
    const { versions, moves } = rules.life
    const rule = await publishNew()
    pass(10)
    await versions.draft(on(rule), paying(2))
    await moves.publish(on(rule), {})
    pass(10)
    await moves.pause(on(rule), null)
    pass(10)
    await moves.resume(on(rule), null)
    const ofOne = await versions.list(rule.id, { limit: 9, before: undefined })
    const at = (minutes: number) => new Date(rules.clock.nowMs - minutes * 60_000).toISOString()
    const span = (from: string, until: string | null) => expect.objectContaining({ from, until })
    expect(ofOne.map(({ in_force }) => in_force)).toEqual([
      [span(at(20), at(10)), span(at(0), null)],
      [span(at(30), at(20))],
    ])
  })

  it('does not end a term before it began where the clocks of two processes differ', async () => {
    const rule = await publishNew()
    pass(-5)
    await rules.life.moves.pause(on(rule), null)
    await rules.life.moves.resume(on(rule), null)
    const { version } = await rules.life.versions.get(rule.id, 1)
    expect(version.in_force.map(({ from, until }) => [from, until])).toEqual([
      [rule.created_at, rule.created_at],
      [rule.created_at, null],
    ])
  })

  it('grows with a new name of a rule in force, and not with one of a draft', async () => {
    const live = await publishNew()
    const { rule: draft } = await rules.life.store.create(
      { name: 'r', rule_json: paying(1), status: 'draft' },
      ann,
    )
    const before = await setVersion()
    await rules.life.versions.rename(on(draft), { name: 'n' })
    await rules.life.versions.rename(on(live), { description: 'd' })
    expect(await setVersion()).toBe(before)
    await rules.life.versions.rename(on(live), { name: 'n' })
    expect(await setVersion()).toBe(before + 1n)
    const changed = await rules.query<{ id: string }>(
      'select id from referral_rules where set_version > $1::bigint',
      [before],
    )
    expect(changed).toEqual([{ id: live.id }])
  })
})

describe('the history of a rule', () => {
  it('has every change with who, what and when, newest first and in pages', async () => {
    const { versions, moves } = rules.life
    const rule = await publishNew()
    await versions.rename(on(rule), { name: 'Bonus', description: 'For all' })
    pass(1)
    await versions.draft(on(rule, ben), paying(2))
    await versions.edit(on(rule), { version: 2, content: paying(3) })
    await moves.approve(on(rule, { by: 'key:eve', ownerId: 'eve' }), 2)
    await moves.publish(on(rule), {})
    await moves.pause(on(rule), 'Too many')
    await moves.resume(on(rule), 'All is well')
    await moves.rollBack(on(rule), { version: 1, reason: 'It paid too much' })
    await moves.retire(on(rule, ben), 'The offer is over')
    const changes = await versions.changes(rule.id, { limit: 100, before: undefined })
    expect(
      changes.map(({ action, version, actor, reason }) => [action, version, actor, reason]),
    ).toEqual([
      ['retire', 3, 'key:ben', 'The offer is over'],
      ['roll_back', 3, 'key:ann', 'It paid too much'],
      ['resume', null, 'key:ann', 'All is well'],
      ['pause', null, 'key:ann', 'Too many'],
      ['publish', 2, 'key:ann', null],
      ['approve', 2, 'key:eve', null],
      ['edit', 2, 'key:ann', null],
      ['draft', 2, 'key:ben', null],
      ['rename', null, 'key:ann', null],
      ['create', 1, 'key:ann', null],
    ])
    expect(changes.map(({ revision }) => revision)).toEqual([10, 9, 8, 7, 6, 5, 4, 3, 2, 1])
    expect(changes[6]?.detail).toEqual({ before: paying(2), after: paying(3) })
    expect(changes[8]?.detail).toEqual({
      before: { name: 'r', description: null },
      after: { name: 'Bonus', description: 'For all' },
    })
    expect(changes[0]?.changed_at).toBe(rules.clock.now().toISOString())
    const page = await versions.changes(rule.id, { limit: 2, before: 3 })
    expect(page.map(({ revision }) => revision)).toEqual([2, 1])
    expect(await rules.life.store.get(rule.id)).toMatchObject({
      name: 'Bonus',
      status: 'retired',
      reason: 'The offer is over',
      revision: 10,
      version: 3,
      live_version: null,
      rule_json: paying(1),
      created_by: 'key:ann',
      updated_by: 'key:ben',
    })
  })

  it('says why a rule is paused until it is resumed', async () => {
    const rule = await publishNew()
    const paused = await rules.life.moves.pause(on(rule), 'Looking into it')
    expect(paused).toMatchObject({ reason: 'Looking into it', is_active: false, live_version: 1 })
    await rules.life.versions.rename(on(rule), { name: 'n' })
    expect((await rules.life.store.get(rule.id)).reason).toBe('Looking into it')
    expect((await rules.life.moves.resume(on(rule), null)).reason).toBeNull()
  })

  it('of a rule that is not there is refused, and so is every change', async () => {
    const nobody = { id: '00000000-0000-7000-8000-000000000000' }
    const page = { limit: 1, before: undefined }
    const { versions, moves, store } = rules.life
    for (const work of [
      () => versions.changes(nobody.id, page),
      () => versions.list(nobody.id, page),
      () => versions.draft(on(nobody), paying(1)),
      () => moves.pause(on(nobody), null),
      () => moves.pauseBySystem(nobody.id, 'The budget is spent'),
      () => store.get(nobody.id),
    ])
      expect((await failureOf(work())).code).toBe('rule_not_found')
  })
})

describe('the service', () => {
  it('pauses a rule by itself once, and leaves one alone that is not in force', async () => {
    const rule = await publishNew()
    const { moves, versions } = rules.life
    expect(await moves.pauseBySystem(rule.id, 'The budget is spent')).toBe(true)
    expect(await moves.pauseBySystem(rule.id, 'The budget is spent')).toBe(false)
    expect(await rules.life.store.get(rule.id)).toMatchObject({
      status: 'paused',
      reason: 'The budget is spent',
      updated_by: 'system:budget',
    })
    const [change] = await versions.changes(rule.id, { limit: 1, before: undefined })
    expect(change).toMatchObject({ action: 'pause', actor: 'system:budget', revision: 2 })
  })
})

describe('what was published', () => {
  // Old decisions explain themselves by it: a change would make liars of them.
  it.each([
    ["update rule_versions set rule_json = '{}'"],
    ["update rule_versions set status = 'draft', published_at = null, published_by = null"],
    ['update rule_versions set published_at = now()'],
    ["update rule_versions set published_by = 'key:eve'"],
    ["update rule_versions set created_by = 'key:eve'"],
    ["update rule_versions set approved_at = now(), approved_by = 'e', approved_by_owner_id = 'e'"],
    ['update rule_versions set acknowledged = \'["x"]\''],
    ['update rule_versions set version = version + 100'],
    ['delete from rule_versions'],
    ['delete from rule_terms'],
    ['delete from referral_rules'],
    ["update rule_changes set actor = 'key:eve'"],
    ['delete from rule_changes'],
  ])('cannot be changed even by the owner of the tables: %s', async (statement) => {
    await publishNew()
    await expect(rules.query(statement)).rejects.toMatchObject({ code: '23001' })
  })

  it('nor can a scheduled version be edited, nor a retired one come back', async () => {
    const rule = await publishNew()
    await rules.life.versions.draft(on(rule), paying(2))
    await rules.life.moves.publish(on(rule), { at: '2027-03-01T00:00:00.000Z' })
    const edit = `update rule_versions set rule_json = '{}' where rule_id = $1 and version = 2`
    await expect(rules.query(edit, [rule.id])).rejects.toMatchObject({ code: '23001' })
    await rules.life.moves.publish(on(rule), { version: 2 })
    const revive = `update rule_versions set status = 'published', retired_at = null
      where rule_id = $1 and version = 1`
    await expect(rules.query(revive, [rule.id])).rejects.toMatchObject({ code: '23001' })
  })
})
