import {
  type GeneratedTestCases,
  type StoredTestCase,
  type TestCase,
  type TestCasesRun,
  testCasesMax,
} from '@pineos/contract/rule-test-cases.ts'
import { boundaryCases } from '@pineos/core/rules/cases/boundary-cases.ts'
import type { TestCase as CoreTestCase } from '@pineos/core/rules/cases/test-case.ts'
import { type ParseOptions, parseRule } from '@pineos/core/rules/language/parse.ts'
import type pg from 'pg'
import type { Clock } from '../clock.ts'
import { inTransaction } from '../database/transaction.ts'
import { Failure } from '../failure.ts'
import { newId } from '../id.ts'
import { type ChangeRequest, type Changing, changeRule } from './rule-change.ts'
import type { ReadCheckContext } from './rule-checks.ts'
import { invalidRule } from './rule-content.ts'
import { readRule, readVersion } from './rule-rows.ts'
import { readTestCases, runAll, type TestCaseRow } from './test-case-runs.ts'

/** A test case after a change, with the revision of its rule. */
export interface ChangedTestCase {
  readonly testCase: StoredTestCase
  readonly revision: number
}

/** The test cases of rules. Each fails with `rule_not_found`; changes with `rule_changed` and `rule_state`. */
export interface TestCases {
  list(ruleId: string): Promise<StoredTestCase[]>
  /** Keeps all of them or none. Fails with `test_cases_exceeded`. */
  add(
    request: ChangeRequest,
    cases: readonly TestCase[],
  ): Promise<{ testCases: StoredTestCase[]; revision: number }>
  /** Fails with `test_case_not_found`. */
  replace(request: ChangeRequest, id: string, testCase: TestCase): Promise<ChangedTestCase>
  /** Fails with `test_case_not_found`. */
  remove(request: ChangeRequest, id: string): Promise<ChangedTestCase>
  /**
   * Makes cases at the boundaries of a version, and keeps those with the rule whose names it does not
   * have yet where that is asked for. Fails with `rule_version_not_found` or `test_cases_exceeded`.
   */
  generate(
    request: ChangeRequest,
    wanted: { version?: number; store?: boolean },
  ): Promise<{ generated: GeneratedTestCases; revision: number }>
  /** Fails with `rule_version_not_found` or `test_case_not_found`. */
  run(ruleId: string, wanted: { version?: number; test_case_id?: string }): Promise<TestCasesRun>
}

interface TestCasesOptions extends ParseOptions {
  readonly pool: pg.Pool
  readonly clock: Clock
  readonly readContext: ReadCheckContext
}

export function createTestCases({
  pool,
  clock,
  readContext,
  ...language
}: TestCasesOptions): TestCases {
  /** Makes a change of test cases; what it came to is said in the history of the rule. */
  async function change<Result>(
    request: ChangeRequest,
    work: (changing: Changing) => Promise<{ result: Result; detail: Record<string, unknown> }>,
  ): Promise<{ result: Result; revision: number }> {
    const now = clock.now()
    return inTransaction(pool, async (client) => {
      const results: Result[] = []
      const rule = await changeRule({ client, request, now }, 'change_test_cases', async (held) => {
        const { result, detail } = await work(held)
        results.push(result)
        return { action: 'change_test_cases', detail }
      })
      const [result] = results
      if (result === undefined) throw new Error('a change of test cases came to nothing')
      return { result, revision: rule.revision }
    })
  }

  async function add(request: ChangeRequest, cases: readonly TestCase[], areNew: boolean) {
    const { result, revision } = await change(request, async (changing) => {
      const added = await insertTestCases(changing, cases, areNew)
      return { result: added, detail: { added: added.map(named) } }
    })
    return { testCases: result.map(toWire), revision }
  }
  const addUnknown = (request: ChangeRequest, cases: readonly TestCase[]) =>
    add(request, cases, false)

  return {
    async list(ruleId) {
      await readRule(pool, ruleId)
      return (await readTestCases(pool, ruleId)).map(toWire)
    },
    add: (request, cases) => add(request, cases, true),
    async replace(request, id, testCase) {
      const { result, revision } = await change(request, async (changing) => {
        const before = await readTestCase(changing, id)
        const after = await updateTestCase(changing, id, testCase)
        return {
          result: after,
          detail: { replaced: { id, before: before.test_case, after: testCase } },
        }
      })
      return { testCase: toWire(result), revision }
    },
    async remove(request, id) {
      const { result, revision } = await change(request, async (changing) => {
        const row = await readTestCase(changing, id)
        await changing.client.query(
          'delete from rule_test_cases where rule_id = $1::uuid and id = $2::uuid',
          [changing.rule.id, id],
        )
        return { result: row, detail: { removed: { id, before: row.test_case } } }
      })
      return { testCase: toWire(result), revision }
    },
    async generate(request, { version, store = false }) {
      const { ruleId } = request
      const rule = await readRule(pool, ruleId)
      const number = version ?? rule.latest_version
      const { rule_json } = await readVersion(pool, { ruleId, version: number })
      const parsed = parseRule(rule_json, language)
      if (!parsed.ok) throw invalidRule(parsed.faults, '/rule_json')
      const context = await readContext(pool, { rule: parsed.rule, ruleId: rule.id })
      const { cases, untried } = boundaryCases(parsed.rule, context)
      const made = cases.map(generatedToWire)
      const { testCases: stored, revision } = store
        ? await addUnknown(request, made)
        : { testCases: [], revision: rule.revision }
      return {
        generated: { version: number, test_cases: made, untried: [...untried], stored },
        revision,
      }
    },
    async run(ruleId, { version, test_case_id: id }) {
      const rule = await readRule(pool, ruleId)
      const number = version ?? rule.latest_version
      const { rule_json } = await readVersion(pool, { ruleId, version: number })
      const all = await readTestCases(pool, ruleId)
      const cases = id === undefined ? all : all.filter((row) => row.id === id.toLowerCase())
      if (id !== undefined && cases.length === 0) throw unknownTestCase(id)
      const results = runAll(cases, rule_json, language).map(({ conditions, ...result }) =>
        result.is_green && id === undefined ? result : { ...result, conditions: conditions ?? [] },
      )
      return { version: number, ok: results.every(({ is_green }) => is_green), results }
    },
  }
}

