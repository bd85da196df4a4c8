import type { Finding } from '@pineos/contract/findings.ts'
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

const eve = { by: 'key:eve', ownerId: 'eve' }
const warning: Finding = {
  code: 'limit_missing',
  severity: 'warning',
  pointer: '/actions/0',
  message: 'Nothing bounds what it pays.',
}
const error: Finding = { ...warning, code: 'fact_unknown', severity: 'error' }
const later = '2027-02-01T00:00:00.000Z'

const publishNew = async () =>
  (await rules.life.store.create({ name: 'r', rule_json: paying(1) }, ann)).rule
const draftNew = async (life = rules.life) =>
  (await life.store.create({ name: 'r', rule_json: paying(1), status: 'draft' }, ann)).rule

describe('publishing', () => {
  it('puts a version in force in the place of the one before it', async () => {
    const rule = await publishNew()
    await rules.life.versions.draft(on(rule), paying(2))
    expect((await rules.life.store.get(rule.id)).rule_json).toEqual(paying(1))
    const published = await rules.life.moves.publish(on(rule, ben), {})
    expect(published).toMatchObject({ version: 2, live_version: 2, rule_json: paying(2) })
    const versions = await rules.life.versions.list(rule.id, { limit: 9, before: undefined })
    const now = rules.clock.now().toISOString()
    expect(versions).toMatchObject([
      { version: 2, status: 'published', published_by: 'key:ben', retired_at: null },
      { version: 1, status: 'retired', published_by: 'key:ann', retired_at: now },
    ])
  })

  it('is blocked by errors of the checks, which a draft only lists', async () => {
    rules.findings.list = [error]
    const created = await failureOf(
      rules.life.store.create({ name: 'r', rule_json: paying(1) }, ann),
    )
    expect(created).toMatchObject({
      code: 'rule_invalid',
      facts: { errors: [{ pointer: '/body/rule_json/actions/0', code: 'fact_unknown' }] },
    })
    const rule = await draftNew()
    expect(rule.findings).toEqual([error])
    expect((await rules.life.store.get(rule.id)).findings).toEqual([error])
    const failure = await failureOf(
      rules.life.moves.publish(on(rule), { acknowledge: ['fact_unknown'] }),
    )
    expect(failure).toMatchObject({
      code: 'rule_invalid',
      facts: { errors: [{ pointer: '/rule_json/actions/0', code: 'fact_unknown' }] },
    })
  })

  it('waits until every warning is acknowledged, and keeps who has seen which', async () => {
    rules.findings.list = [warning, { ...warning, code: 'duplicate', pointer: '' }]
    const rule = await draftNew()
    const both = await failureOf(rules.life.moves.publish(on(rule), {}))
    expect(both).toMatchObject({ code: 'rule_warnings' })
    expect(both.facts.errors?.map(({ code }) => code)).toEqual(['limit_missing', 'duplicate'])
    const one = await failureOf(
      rules.life.moves.publish(on(rule), { acknowledge: ['limit_missing', 'no_such'] }),
    )
    expect(one.facts.errors).toMatchObject([{ pointer: '/rule_json', code: 'duplicate' }])
    const acknowledge = ['duplicate', 'limit_missing']
    await rules.life.moves.publish(on(rule), { acknowledge })
    const [change] = await rules.life.versions.changes(rule.id, { limit: 1, before: undefined })
    expect(change).toMatchObject({ action: 'publish', detail: { acknowledged: acknowledge } })
  })

  it('in the original format goes on with warnings, and lists them', async () => {
    rules.findings.list = [warning]
    const { rule } = await rules.life.store.create({ name: 'r', rule_json: paying(1) }, ann)
    expect(rule).toMatchObject({ status: 'published', findings: [warning] })
  })

  it('asks again for what was acknowledged of a draft that was edited since', async () => {
    rules.findings.list = [warning]
    const rule = await draftNew()
    const acknowledge = ['limit_missing']
    await rules.life.moves.publish(on(rule), { at: later, acknowledge })
    await rules.life.moves.unschedule(on(rule), 1)
    await rules.life.versions.edit(on(rule), { version: 1, content: paying(5) })
    expect((await failureOf(rules.life.moves.publish(on(rule), {}))).code).toBe('rule_warnings')
  })

  it('at a time that has come is publishing now', async () => {
    const rule = await draftNew()
    const at = rules.clock.now().toISOString()
    expect(await rules.life.moves.publish(on(rule), { at })).toMatchObject({ status: 'published' })
  })
})

