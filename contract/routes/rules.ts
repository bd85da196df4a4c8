import { Type } from 'typebox'
import { closed, EntityId } from '../primitives.ts'
import { journalProblems, route } from '../route.ts'
import { RuleMetric } from '../rule-metrics.ts'
import {
  CreateRuleRequest,
  EvaluateReply,
  EvaluateRequest,
  ReadSentenceRequest,
  Rule,
  SentenceReading,
} from '../rules.ts'

const SeededRules = closed(
  { message: Type.String(), rules: Type.Array(Rule) },
  { title: 'SeededRules' },
)

export const rulesRoutes = {
  createRule: route({
    method: 'POST',
    path: '/api/v1/rules',
    tag: 'Rules',
    summary: 'Create a rule',
    description:
      'Published at once (201), with what the checks warn of in `findings`, or stored as a draft with `status: "draft"`. A rule that cannot be understood is refused with a pointer to each fault, and so is one with errors unless it is a draft. Where RULE_APPROVAL is set, what would be published at once is stored as a draft that waits for approval (202).',
    scope: 'rules:write',
    body: CreateRuleRequest,
    replies: { 201: Rule, 202: Rule },
    problems: ['rule_invalid'],
  }),
  listRules: route({
    method: 'GET',
    path: '/api/v1/rules',
    tag: 'Rules',
    summary: 'List rules, oldest first',
    scope: 'rules:read',
    query: closed({
      active_only: Type.Optional(Type.Boolean({ description: 'true where it is absent' })),
    }),
    replies: { 200: Type.Array(Rule) },
    problems: [],
  }),
  listRuleMetrics: route({
    method: 'GET',
    path: '/api/v1/rules/metrics',
    tag: 'Rules',
    summary: 'What is counted for rules, newest first',
    description:
      'A version of a rule that goes by something new is `scheduled` until the stored events are counted; here is how far that is.',
    scope: 'rules:read',
    replies: { 200: Type.Array(RuleMetric) },
    problems: [],
  }),
  getRule: route({
    method: 'GET',
    path: '/api/v1/rules/{id}',
    tag: 'Rules',
    summary: 'One rule, with what the checks say of it',
    description: 'The ETag is its revision, for If-Match.',
    scope: 'rules:read',
    parameters: closed({ id: EntityId }),
    replies: { 200: Rule },
    problems: ['rule_not_found'],
  }),
  evaluateRules: route({
    method: 'POST',
    path: '/api/v1/rules/evaluate',
    tag: 'Rules',
    summary: 'Evaluate an event and pay what it earns',
    description:
      '`event_data.event_id` or an Idempotency-Key names the event. The same event again reports `is_duplicate` and pays nothing. With `dry_run` nothing is stored.',
    scope: 'rules:write',
    idempotencyKey: 'optional',
    body: EvaluateRequest,
    replies: { 200: EvaluateReply },
    problems: [...journalProblems, 'idempotency_key_missing', 'event_id_reused', 'rule_not_found'],
  }),
  readSentence: route({
    method: 'POST',
    path: '/api/v1/rules/nl-to-rule',
    tag: 'Rules',
    summary: 'Read a sentence as a rule',
    description:
      'A preview, or a stored draft with `save`. What cannot be read for sure is refused with questions; nothing is ever published.',
    scope: 'rules:write',
    body: ReadSentenceRequest,
    replies: { 200: SentenceReading, 201: SentenceReading },
    problems: ['sentence_unclear'],
  }),
  seedExampleRules: route({
    method: 'POST',
    path: '/api/v1/rules/seed-examples',
    tag: 'Rules',
    summary: 'Create the two example rules, once',
    scope: 'rules:write',
    replies: { 201: SeededRules, 200: SeededRules },
    problems: [],
  }),
}
