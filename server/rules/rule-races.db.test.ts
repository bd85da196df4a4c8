import type { Rule } from '@pineos/contract/rules.ts'
import { describe, expect, it } from 'vitest'
import { Failure } from '../failure.ts'
import {
  ann,
  ben,
  type Life,
  type LivingRules,
  on,
  paying,
  useLivingRules,
} from './rules.fixture.ts'

let rules: LivingRules
let processes: readonly Life[] = []
useLivingRules((living) => {
  rules = living
  processes = [living.life, living.newLife(), living.newLife(), living.newLife()]
})

const publishNew = async () =>
  (await rules.life.store.create({ name: 'r', rule_json: paying(1) }, ann)).rule

/** Lets every process do the same at once; gives how often it was done and the codes of the refusals. */
async function race(work: (life: Life, index: number) => Promise<unknown>) {
  const outcomes = await Promise.allSettled(processes.map(work))
  const refusals = outcomes.flatMap((outcome) =>
    outcome.status === 'rejected' ? [outcome.reason as unknown] : [],
  )
  const codes = refusals.map((reason) => (reason instanceof Failure ? reason.code : String(reason)))
  return { done: outcomes.length - refusals.length, codes }
}

/** Revisions without gaps, one term open at most, terms that do not overlap, one version published. */
async function expectWhole(rule: Rule): Promise<void> {
  const { revision, status, live_version } = await rules.life.store.get(rule.id)
  const changes = await rules.life.versions.changes(rule.id, { limit: 999, before: undefined })
  expect(changes.map((change) => change.revision).sort((a, b) => a - b)).toEqual(
    Array.from({ length: revision }, (_, index) => index + 1),
  )
  const terms = await rules.query<{ version: number; from: bigint; until: bigint | null }>(
    `select version, in_force_from as from, in_force_until as until from rule_terms
     where rule_id = $1::uuid order by in_force_from`,
    [rule.id],
  )
  for (const [index, term] of terms.slice(1).entries())
    expect(terms[index]?.until ?? Number.POSITIVE_INFINITY).toBeLessThanOrEqual(term.from)
  const open = terms.filter(({ until }) => until === null).map(({ version }) => version)
  expect(open).toEqual(status === 'published' ? [live_version] : [])
}

describe('several processes at once', () => {
  it('publish one version once', async () => {
    const rule = await publishNew()
    await rules.life.versions.draft(on(rule), paying(2))
    const { done, codes } = await race((life) => life.moves.publish(on(rule), { version: 2 }))
    expect([done, codes]).toEqual([1, ['rule_state', 'rule_state', 'rule_state']])
    expect((await rules.life.store.get(rule.id)).revision).toBe(3)
    await expectWhole(rule)
  })

  it('publish different versions one after the other, and the last one is in force', async () => {
    const rule = await publishNew()
    for (const _process of processes) await rules.life.versions.draft(on(rule), paying(2))
    const { done } = await race((life, index) =>
      life.moves.publish(on(rule), { version: index + 2 }),
    )
    expect(done).toBe(processes.length)
    await expectWhole(rule)
  })

  it('with the same ETag change it once', async () => {
    const rule = await publishNew()
    const { done, codes } = await race((life, index) =>
      life.versions.rename(on(rule, ann, '"1"'), { name: `n${index}` }),
    )
    expect([done, codes]).toEqual([1, ['rule_changed', 'rule_changed', 'rule_changed']])
    await expectWhole(rule)
  })

  // An approval of what was edited a moment before would be one of something nobody has read.
  it('approve and edit: an approval that is left is of the content that is published', async () => {
    for (let turn = 0; turn < 10; turn++) {
      const { rule } = await rules.life.store.create(
        { name: 'r', rule_json: paying(1), status: 'draft' },
        ann,
      )
      await race((life, index) =>
        index % 2 === 0
          ? life.moves.approve(on(rule, { by: `key:${index}`, ownerId: `o${index}` }), 1)
          : life.versions.edit(on(rule, ben), { version: 1, content: paying(index + 10) }),
      )
      const changes = await rules.life.versions.changes(rule.id, { limit: 9, before: undefined })
      const { version } = await rules.life.versions.get(rule.id, 1)
      expect(version.approved_at !== null).toBe(changes[0]?.action === 'approve')
      await expectWhole(rule)
    }
  })

  it('edit and publish: what is in force is what was published, never an edit after it', async () => {
    for (let turn = 0; turn < 10; turn++) {
      const rule = await publishNew()
      await rules.life.versions.draft(on(rule), paying(2))
      await race((life, index) =>
        index === 0
          ? life.moves.publish(on(rule), { version: 2 })
          : life.versions.edit(on(rule), { version: 2, content: paying(index + 10) }),
      )
      const changes = await rules.life.versions.changes(rule.id, { limit: 9, before: undefined })
      // Nothing after the publication has changed the version: the publication is the newest change.
      expect(changes[0]?.action).toBe('publish')
      const lastEdit = changes.find(({ action }) => action === 'edit')
      const live = await rules.life.store.get(rule.id)
      expect(live.rule_json).toEqual(lastEdit ? lastEdit.detail['after'] : paying(2))
      await expectWhole(rule)
    }
  })

  it('pause, resume, publish and retire in any order leave it whole', async () => {
    for (let turn = 0; turn < 10; turn++) {
      const rule = await publishNew()
      await rules.life.versions.draft(on(rule), paying(2))
      await race(
        (life, index) =>
          [
            () => life.moves.pause(on(rule), null),
            () => life.moves.publish(on(rule), {}),
            () => life.moves.resume(on(rule), null),
            () => (turn % 2 ? life.moves.retire(on(rule), null) : life.moves.pause(on(rule), null)),
          ][index]?.() ?? Promise.resolve(),
      )
      await expectWhole(rule)
    }
  })

  it('create and change many rules: the versions of the set are used once each', async () => {
    await race(async (life) => {
      for (let turn = 0; turn < 5; turn++) {
        const { rule } = await life.store.create({ name: 'r', rule_json: paying(1) }, ann)
        await life.moves.pause(on(rule), null)
      }
    })
    const [set] = await rules.query<{ version: bigint }>('select version from rule_set')
    const used = await rules.query<{ version: bigint }>(
      `select in_force_from as version from rule_terms
       union all
       select t.in_force_until from rule_terms t
       where t.in_force_until is not null
         and not exists (select from rule_terms n
                         where n.rule_id = t.rule_id and n.in_force_from = t.in_force_until)`,
    )
    const versions = used.map(({ version }) => version)
    expect(new Set(versions).size).toBe(versions.length)
    expect(versions.reduce((a, b) => (a > b ? a : b), 0n)).toBe(set?.version)
  })
})
