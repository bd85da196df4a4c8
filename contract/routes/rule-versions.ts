import { Type } from 'typebox'
import { closed, EntityId, Limit, nullable } from '../primitives.ts'
import type { ProblemCode } from '../problems.ts'
import { route } from '../route.ts'
import {
  RuleChange,
  RuleContent,
  RuleDetails,
  RuleDifferences,
  RuleVersion,
  VersionNumber,
} from '../rule-versions.ts'
import { Rule } from '../rules.ts'

const one = closed({ id: EntityId })
const oneVersion = closed({ id: EntityId, version: VersionNumber })
const Cursor = Type.String({ maxLength: 200, description: 'next_cursor of the page before' })
const page = closed({ limit: Type.Optional(Limit), cursor: Type.Optional(Cursor) })
const changing = ['rule_not_found', 'rule_state'] as const satisfies readonly ProblemCode[]

/** What a rule says: its versions, and how they came about. */
export const ruleVersionsRoutes = {
  updateRule: route({
    method: 'PATCH',
    path: '/api/v1/rules/{id}',
    tag: 'Rules',
    summary: 'Change name and description of a rule',
    scope: 'rules:write',
    ifMatch: true,
    parameters: one,
    body: RuleDetails,
    replies: { 200: Rule },
    problems: changing,
  }),
  createRuleVersion: route({
    method: 'POST',
    path: '/api/v1/rules/{id}/versions',
    tag: 'Rules',
    summary: 'Draft a new version of a rule',
    description: 'Nothing is judged by it before it is published; until then it can be edited.',
    scope: 'rules:write',
    ifMatch: true,
    parameters: one,
    body: RuleContent,
    replies: { 201: RuleVersion },
    problems: [...changing, 'rule_invalid'],
  }),
  listRuleVersions: route({
    method: 'GET',
    path: '/api/v1/rules/{id}/versions',
    tag: 'Rules',
    summary: 'List the versions of a rule, newest first',
    scope: 'rules:read',
    parameters: one,
    query: page,
    replies: {
      200: closed(
        { versions: Type.Array(RuleVersion), next_cursor: nullable(Type.String()) },
        { title: 'RuleVersionPage' },
      ),
    },
    problems: ['rule_not_found'],
  }),
  getRuleVersion: route({
    method: 'GET',
    path: '/api/v1/rules/{id}/versions/{version}',
    tag: 'Rules',
    summary: 'One version of a rule, with what the checks say of it',
    scope: 'rules:read',
    parameters: oneVersion,
    replies: { 200: RuleVersion },
    problems: ['rule_not_found', 'rule_version_not_found'],
  }),
  editRuleVersion: route({
    method: 'PUT',
    path: '/api/v1/rules/{id}/versions/{version}',
    tag: 'Rules',
    summary: 'Edit a version that is a draft',
    description: 'An approval that it had is gone. What was published or scheduled is not edited.',
    scope: 'rules:write',
    ifMatch: true,
    parameters: oneVersion,
    body: RuleContent,
    replies: { 200: RuleVersion },
    problems: [...changing, 'rule_version_not_found', 'rule_invalid'],
  }),
  diffRuleVersions: route({
    method: 'GET',
    path: '/api/v1/rules/{id}/diff',
    tag: 'Rules',
    summary: 'What differs between two versions of a rule, in JSON and in sentences',
    scope: 'rules:read',
    parameters: one,
    query: closed({ from: VersionNumber, to: VersionNumber }),
    replies: { 200: RuleDifferences },
    problems: ['rule_not_found', 'rule_version_not_found'],
  }),
  listRuleChanges: route({
    method: 'GET',
    path: '/api/v1/rules/{id}/changes',
    tag: 'Rules',
    summary: 'Every change of a rule, newest first: who did what, and when',
    scope: 'rules:read',
    parameters: one,
    query: page,
    replies: {
      200: closed(
        { changes: Type.Array(RuleChange), next_cursor: nullable(Type.String()) },
        { title: 'RuleChangePage' },
      ),
    },
    problems: ['rule_not_found'],
  }),
}
