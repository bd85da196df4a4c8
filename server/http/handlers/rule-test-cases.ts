import { eTagOf } from '../../rules/rule-change.ts'
import type { ChangedTestCase, TestCases } from '../../rules/test-cases.ts'
import type { Handlers } from '../handler.ts'
import { changeRequest } from './rule-versions.ts'

type RuleTestCasesHandlers = Handlers<
  | 'createTestCase'
  | 'listTestCases'
  | 'replaceTestCase'
  | 'deleteTestCase'
  | 'runTestCases'
  | 'generateTestCases'
>

export function ruleTestCasesHandlers({
  testCases,
}: {
  readonly testCases: TestCases
}): RuleTestCasesHandlers {
  return {
    async createTestCase(request) {
      const { testCases: added, revision } = await testCases.add(changeRequest(request), [
        request.body,
      ])
      const [testCase] = added
      if (!testCase) throw new Error('a test case that was just stored is not there')
      return { status: 201, body: testCase, headers: { etag: eTagOf({ revision }) } }
    },

    async listTestCases({ parameters }) {
      return { status: 200, body: { test_cases: await testCases.list(parameters.id) } }
    },

    replaceTestCase: async (request) =>
      changed(
        await testCases.replace(
          changeRequest(request),
          request.parameters.test_case_id,
          request.body,
        ),
      ),
    deleteTestCase: async (request) =>
      changed(await testCases.remove(changeRequest(request), request.parameters.test_case_id)),

    async generateTestCases(request) {
      const { generated, revision } = await testCases.generate(changeRequest(request), request.body)
      return { status: 200, body: generated, headers: { etag: eTagOf({ revision }) } }
    },

    async runTestCases({ parameters, body }) {
      return { status: 200, body: await testCases.run(parameters.id, body) }
    },
  }
}

const changed = ({ testCase, revision }: ChangedTestCase) =>
  ({ status: 200, body: testCase, headers: { etag: eTagOf({ revision }) } }) as const
