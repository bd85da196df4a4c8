import { type Static, Type } from 'typebox'
import { closed, literals, nullable, text } from './primitives.ts'
import { RuleJson } from './rules.ts'

export const interchangeFormats = ['json-logic', 'json-rules-engine'] as const
export const InterchangeFormat = literals(interchangeFormats, 'The format of the document')
export type InterchangeFormat = Static<typeof InterchangeFormat>

const Finding = closed(
  {
    pointer: Type.String({
      description: 'Where in what was read, as a JSON pointer',
      examples: ['/and/0/>'],
    }),
    reason: Type.String(),
  },
  { title: 'InterchangeFinding' },
)

const findings = (description: string) => Type.Array(Finding, { description })

export const ImportRuleRequest = closed(
  {
    format: InterchangeFormat,
    document: Type.Unknown({
      description: 'What the other engine understands',
      examples: [{ '>': [{ var: 'purchase.amount_cents' }, 100_000] }],
    }),
    name: Type.Optional(text(200, 'What people call the rule', 'Large purchase bonus')),
  },
  { title: 'ImportRuleRequest' },
)
export type ImportRuleRequest = Static<typeof ImportRuleRequest>

export const ImportedRule = closed(
  {
    name: nullable(Type.String({ description: 'As it was given, else as the document has it' })),
    rule_json: nullable(RuleJson),
    unsupported: findings('What cannot be expressed: with any of it there is no rule'),
    differences: findings(
      'Where the rule is unknown, and so pays nothing, and the original decides',
    ),
  },
  { title: 'ImportedRule' },
)
export type ImportedRule = Static<typeof ImportedRule>

export const ExportedRule = closed(
  {
    format: InterchangeFormat,
    document: Type.Unknown({
      description: 'null where a condition cannot be expressed',
      examples: [{ '===': [{ var: 'referrer.is_paid_user' }, true] }],
    }),
    unsupported: findings('What of the rule is not in the document'),
    differences: findings('Where the document says something else of some events'),
  },
  { title: 'ExportedRule' },
)
export type ExportedRule = Static<typeof ExportedRule>