describe('rolling back', () => {
  it('publishes what an earlier version said as a new one, and changes neither of the others', async () => {
    const rule = await publishNew()
    await rules.life.versions.draft(on(rule), paying(2))
    await rules.life.moves.publish(on(rule), {})
    const back = await rules.life.moves.rollBack(on(rule), { version: 1 })
    expect(back).toMatchObject({ version: 3, latest_version: 3, rule_json: paying(1) })
    const versions = await rules.life.versions.list(rule.id, { limit: 9, before: undefined })
    expect(versions.map(({ status, rule_json }) => [status, rule_json])).toEqual([
      ['published', paying(1)],
      ['retired', paying(2)],
      ['retired', paying(1)],
    ])
    const { differences } = await rules.life.versions.differences(rule.id, { from: 1, to: 3 })
    expect(differences).toEqual([])
  })

  it('is blocked by what blocks publishing, except for what was acknowledged for that version', async () => {
    const rule = await draftNew()
    rules.findings.list = [warning]
    await rules.life.moves.publish(on(rule), { acknowledge: ['limit_missing'] })
    await rules.life.versions.draft(on(rule), paying(2))
    await rules.life.moves.publish(on(rule), { acknowledge: ['limit_missing'] })
    rules.findings.list = [warning, { ...warning, code: 'duplicate' }]
    const wanted = { version: 1 }
    const failure = await failureOf(rules.life.moves.rollBack(on(rule), wanted))
    expect(failure.facts.errors?.map(({ code }) => code)).toEqual(['duplicate'])
    // Nothing of the new version stays where it was refused.
    expect(await rules.life.store.get(rule.id)).toMatchObject({ version: 2, latest_version: 2 })
    const acknowledge = ['duplicate']
    await rules.life.moves.rollBack(on(rule), { ...wanted, acknowledge })
    expect(await rules.life.store.get(rule.id)).toMatchObject({ version: 3 })
  })
})

describe('with approval', () => {
  it('what would be published at once waits as a draft for a second person', async () => {
    const life = rules.newLife({ isApprovalRequired: true })
    const { rule, isAwaitingApproval } = await life.store.create(
      { name: 'r', rule_json: paying(1) },
      ann,
    )
    expect([rule.status, isAwaitingApproval]).toEqual(['draft', true])
    for (const wanted of [{}, { at: later }]) {
      const failure = await failureOf(life.moves.publish(on(rule), wanted))
      expect(failure.code).toBe('rule_approval_missing')
    }
    await life.moves.approve(on(rule, ben), 1)
    expect(await life.moves.publish(on(rule), {})).toMatchObject({ status: 'published' })
    const { version } = await life.versions.get(rule.id, 1)
    expect(version).toMatchObject({ approved_by: 'key:ben', published_by: 'key:ann' })
  })

  // With the keys of one owner, one person could approve what they wrote themselves.
  it('neither the author nor the last editor approves, nor another key of theirs', async () => {
    const life = rules.newLife({ isApprovalRequired: true })
    const rule = await draftNew(life)
    const annAgain = { by: 'key:another', ownerId: 'ann' }
    for (const actor of [ann, annAgain])
      expect((await failureOf(life.moves.approve(on(rule, actor), 1))).code).toBe(
        'approval_by_author',
      )
    await life.versions.edit(on(rule, ben), { version: 1, content: paying(2) })
    expect((await failureOf(life.moves.approve(on(rule, ben), 1))).code).toBe('approval_by_author')
    await life.moves.approve(on(rule, eve), 1)
    await life.moves.publish(on(rule, ann), {})
  })

  it('an edit takes the approval away', async () => {
    const life = rules.newLife({ isApprovalRequired: true })
    const rule = await draftNew(life)
    await life.moves.approve(on(rule, ben), 1)
    await life.versions.edit(on(rule), { version: 1, content: paying(2) })
    expect((await failureOf(life.moves.publish(on(rule), {}))).code).toBe('rule_approval_missing')
  })

  it('a rollback needs one that the earlier version had', async () => {
    const life = rules.newLife({ isApprovalRequired: true })
    const rule = await publishNew()
    await life.versions.draft(on(rule), paying(2))
    await life.moves.approve(on(rule, ben), 2)
    await life.moves.publish(on(rule), {})
    const failure = await failureOf(life.moves.rollBack(on(rule), { version: 1 }))
    expect(failure.code).toBe('rule_approval_missing')
    await life.versions.draft(on(rule), paying(3))
    await life.moves.approve(on(rule, ben), 3)
    await life.moves.publish(on(rule), {})
    expect(await life.moves.rollBack(on(rule), { version: 2 })).toMatchObject({ version: 4 })
  })

  it('the example rules are drafts', async () => {
    const life = rules.newLife({ isApprovalRequired: true })
    const { rules: seeded, isNew } = await life.store.seedExamples(ann)
    expect([isNew, seeded.map(({ status }) => status)]).toEqual([true, ['draft', 'draft']])
    expect(await life.store.seedExamples(ann)).toEqual({ rules: seeded, isNew: false })
  })
})

describe('If-Match', () => {
  it('refuses a change of what has changed since, and takes any of a list or a star', async () => {
    const rule = await publishNew()
    const rename = (ifMatch: string) =>
      rules.life.versions.rename(on(rule, ann, ifMatch), { description: ifMatch })
    await rename('"1"')
    const failure = await failureOf(rename('"1"'))
    expect(failure).toMatchObject({ code: 'rule_changed', facts: { revision: 2 } })
    await rename('"7", "2"')
    await rename('*')
    for (const other of ['4', 'W/"4"', '""', 'nonsense', '"04"'])
      expect((await failureOf(rename(other))).code).toBe('rule_changed')
    // Whoever is behind learns that first, whatever else would stand in the way.
    const resume = rules.life.moves.resume(on(rule, ann, '"1"'), null)
    expect((await failureOf(resume)).code).toBe('rule_changed')
  })
})
