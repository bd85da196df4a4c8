import type { Finding } from '@pineos/contract/findings.ts'
import type { RuleTerm, RuleVersion } from '@pineos/contract/rule-versions.ts'
import type { Rule } from '@pineos/contract/rules.ts'
import type pg from 'pg'
import { Failure } from '../failure.ts'
import type { RuleStatus, VersionStatus } from './moves.ts'

type Json = Readonly<Record<string, unknown>>

/** A rule with the content of the version that counts. */
export interface RuleRow {
  readonly id: string
  readonly name: string
  readonly description: string | null
  readonly version: number
  readonly latest_version: number
  readonly revision: number
  readonly status: RuleStatus
  readonly reason: string | null
  readonly rule_json: Json
  readonly created_at: Date
  readonly created_by: string
  readonly updated_at: Date
  readonly updated_by: string
}

export const ruleSql = `
  select r.id, r.name, r.description, r.version, r.latest_version, r.revision, r.status, r.reason,
         v.rule_json, r.created_at, r.created_by, r.updated_at, r.updated_by
  from referral_rules r
  join rule_versions v on v.rule_id = r.id and v.version = r.version`

export interface VersionRow {
  readonly rule_id: string
  readonly version: number
  readonly status: VersionStatus
  readonly rule_json: Json
  readonly created_at: Date
  readonly created_by: string
  readonly created_by_owner_id: string
  readonly edited_at: Date | null
  readonly edited_by: string | null
  readonly edited_by_owner_id: string | null
  readonly approved_at: Date | null
  readonly approved_by: string | null
  readonly approved_by_owner_id: string | null
  readonly scheduled_for: Date | null
  readonly scheduled_by: string | null
  readonly scheduled_by_owner_id: string | null
  readonly acknowledged: readonly string[]
  readonly published_at: Date | null
  readonly published_by: string | null
  readonly retired_at: Date | null
}

export const versionSql = `
  select rule_id, version, status, rule_json, created_at, created_by, created_by_owner_id, edited_at,
         edited_by, edited_by_owner_id, approved_at, approved_by, approved_by_owner_id, scheduled_for,
         scheduled_by, scheduled_by_owner_id, acknowledged, published_at, published_by, retired_at
  from rule_versions`

/** The rule. Fails with `rule_not_found`. */
export async function readRule(database: pg.Pool | pg.PoolClient, id: string): Promise<RuleRow> {
  const { rows } = await database.query<RuleRow>(`${ruleSql} where r.id = $1::uuid`, [id])
  const row = rows[0]
  if (!row) throw new Failure('rule_not_found', `There is no rule ${id}.`)
  return row
}

/** The version of a rule that is there. Fails with `rule_version_not_found`. */
export async function readVersion(
  database: pg.Pool | pg.PoolClient,
  { ruleId, version }: { ruleId: string; version: number },
): Promise<VersionRow> {
  const { rows } = await database.query<VersionRow>(
    `${versionSql} where rule_id = $1::uuid and version = $2::integer`,
    [ruleId, version],
  )
  const row = rows[0]
  if (!row) throw new Failure('rule_version_not_found', `The rule has no version ${version}.`)
  return row
}

interface TermRow {
  readonly version: number
  readonly in_force_from: bigint
  readonly in_force_until: bigint | null
  readonly in_force_from_at: Date
  readonly in_force_until_at: Date | null
}

/** The terms of these versions, oldest first. */
export async function readTerms(
  database: pg.Pool | pg.PoolClient,
  { ruleId, versions }: { ruleId: string; versions: readonly number[] },
): Promise<ReadonlyMap<number, RuleTerm[]>> {
  const { rows } = await database.query<TermRow>(
    `select version, in_force_from, in_force_until, in_force_from_at, in_force_until_at
     from rule_terms
     where rule_id = $1::uuid and version = any($2::integer[])
     order by in_force_from`,
    [ruleId, versions],
  )
  const terms = new Map<number, RuleTerm[]>()
  for (const row of rows) terms.set(row.version, [...(terms.get(row.version) ?? []), term(row)])
  return terms
}

function term(row: TermRow): RuleTerm {
  return {
    from_set_version: Number(row.in_force_from),
    until_set_version: row.in_force_until === null ? null : Number(row.in_force_until),
    from: row.in_force_from_at.toISOString(),
    until: timeOf(row.in_force_until_at),
  }
}

export function ruleToWire(row: RuleRow, findings?: readonly Finding[]): Rule {
  const isLive = row.status === 'published' || row.status === 'paused'
  return {
    id: row.id,
    name: row.name,
    description: row.description,
    rule_json: row.rule_json,
    is_active: row.status === 'published',
    version: row.version,
    status: row.status,
    created_at: row.created_at.toISOString(),
    updated_at: row.updated_at.toISOString(),
    revision: row.revision,
    created_by: row.created_by,
    updated_by: row.updated_by,
    live_version: isLive ? row.version : null,
    latest_version: row.latest_version,
    reason: row.reason,
    ...(findings === undefined ? {} : { findings: [...findings] }),
  }
}

export function versionToWire(
  row: VersionRow,
  { terms, findings }: { terms: readonly RuleTerm[]; findings?: readonly Finding[] },
): RuleVersion {
  return {
    rule_id: row.rule_id,
    version: row.version,
    status: row.status,
    rule_json: row.rule_json,
    created_at: row.created_at.toISOString(),
    created_by: row.created_by,
    edited_at: timeOf(row.edited_at),
    edited_by: row.edited_by,
    approved_at: timeOf(row.approved_at),
    approved_by: row.approved_by,
    scheduled_for: timeOf(row.scheduled_for),
    scheduled_by: row.scheduled_by,
    published_at: timeOf(row.published_at),
    published_by: row.published_by,
    retired_at: timeOf(row.retired_at),
    in_force: [...terms],
    ...(findings === undefined ? {} : { findings: [...findings] }),
  }
}

const timeOf = (time: Date | null) => time?.toISOString() ?? null