/** The shape of the contract has lists that can be written to. */
function generatedToWire({ history, limits, expects, ...testCase }: CoreTestCase): TestCase {
  const { outcome, rewards } = expects
  return {
    ...testCase,
    history: [...history],
    limits: [...limits],
    expects: { outcome, ...(rewards === undefined ? {} : { rewards: [...rewards] }) },
  }
}

const named = ({ id, test_case }: TestCaseRow) => ({ id, name: test_case.name })

function unknownTestCase(id: string): Failure {
  return new Failure('test_case_not_found', `The rule has no test case ${id}.`)
}

async function readTestCase({ client, rule }: Changing, id: string): Promise<TestCaseRow> {
  const rows = await readTestCases(client, rule.id)
  const row = rows.find((candidate) => candidate.id === id.toLowerCase())
  if (!row) throw unknownTestCase(id)
  return row
}

/** `areNew`: all of them; otherwise those whose names no case of the rule has. */
async function insertTestCases(
  { client, rule, actor, now }: Changing,
  given: readonly TestCase[],
  areNew: boolean,
): Promise<TestCaseRow[]> {
  const before = await readTestCases(client, rule.id)
  const names = new Set(before.map(({ test_case }) => test_case.name))
  const cases = areNew ? given : given.filter(({ name }) => !names.has(name))
  if (before.length + cases.length > testCasesMax) {
    const detail = `${before.length} are there and ${cases.length} would be added; there is room for ${testCasesMax}.`
    throw new Failure('test_cases_exceeded', detail)
  }
  await client.query(
    `insert into rule_test_cases (rule_id, id, test_case, created_at, created_by, updated_at, updated_by)
     select $1::uuid, n.id, n.test_case, $4::timestamptz, $5::text, $4::timestamptz, $5::text
     from unnest($2::uuid[], $3::jsonb[]) as n (id, test_case)`,
    [
      rule.id,
      cases.map(() => newId()),
      cases.map((testCase) => JSON.stringify(testCase)),
      now,
      actor.by,
    ],
  )
  const known = new Set(before.map(({ id }) => id))
  return (await readTestCases(client, rule.id)).filter(({ id }) => !known.has(id))
}

async function updateTestCase(
  changing: Changing,
  id: string,
  testCase: TestCase,
): Promise<TestCaseRow> {
  const { client, rule, actor, now } = changing
  await client.query(
    `update rule_test_cases
     set test_case = $3::jsonb, updated_at = $4::timestamptz, updated_by = $5::text
     where rule_id = $1::uuid and id = $2::uuid`,
    [rule.id, id, JSON.stringify(testCase), now, actor.by],
  )
  return readTestCase(changing, id)
}

const toWire = (row: TestCaseRow): StoredTestCase => ({
  id: row.id,
  test_case: row.test_case,
  created_at: row.created_at.toISOString(),
  created_by: row.created_by,
  updated_at: row.updated_at.toISOString(),
  updated_by: row.updated_by,
})
