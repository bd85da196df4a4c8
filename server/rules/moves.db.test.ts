import type { Rule } from '@pineos/contract/rules.ts'
import { describe, expect, it } from 'vitest'
import type { RuleStatus, VersionStatus } from './moves.ts'
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

const later = '2027-02-01T00:00:00.000Z'

/** A rule in each status: version 1 says 1, version 2 says 2 and is a draft; version 3 is scheduled. */
const reach: Readonly<Record<RuleStatus, () => Promise<Rule>>> = {
  async draft() {
    const content = { name: 'r', rule_json: paying(1), status: 'draft' } as const
    const { rule } = await rules.life.store.create(content, ann)
    return withDrafts(rule)
  },
  async published() {
    const { rule } = await rules.life.store.create({ name: 'r', rule_json: paying(1) }, ann)
    return withDrafts(rule)
  },
  async paused() {
    const rule = await reach.published()
    return rules.life.moves.pause(on(rule), 'Looking into it')
  },
  async retired() {
    const rule = await reach.published()
    return rules.life.moves.retire(on(rule), null)
  },
}

async function withDrafts(rule: Rule): Promise<Rule> {
  const { versions, moves } = rules.life
  await versions.draft(on(rule), paying(2))
  await versions.draft(on(rule), paying(3))
  return moves.publish(on(rule), { version: 3, at: later })
}

type Make = (rule: Rule) => Promise<unknown>

/** Every move that can be asked for, and the status that it leads to from each; null where it is refused. */
const table: readonly (readonly [
  move: string,
  make: Make,
  leads: Readonly<Record<RuleStatus, RuleStatus | null>>,
])[] = [
  [
    'rename',
    (rule) => rules.life.versions.rename(on(rule), { name: 'other' }),
    { draft: 'draft', published: 'published', paused: 'paused', retired: null },
  ],
  [
    'draft',
    (rule) => rules.life.versions.draft(on(rule), paying(9)),
    { draft: 'draft', published: 'published', paused: 'paused', retired: null },
  ],
  [
    'edit',
    (rule) => rules.life.versions.edit(on(rule), { version: 2, content: paying(9) }),
    { draft: 'draft', published: 'published', paused: 'paused', retired: null },
  ],
  [
    'approve',
    (rule) => rules.life.moves.approve(on(rule, ben), 2),
    { draft: 'draft', published: 'published', paused: 'paused', retired: null },
  ],
  [
    'schedule',
    (rule) => rules.life.moves.publish(on(rule), { version: 2, at: later }),
    { draft: 'draft', published: 'published', paused: 'paused', retired: null },
  ],
  [
    'unschedule',
    (rule) => rules.life.moves.unschedule(on(rule), 3),
    { draft: 'draft', published: 'published', paused: 'paused', retired: null },
  ],
  [
    'publish',
    (rule) => rules.life.moves.publish(on(rule), { version: 2 }),
    { draft: 'published', published: 'published', paused: 'paused', retired: null },
  ],
  [
    'pause',
    (rule) => rules.life.moves.pause(on(rule), null),
    { draft: null, published: 'paused', paused: null, retired: null },
  ],
  [
    'resume',
    (rule) => rules.life.moves.resume(on(rule), null),
    { draft: null, published: null, paused: 'published', retired: null },
  ],
  [
    'retire',
    (rule) => rules.life.moves.retire(on(rule), null),
    { draft: 'retired', published: 'retired', paused: 'retired', retired: null },
  ],
]

const statuses: readonly RuleStatus[] = ['draft', 'published', 'paused', 'retired']
const cells = table.flatMap(([move, make, leads]) =>
  statuses.map((status) => ({ move, make, status, to: leads[status] })),
)

