import type { Finding } from '@pineos/contract/findings.ts'
import type { TestCaseResult } from '@pineos/contract/rule-test-cases.ts'
import type { Rule } from '@pineos/contract/rules.ts'
import type pg from 'pg'
import { Failure } from '../failure.ts'
import { moveVersion } from './moves.ts'
import type { Prepare } from './preparation.ts'
import type { Changing, MoveOutcome } from './rule-change.ts'
import { type CheckRule, errorsOf, unacknowledged } from './rule-checks.ts'
import { erroneousRule } from './rule-content.ts'
import { readVersion, type VersionRow } from './rule-rows.ts'
import type { RedTestCases } from './test-case-runs.ts'

/** What has to be asked before a version may be published. */
export interface PublicationRules {
  readonly check: CheckRule
  /** The stored test cases that do not come out as they should. */
  readonly redTestCases: RedTestCases
  readonly isApprovalRequired: boolean
  /** Has everything counted that it goes by. */
  readonly prepare: Prepare
}

/**
 * Refuses a version that may not be published. Fails with `rule_approval_missing`, `rule_invalid`,
 * `rule_warnings` or `test_cases_red`.
 */
export async function assertPublishable(
  client: pg.PoolClient,
  version: VersionRow,
  { check, redTestCases, isApprovalRequired }: PublicationRules,
): Promise<void> {
  if (isApprovalRequired && version.approved_at === null) {
    throw new Failure(
      'rule_approval_missing',
      `Version ${version.version} was not approved by a second person yet.`,
    )
  }
  const findings = await check(client, { content: version.rule_json, ruleId: version.rule_id })
  const errors = errorsOf(findings)
  if (errors.length > 0) throw erroneousRule(errors, '/rule_json')
  const warnings = unacknowledged(findings, version.acknowledged)
  if (warnings.length > 0) throw warned(warnings)
  const red = await redTestCases(client, version)
  if (red.length > 0) throw redFailure(red)
}

function warned(warnings: readonly Finding[]): Failure {
  const codes = [...new Set(warnings.map(({ code }) => code))]
  return new Failure('rule_warnings', `Not acknowledged yet: ${codes.join(', ')}.`, {
    errors: warnings.map(({ pointer, code, message }) => ({
      pointer: `/rule_json${pointer}`,
      code,
      detail: message,
    })),
  })
}

function redFailure(red: readonly TestCaseResult[]): Failure {
  return new Failure(
    'test_cases_red',
    `These do not come out as they should: ${red.map(({ name }) => name).join(', ')}.`,
    {
      errors: red.map(({ id, name, detail }) => ({
        pointer: `/test_cases/${id}`,
        code: 'test_case_red',
        detail: `${name}: ${detail}`,
      })),
    },
  )
}

/** Makes a version the live one, in the place of the one before it. */
export async function publishVersion(
  { client, rule, actor, now }: Changing,
  version: VersionRow,
): Promise<NonNullable<MoveOutcome['rule']>> {
  moveVersion(version, 'publish')
  await retireLive(client, rule.id, now)
  await client.query(
    `update rule_versions
     set status = 'published', published_at = $3::timestamptz, published_by = $4::text,
         scheduled_for = null, scheduled_by = null, scheduled_by_owner_id = null
     where rule_id = $1::uuid and version = $2::integer`,
    [rule.id, version.version, now, actor.by],
  )
  return { version: version.version }
}

export async function retireLive(client: pg.PoolClient, ruleId: string, now: Date): Promise<void> {
  await client.query(
    `update rule_versions set status = 'retired', retired_at = $2::timestamptz
     where rule_id = $1::uuid and status = 'published'`,
    [ruleId, now],
  )
}

/** Adds the warnings that somebody has seen now to those of before. */
export async function acknowledge(
  client: pg.PoolClient,
  version: VersionRow,
  codes: readonly string[],
): Promise<VersionRow> {
  const added = codes.filter((code) => !version.acknowledged.includes(code))
  if (added.length === 0) return version
  await client.query(
    `update rule_versions set acknowledged = $3::jsonb
     where rule_id = $1::uuid and version = $2::integer`,
    [version.rule_id, version.version, JSON.stringify([...version.acknowledged, ...added])],
  )
  return readVersion(client, { ruleId: version.rule_id, version: version.version })
}

/** The number of the version that is meant where none is named: the latest. */
export const versionMeant = (
  rule: { readonly latest_version: number },
  version: Rule['version'] | undefined,
): number => version ?? rule.latest_version
