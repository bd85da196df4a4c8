import { type Static, Type } from 'typebox'
import { Finding } from './findings.ts'
import {
  AmountCents,
  amountCentsMax,
  closed,
  EntityId,
  Instant,
  jsonObject,
  literals,
  nullable,
  text,
} from './primitives.ts'

/** A rule as it is written. Its shape is checked by the parser in core/rules, which can say more than a schema. */
export const RuleJson = jsonObject({
  description: 'conditions, logic and actions',
  examples: [
    {
      conditions: [{ field: 'referrer.is_paid_user', operator: '==', value: true }],
      logic: 'AND',
      actions: [
        { type: 'credit', user: 'referrer_id', amount_cents: 50_000, reward_id: 'referral_bonus' },
      ],
    },
  ],
})

export const ruleStatuses = ['draft', 'published', 'paused', 'retired'] as const

export const Rule = closed(
  {
    id: EntityId,
    name: Type.String(),
    description: nullable(Type.String()),
    rule_json: RuleJson,
    is_active: Type.Boolean({ description: 'Whether it is published: events are judged by it' }),
    version: Type.Integer({
      description: 'The version whose rule_json this is: the live one, or the latest of a draft',
    }),
    status: literals(ruleStatuses, 'Where the rule is in its life'),
    created_at: Instant,
    updated_at: Instant,
    revision: Type.Integer({ description: 'Grows by one with every change; the ETag' }),
    created_by: Type.String(),
    updated_by: Type.String(),
    live_version: nullable(
      Type.Integer({
        description: 'The version that events are judged by, or will be once it is resumed',
      }),
    ),
    latest_version: Type.Integer(),
    reason: nullable(Type.String({ description: 'Why it is paused or retired' })),
    findings: Type.Optional(
      Type.Array(Finding, { description: 'What the checks say; not in lists' }),
    ),
  },
  { title: 'Rule' },
)
export type Rule = Static<typeof Rule>

export const CreateRuleRequest = closed(
  {
    name: text(200, 'What people call the rule', 'Paid User Referral Bonus'),
    description: Type.Optional(Type.String({ maxLength: 2_000, format: 'storable-text' })),
    rule_json: RuleJson,
    status: Type.Optional(literals(['draft', 'published'], 'published at once where it is absent')),
  },
  { title: 'CreateRuleRequest' },
)
export type CreateRuleRequest = Static<typeof CreateRuleRequest>

export const ReadSentenceRequest = closed(
  {
    description: Type.String({
      minLength: 10,
      maxLength: 1_000,
      format: 'storable-text',
      description: 'The rule in a sentence',
      examples: ['Reward $50 to the referrer for a first purchase above $1,000'],
    }),
    rule_name: Type.Optional(text(200, 'What to call the rule', 'First purchase bonus')),
    save: Type.Optional(
      Type.Boolean({ description: 'Store it as a draft; without it nothing is stored' }),
    ),
  },
  { title: 'ReadSentenceRequest' },
)
export type ReadSentenceRequest = Static<typeof ReadSentenceRequest>

export const SentenceReading = closed(
  {
    rule: closed({
      id: nullable(EntityId),
      name: Type.String(),
      rule_json: RuleJson,
      status: nullable(literals(ruleStatuses, 'draft where it was stored, null for a preview')),
    }),
    explanation: Type.String({ description: 'The rule read back' }),
    assumptions: Type.Array(Type.String(), { description: 'What the sentence did not say' }),
    questions: Type.Array(Type.String(), {
      description: 'Nothing: with a question open it is refused',
    }),
  },
  { title: 'SentenceReading' },
)
export type SentenceReading = Static<typeof SentenceReading>

export const outcomes = ['true', 'false', 'unknown'] as const

export const ConditionResult = closed(
  {
    node: Type.String({
      description: 'Where in the rule, as a JSON pointer',
      examples: ['/conditions/0'],
    }),
    field: Type.String(),
    operator: Type.String(),
    expected: Type.Unknown(),
    actual: Type.Unknown(),
    outcome: literals(
      outcomes,
      'unknown where the fact is missing, null or of another type; unknown never pays',
    ),
    detail: Type.String({ description: 'The same in a sentence' }),
  },
  { title: 'ConditionResult' },
)
export type ConditionResult = Static<typeof ConditionResult>

