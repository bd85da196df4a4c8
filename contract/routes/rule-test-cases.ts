import { Type } from 'typebox'
import { closed, EntityId } from '../primitives.ts'
import type { ProblemCode } from '../problems.ts'
import { route } from '../route.ts'
import {
  GeneratedTestCases,
  GenerateRequest,
  RunRequest,
  StoredTestCase,
  TestCase,
  TestCasesRun,
  testCasesMax,
} from '../rule-test-cases.ts'

const one = closed({ id: EntityId })
const oneCase = closed({ id: EntityId, test_case_id: EntityId })
const path = '/api/v1/rules/{id}/test-cases'
const changing = ['rule_not_found', 'rule_state'] as const satisfies readonly ProblemCode[]

/** Test cases that are kept with a rule and hold every version of it to what it should do. */
export const ruleTestCasesRoutes = {
  createTestCase: route({
    method: 'POST',
    path,
    tag: 'Rules',
    summary: 'Keep a test case with a rule',
    description: `From then on nothing is published that does not come out so. A rule has at most ${testCasesMax}.`,
    scope: 'rules:write',
    ifMatch: true,
    parameters: one,
    body: TestCase,
    replies: { 201: StoredTestCase },
    problems: [...changing, 'test_cases_exceeded'],
  }),
  listTestCases: route({
    method: 'GET',
    path,
    tag: 'Rules',
    summary: 'List the test cases of a rule, oldest first',
    scope: 'rules:read',
    parameters: one,
    replies: {
      200: closed({ test_cases: Type.Array(StoredTestCase) }, { title: 'TestCaseList' }),
    },
    problems: ['rule_not_found'],
  }),
  replaceTestCase: route({
    method: 'PUT',
    path: `${path}/{test_case_id}`,
    tag: 'Rules',
    summary: 'Put another test case in the place of one',
    scope: 'rules:write',
    ifMatch: true,
    parameters: oneCase,
    body: TestCase,
    replies: { 200: StoredTestCase },
    problems: [...changing, 'test_case_not_found'],
  }),
  deleteTestCase: route({
    method: 'DELETE',
    path: `${path}/{test_case_id}`,
    tag: 'Rules',
    summary: 'Delete a test case',
    scope: 'rules:write',
    ifMatch: true,
    parameters: oneCase,
    replies: { 200: StoredTestCase },
    problems: [...changing, 'test_case_not_found'],
  }),
  generateTestCases: route({
    method: 'POST',
    path: `${path}/generate`,
    tag: 'Rules',
    summary: 'Make test cases at the boundaries of a version',
    description:
      'Just inside and just outside of each comparison, of the schedule, of tiers, caps and limits, and one without each fact. With `store` they are kept with the rule.',
    scope: 'rules:write',
    ifMatch: true,
    bodyOptional: true,
    parameters: one,
    body: GenerateRequest,
    replies: { 200: GeneratedTestCases },
    problems: [...changing, 'rule_version_not_found', 'rule_invalid', 'test_cases_exceeded'],
  }),
  runTestCases: route({
    method: 'POST',
    path: `${path}/run`,
    tag: 'Rules',
    summary: 'Run the test cases of a rule against one of its versions',
    description: 'Against the latest version where none is named. Nothing is stored or paid.',
    scope: 'rules:read',
    bodyOptional: true,
    parameters: one,
    body: RunRequest,
    replies: { 200: TestCasesRun },
    problems: ['rule_not_found', 'rule_version_not_found', 'test_case_not_found'],
  }),
}
