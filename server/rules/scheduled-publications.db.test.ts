import { describe, expect, it } from 'vitest'
import { ann, ben, type LivingRules, on, paying, useLivingRules } from './rules.fixture.ts'

let rules: LivingRules
useLivingRules((living) => {
  rules = living
})

const hourMs = 3_600_000
const inHours = (hours: number) => new Date(rules.clock.nowMs + hours * hourMs).toISOString()

/** A rule whose version 2 is to be published in an hour, scheduled by Ben. */
async function scheduled(): Promise<string> {
  const { rule } = await rules.life.store.create({ name: 'r', rule_json: paying(1) }, ann)
  await rules.life.versions.draft(on(rule), paying(2))
  await rules.life.moves.publish(on(rule, ben), { at: inHours(1) })
  return rule.id
}

const read = (id: string) => rules.life.store.get(id)
const lastChange = async (id: string) =>
  (await rules.life.versions.changes(id, { limit: 1, before: undefined }))[0]

async function drain(): Promise<void> {
  while (await rules.life.publications.run());
}

describe('a scheduled version', () => {
  it('is published when its time has come and not before, by whoever scheduled it', async () => {
    const id = await scheduled()
    const at = inHours(1)
    rules.clock.nowMs += hourMs - 1
    await drain()
    expect(await read(id)).toMatchObject({ live_version: 1, revision: 3 })
    rules.clock.nowMs += 1
    await drain()
    expect(await read(id)).toMatchObject({ live_version: 2, revision: 4, updated_by: 'key:ben' })
    expect(await lastChange(id)).toMatchObject({
      action: 'publish',
      version: 2,
      actor: 'key:ben',
      owner_id: 'ben',
      detail: { scheduled_for: at },
    })
    const { version } = await rules.life.versions.get(id, 2)
    expect(version).toMatchObject({ status: 'published', scheduled_for: null })
    await drain()
    expect((await read(id)).revision).toBe(4)
  })

  // Two processes look at the same moment: two publications would end the term of the second version.
  it('is published exactly once, however many processes look', async () => {
    const ids = await Promise.all(Array.from({ length: 8 }, scheduled))
    const others = [rules.life, rules.newLife(), rules.newLife(), rules.newLife()]
    rules.clock.nowMs += hourMs
    await Promise.all(others.map((life) => life.publications.run()))
    await drain()
    for (const id of ids) {
      expect(await read(id)).toMatchObject({ live_version: 2, revision: 4 })
      const { version } = await rules.life.versions.get(id, 2)
      expect(version.in_force).toHaveLength(1)
    }
  })

  it('that may not be published any more is a draft again, and the history says why', async () => {
    const id = await scheduled()
    const other = await scheduled()
    rules.findings.list = [
      {
        code: 'fact_unknown',
        severity: 'error',
        pointer: '/conditions/0',
        message: 'No such fact.',
      },
    ]
    rules.clock.nowMs += hourMs
    await drain()
    for (const ruleId of [id, other]) {
      expect(await read(ruleId)).toMatchObject({ live_version: 1, revision: 4 })
      expect(await lastChange(ruleId)).toMatchObject({
        action: 'fail_to_publish',
        version: 2,
        actor: 'key:ben',
        reason: 'One fault was found in the rule.',
        detail: { code: 'rule_invalid', errors: [{ pointer: '/rule_json/conditions/0' }] },
      })
      const { version } = await rules.life.versions.get(ruleId, 2)
      expect(version).toMatchObject({ status: 'draft', scheduled_for: null, scheduled_by: null })
    }
    await drain()
    expect((await read(id)).revision).toBe(4)
  })

  it('does not end a pause', async () => {
    const id = await scheduled()
    await rules.life.moves.pause(on({ id }), 'Looking into it')
    rules.clock.nowMs += hourMs
    await drain()
    expect(await read(id)).toMatchObject({
      status: 'paused',
      live_version: 2,
      reason: 'Looking into it',
    })
    const { version } = await rules.life.versions.get(id, 2)
    expect(version.in_force).toEqual([])
    await rules.life.moves.resume(on({ id }), null)
    const resumed = await rules.life.versions.get(id, 2)
    expect(resumed.version.in_force).toHaveLength(1)
  })

  it('is a draft again once its rule is retired', async () => {
    const id = await scheduled()
    await rules.life.moves.retire(on({ id }), null)
    rules.clock.nowMs += hourMs
    await drain()
    expect(await read(id)).toMatchObject({ status: 'retired', version: 1, revision: 4 })
  })

  it('follows another, each at its own time, however late the service looks', async () => {
    const id = await scheduled()
    await rules.life.versions.draft(on({ id }), paying(3))
    await rules.life.moves.publish(on({ id }), { version: 3, at: inHours(2) })
    rules.clock.nowMs += 5 * hourMs
    await drain()
    expect(await read(id)).toMatchObject({ live_version: 3, rule_json: paying(3) })
  })

  it('can be given another time', async () => {
    const id = await scheduled()
    await rules.life.moves.publish(on({ id }), { version: 2, at: inHours(3) })
    rules.clock.nowMs += 2 * hourMs
    await drain()
    expect(await read(id)).toMatchObject({ live_version: 1 })
    rules.clock.nowMs += hourMs
    await drain()
    expect(await read(id)).toMatchObject({ live_version: 2, updated_by: 'key:ann' })
  })

  it('that meets a fault of ours does not hold up the others, and stays', async () => {
    const broken = await scheduled()
    const whole = await scheduled()
    const life = rules.newLife()
    await rules.query(
      `create function planted() returns trigger language plpgsql as
       $$ begin raise exception 'planted' using errcode = 'XX000'; end $$`,
    )
    await rules.query(
      `create trigger planted before update on rule_versions for each row
       when (new.rule_id = '${broken}'::uuid) execute function planted()`,
    )
    rules.clock.nowMs += hourMs
    await expect(life.publications.run()).rejects.toThrow('planted')
    expect(await read(whole)).toMatchObject({ live_version: 2 })
    expect(await read(broken)).toMatchObject({ live_version: 1, revision: 3 })
    await rules.query('drop trigger planted on rule_versions')
    await drain()
    expect(await read(broken)).toMatchObject({ live_version: 2 })
  })
})