const actionFields = {
  action_type: literals(['credit', 'debit'], 'What the action does'),
  user_id: nullable(Type.String()),
  amount_cents: Type.Integer({
    minimum: 0,
    maximum: amountCentsMax,
    description:
      'Amount in minor units of the currency; 0 where nothing is due or it is not known how much, which `problem` then says',
  }),
  currency: Type.String(),
  reward_id: nullable(Type.String()),
  problem: nullable(closed({ code: Type.String(), detail: Type.String() })),
  notes: Type.Optional(
    Type.Array(Type.String(), {
      description: 'What has changed the amount on its way: modifiers and limits, in sentences',
    }),
  ),
}

export const PlannedAction = closed(actionFields, { title: 'PlannedAction' })
export type PlannedAction = Static<typeof PlannedAction>

export const ActionResult = closed(
  {
    success: Type.Boolean(),
    entry_id: nullable(EntityId),
    is_duplicate: Type.Boolean(),
    ...actionFields,
  },
  { title: 'ActionResult' },
)
export type ActionResult = Static<typeof ActionResult>

export const standings = [
  'not_met',
  'unknown',
  'off_schedule',
  'not_rolled_out',
  'held_out',
  'denied',
  'met',
] as const

export const RuleResult = closed(
  {
    rule_id: EntityId,
    rule_name: Type.String(),
    rule_version: Type.Integer(),
    conditions_met: Type.Boolean(),
    outcome: literals(outcomes, 'Of all conditions together'),
    standing: Type.Optional(
      literals(
        standings,
        'Where the rule stands with the event; only one that is met executes its actions',
      ),
    ),
    reason: Type.Optional(
      Type.String({ description: 'Why it pays nothing although its conditions are met' }),
    ),
    is_shadow: Type.Optional(
      Type.Boolean({
        description: 'True for a rule that is only tried: nothing was posted for it',
      }),
    ),
    would_pay: Type.Optional(
      Type.Array(PlannedAction, { description: 'Of a shadow, what it would have paid' }),
    ),
    conditions: Type.Array(ConditionResult),
    actions_executed: Type.Array(ActionResult),
  },
  { title: 'RuleResult' },
)
export type RuleResult = Static<typeof RuleResult>

export const Confirmation = closed(
  {
    entry_id: EntityId,
    confirmed_entry_id: EntityId,
    user_id: Type.String(),
    amount_cents: AmountCents,
    currency: Type.String(),
  },
  { title: 'Confirmation' },
)
export type Confirmation = Static<typeof Confirmation>

const decisionFields = {
  rules_evaluated: Type.Integer(),
  rules_triggered: Type.Integer({ description: 'Rules that are met, shadows not among them' }),
  results: Type.Array(RuleResult),
  confirmations: Type.Optional(
    Type.Array(Confirmation, {
      description: 'Pending credits that have waited for this event and are available now',
    }),
  ),
}

export const Decision = closed(decisionFields, { title: 'Decision' })
export type Decision = Static<typeof Decision>

export const eventDataBytesMax = 65_536

export const EventData = jsonObject({
  description: 'The facts of the event, at most 64 KiB',
  examples: [
    {
      event_id: 'evt-1001',
      referrer_id: 'alice',
      referrer: { is_paid_user: true },
      referred: { subscription_status: 'active' },
    },
  ],
  bytesMax: eventDataBytesMax,
})

export const EvaluateRequest = closed(
  {
    event_data: EventData,
    rule_id: Type.Optional(EntityId),
    dry_run: Type.Optional(
      Type.Boolean({ description: 'Judge only: nothing is stored and nothing is paid' }),
    ),
  },
  { title: 'EvaluateRequest' },
)
export type EvaluateRequest = Static<typeof EvaluateRequest>

export const EvaluateReply = closed(
  {
    event_data: EventData,
    is_duplicate: Type.Boolean(),
    ...decisionFields,
  },
  { title: 'EvaluateReply' },
)
export type EvaluateReply = Static<typeof EvaluateReply>
