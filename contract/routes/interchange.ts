import { ExportedRule, ImportedRule, ImportRuleRequest, InterchangeFormat } from '../interchange.ts'
import { closed, EntityId } from '../primitives.ts'
import { route } from '../route.ts'

export const interchangeRoutes = {
  importRule: route({
    method: 'POST',
    path: '/api/v1/rules/import',
    tag: 'Rules',
    summary: 'Read a rule of another engine',
    description:
      'A preview: nothing is stored. Lists what cannot be expressed, with which there is no rule, and where the rule is narrower.',
    scope: 'rules:read',
    body: ImportRuleRequest,
    replies: { 200: ImportedRule },
    problems: [],
  }),
  exportRule: route({
    method: 'GET',
    path: '/api/v1/rules/{id}/export',
    tag: 'Rules',
    summary: 'Write a rule for another engine',
    description: 'Lists what of the rule cannot be expressed in the format.',
    scope: 'rules:read',
    parameters: closed({ id: EntityId }),
    query: closed({ format: InterchangeFormat }),
    replies: { 200: ExportedRule },
    problems: ['rule_not_found'],
  }),
}
