import type { TestCase, TestCaseResult } from '@pineos/contract/rule-test-cases.ts'
import { runTestCase } from '@pineos/core/program/test-case-run.ts'
import { type ParseOptions, parseRule } from '@pineos/core/rules/language/parse.ts'
import type pg from 'pg'
import { invalidRule, type RuleContent } from './rule-content.ts'

export interface TestCaseRow {
  readonly id: string
  readonly test_case: TestCase
  readonly created_at: Date
  readonly created_by: string
  readonly updated_at: Date
  readonly updated_by: string
}

/** The test cases of a rule, oldest first. */
export async function readTestCases(
  database: pg.Pool | pg.PoolClient,
  ruleId: string,
): Promise<TestCaseRow[]> {
  const { rows } = await database.query<TestCaseRow>(
    `select id, test_case, created_at, created_by, updated_at, updated_by
     from rule_test_cases where rule_id = $1::uuid order by created_at, id`,
    [ruleId],
  )
  return rows
}

/** Runs test cases against what a version says, each with its trace. Fails with `rule_invalid`. */
export function runAll(
  cases: readonly TestCaseRow[],
  content: RuleContent,
  language: ParseOptions,
): TestCaseResult[] {
  const parsed = parseRule(content, language)
  if (!parsed.ok) throw invalidRule(parsed.faults, '/rule_json')
  return cases.map(({ id, test_case: testCase }) => {
    const { isGreen, actual, conditions, detail } = runTestCase(
      parsed.rule,
      testCase,
      language.timezone,
    )
    return {
      id,
      name: testCase.name,
      is_green: isGreen,
      detail,
      expected: testCase.expects,
      actual: { outcome: actual.outcome, rewards: [...actual.rewards] },
      conditions: [...conditions],
    }
  })
}

/** The stored test cases that do not come out as they should. */
export type RedTestCases = (
  database: pg.Pool | pg.PoolClient,
  version: { readonly rule_id: string; readonly rule_json: RuleContent },
) => Promise<readonly TestCaseResult[]>

export function createRedTestCases(language: ParseOptions): RedTestCases {
  return async (database, version) => {
    const cases = await readTestCases(database, version.rule_id)
    if (cases.length === 0) return []
    const results = runAll(cases, version.rule_json, language)
    return results.filter((result) => !result.is_green)
  }
}
