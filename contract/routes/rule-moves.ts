import { closed, EntityId } from '../primitives.ts'
import type { ProblemCode } from '../problems.ts'
import { route } from '../route.ts'
import {
  CheckReply,
  CheckRequest,
  PublishRequest,
  ReasonRequest,
  RollbackRequest,
  VersionRequest,
} from '../rule-versions.ts'
import { Rule } from '../rules.ts'

const one = closed({ id: EntityId })
const changing = ['rule_not_found', 'rule_state'] as const satisfies readonly ProblemCode[]
const publishing = [
  ...changing,
  'rule_version_not_found',
  'rule_invalid',
  'rule_warnings',
  'rule_approval_missing',
  'test_cases_red',
] as const satisfies readonly ProblemCode[]

const move = {
  method: 'POST',
  tag: 'Rules',
  scope: 'rules:write',
  ifMatch: true,
  parameters: one,
  replies: { 200: Rule },
} as const

/** From draft to live, and what may become of a rule after that. */
export const ruleMovesRoutes = {
  checkRule: route({
    method: 'POST',
    path: '/api/v1/rules/check',
    tag: 'Rules',
    summary: 'Check a rule without storing it',
    description:
      'Everything that can be said of it, faults included. With `rule_id` it is checked as a version of that rule.',
    scope: 'rules:read',
    body: CheckRequest,
    replies: { 200: CheckReply },
    problems: [],
  }),
  publishRule: route({
    ...move,
    path: '/api/v1/rules/{id}/publish',
    summary: 'Publish a version, now or at a time',
    description:
      'The latest version where none is named. The checks must find no error, warnings must be acknowledged, the test cases must come out as they should. With `at` in the future it is scheduled, and all of that is asked again when its time has come. A rule that is paused stays so.',
    bodyOptional: true,
    body: PublishRequest,
    problems: publishing,
  }),
  unscheduleRule: route({
    ...move,
    path: '/api/v1/rules/{id}/unschedule',
    summary: 'Make a draft of a scheduled version again',
    body: VersionRequest,
    problems: [...changing, 'rule_version_not_found'],
  }),
  approveRule: route({
    ...move,
    path: '/api/v1/rules/{id}/approve',
    summary: 'Approve a version of somebody else',
    description: 'By a key of another owner than those of its author and its last editor.',
    body: VersionRequest,
    problems: [...changing, 'rule_version_not_found', 'approval_by_author'],
  }),
  pauseRule: route({
    ...move,
    path: '/api/v1/rules/{id}/pause',
    summary: 'Pause a rule: nothing is judged by it until it is resumed',
    bodyOptional: true,
    body: ReasonRequest,
    problems: changing,
  }),
  resumeRule: route({
    ...move,
    path: '/api/v1/rules/{id}/resume',
    summary: 'Resume a paused rule',
    bodyOptional: true,
    body: ReasonRequest,
    problems: changing,
  }),
  retireRule: route({
    ...move,
    path: '/api/v1/rules/{id}/retire',
    summary: 'Retire a rule for good',
    description: 'Nothing is judged by it any more, and nothing more can be done to it.',
    bodyOptional: true,
    body: ReasonRequest,
    problems: changing,
  }),
  rollBackRule: route({
    ...move,
    path: '/api/v1/rules/{id}/rollback',
    summary: 'Publish what an earlier version said, as a new version',
    description:
      'Of a version that was published once. Its approval, and the warnings that were acknowledged for it, count for the new one as well.',
    body: RollbackRequest,
    problems: publishing,
  }),
}
