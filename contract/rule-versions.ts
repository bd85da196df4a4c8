import { type Static, Type } from 'typebox'
import { Finding } from './findings.ts'
import { closed, EntityId, Instant, literals, nullable, text } from './primitives.ts'
import { RuleJson } from './rules.ts'

export const ruleVersionStatuses = ['draft', 'scheduled', 'published', 'retired'] as const

export const VersionNumber = Type.Integer({
  minimum: 1,
  maximum: 2_147_483_647,
  description: 'Number of the version, from 1 within its rule',
})

/** A span in which a version was in force; `until` is exclusive. */
export const RuleTerm = closed(
  {
    from_set_version: Type.Integer({ description: 'The version of the rule set it came with' }),
    until_set_version: nullable(Type.Integer({ description: 'null while it is in force' })),
    from: Instant,
    until: nullable(Instant),
  },
  { title: 'RuleTerm' },
)
export type RuleTerm = Static<typeof RuleTerm>

export const RuleVersion = closed(
  {
    rule_id: EntityId,
    version: VersionNumber,
    status: literals(ruleVersionStatuses, 'Where the version is in its life'),
    rule_json: RuleJson,
    created_at: Instant,
    created_by: Type.String(),
    edited_at: nullable(Instant),
    edited_by: nullable(Type.String()),
    approved_at: nullable(Instant),
    approved_by: nullable(Type.String()),
    scheduled_for: nullable(Instant),
    scheduled_by: nullable(Type.String()),
    published_at: nullable(Instant),
    published_by: nullable(Type.String()),
    retired_at: nullable(Instant),
    in_force: Type.Array(RuleTerm, { description: 'When events were judged by it' }),
    findings: Type.Optional(
      Type.Array(Finding, { description: 'What the checks say; not in lists' }),
    ),
  },
  { title: 'RuleVersion' },
)
export type RuleVersion = Static<typeof RuleVersion>

export const RuleContent = closed({ rule_json: RuleJson }, { title: 'RuleContent' })

const Reason = text(500, 'Why, for whoever reads the history', 'The partner has stopped the offer')

export const ReasonRequest = closed({ reason: Type.Optional(Reason) }, { title: 'ReasonRequest' })

export const acknowledgedMax = 100

const acknowledge = Type.Optional(
  Type.Array(Type.String({ minLength: 1, maxLength: 100 }), {
    maxItems: acknowledgedMax,
    uniqueItems: true,
    description: 'Codes of the warnings that you have seen',
    examples: [['limit_missing']],
  }),
)

export const PublishRequest = closed(
  {
    version: Type.Optional(VersionNumber),
    at: Type.Optional(Instant),
    acknowledge,
  },
  { title: 'PublishRequest' },
)
export type PublishRequest = Static<typeof PublishRequest>

export const RollbackRequest = closed(
  { version: VersionNumber, acknowledge, reason: Type.Optional(Reason) },
  { title: 'RollbackRequest' },
)
export type RollbackRequest = Static<typeof RollbackRequest>

export const VersionRequest = closed({ version: VersionNumber }, { title: 'VersionRequest' })

export const RuleDetails = closed(
  {
    name: Type.Optional(text(200, 'What people call the rule', 'Paid User Referral Bonus')),
    description: Type.Optional(
      nullable(Type.String({ maxLength: 2_000, format: 'storable-text' })),
    ),
  },
  { title: 'RuleDetails' },
)
export type RuleDetails = Static<typeof RuleDetails>

export const CheckRequest = closed(
  { rule_json: RuleJson, rule_id: Type.Optional(EntityId) },
  { title: 'CheckRequest' },
)

export const CheckReply = closed(
  {
    ok: Type.Boolean({ description: 'Whether it could be published: no finding is an error' }),
    findings: Type.Array(Finding),
  },
  { title: 'CheckReply' },
)

/** One difference between two versions of a rule. */
export const RuleDifference = closed(
  {
    kind: literals(['added', 'removed', 'changed', 'moved'], 'What became of it'),
    before_pointer: nullable(Type.String({ description: 'JSON pointer into the older content' })),
    after_pointer: nullable(Type.String({ description: 'JSON pointer into the newer content' })),
    before: Type.Optional(Type.Unknown()),
    after: Type.Optional(Type.Unknown()),
  },
  { title: 'RuleDifference' },
)

export const RuleDifferences = closed(
  {
    from: VersionNumber,
    to: VersionNumber,
    differences: Type.Array(RuleDifference),
    sentences: Type.Array(
      closed({
        kind: literals(['added', 'removed'], 'What became of the sentence'),
        text: Type.String(),
      }),
      { description: 'The same as people say it' },
    ),
  },
  { title: 'RuleDifferences' },
)
export type RuleDifferences = Static<typeof RuleDifferences>

/** What can be done to a rule that is there. */
export const ruleMoves = [
  'rename',
  'draft',
  'edit',
  'approve',
  'schedule',
  'unschedule',
  'publish',
  'fail_to_publish',
  'pause',
  'resume',
  'retire',
  'roll_back',
  'change_test_cases',
] as const

export const ruleActions = ['create', ...ruleMoves] as const
export type RuleAction = (typeof ruleActions)[number]

export const RuleChange = closed(
  {
    revision: Type.Integer({ description: 'The revision that it led to' }),
    action: literals(ruleActions, 'What was done'),
    version: nullable(Type.Integer()),
    actor: Type.String({ description: 'Who did it', examples: ['key:01926f3c'] }),
    owner_id: Type.String({ description: 'Whose key it was' }),
    changed_at: Instant,
    reason: nullable(Type.String()),
    detail: Type.Unsafe<Readonly<Record<string, unknown>>>({
      type: 'object',
      additionalProperties: true,
      description: 'What else there is to say, such as the content before and after',
    }),
  },
  { title: 'RuleChange' },
)
export type RuleChange = Static<typeof RuleChange>