describe('a rule', () => {
  // A move that the table forgot, or allowed by mistake, would pay money by a rule that was stopped.
  it.each(cells)('that is $status leads by $move to $to', async ({ make, status, to }) => {
    const rule = await reach[status]()
    if (to === null) {
      const failure = await failureOf(make(rule))
      expect(failure).toMatchObject({ code: 'rule_state', facts: { state: status } })
      // Nothing of a refused move stays.
      expect(await rules.life.store.get(rule.id)).toMatchObject({ status, revision: rule.revision })
    } else {
      await make(rule)
      const after = await rules.life.store.get(rule.id)
      expect(after).toMatchObject({ status: to, revision: rule.revision + 1 })
      expect(after.is_active).toBe(to === 'published')
    }
  })

  it('says what is possible where something is not', async () => {
    const draft = await reach.draft()
    const failure = await failureOf(rules.life.moves.pause(on(draft), null))
    expect(failure.facts.possible).toContain('publish')
    expect(failure.facts.possible).not.toContain('fail_to_publish')
    expect(failure.message).toBe(
      'The rule is draft, so pause is not possible; what can be done is rename, draft, edit, approve, schedule, unschedule, change test cases, publish, retire.',
    )
    const retired = await failureOf(rules.life.moves.pause(on(await reach.retired()), null))
    expect(retired.facts.possible).toEqual([])
  })
})

/** A version in each status of a published rule, and its number. */
const reachVersion: Readonly<Record<VersionStatus, () => Promise<readonly [Rule, number]>>> = {
  draft: async () => [await reach.published(), 2],
  scheduled: async () => [await reach.published(), 3],
  published: async () => [await reach.published(), 1],
  async retired() {
    const rule = await reach.published()
    return [await rules.life.moves.publish(on(rule), { version: 2 }), 1]
  },
}

type MakeOfVersion = (rule: Rule, version: number) => Promise<unknown>
const versionTable: readonly (readonly [
  move: string,
  make: MakeOfVersion,
  leads: Readonly<Record<VersionStatus, VersionStatus | null>>,
])[] = [
  [
    'edit',
    (rule, version) => rules.life.versions.edit(on(rule), { version, content: paying(7) }),
    { draft: 'draft', scheduled: null, published: null, retired: null },
  ],
  [
    'approve',
    (rule, version) => rules.life.moves.approve(on(rule, ben), version),
    { draft: 'draft', scheduled: null, published: null, retired: null },
  ],
  [
    'schedule',
    (rule, version) => rules.life.moves.publish(on(rule), { version, at: later }),
    { draft: 'scheduled', scheduled: 'scheduled', published: null, retired: null },
  ],
  [
    'unschedule',
    (rule, version) => rules.life.moves.unschedule(on(rule), version),
    { draft: null, scheduled: 'draft', published: null, retired: null },
  ],
  [
    'publish',
    (rule, version) => rules.life.moves.publish(on(rule), { version }),
    { draft: 'published', scheduled: 'published', published: null, retired: null },
  ],
  [
    'restore',
    (rule, version) => rules.life.moves.rollBack(on(rule), { version }),
    { draft: null, scheduled: null, published: null, retired: 'retired' },
  ],
]
const versionStatuses: readonly VersionStatus[] = ['draft', 'scheduled', 'published', 'retired']
const versionCells = versionTable.flatMap(([move, make, leads]) =>
  versionStatuses.map((status) => ({ move, make, status, to: leads[status] })),
)

describe('a version', () => {
  it.each(versionCells)('that is $status leads by $move to $to', async ({ make, status, to }) => {
    const [rule, version] = await reachVersion[status]()
    if (to === null) {
      const failure = await failureOf(make(rule, version))
      expect(failure).toMatchObject({ code: 'rule_state', facts: { state: status } })
    } else await make(rule, version)
    const after = await rules.life.versions.get(rule.id, version)
    expect(after.version.status).toBe(to ?? status)
  })

  it('that there is not is refused by every move that names one', async () => {
    const rule = await reach.published()
    for (const [, make] of versionTable) {
      expect((await failureOf(make(rule, 99))).code).toBe('rule_version_not_found')
    }
    const { versions } = rules.life
    for (const work of [
      () => versions.get(rule.id, 99),
      () => versions.differences(rule.id, { from: 1, to: 99 }),
    ])
      expect((await failureOf(work())).code).toBe('rule_version_not_found')
  })
})
