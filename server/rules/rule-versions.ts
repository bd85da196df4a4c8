import type {
  RuleChange,
  RuleDetails,
  RuleDifferences,
  RuleVersion,
} from '@pineos/contract/rule-versions.ts'
import type { Rule } from '@pineos/contract/rules.ts'
import { diffRules } from '@pineos/core/rules/diff/diff-rules.ts'
import type pg from 'pg'
import type { Clock } from '../clock.ts'
import { inTransaction } from '../database/transaction.ts'
import { moveVersion, type RuleMove } from './moves.ts'
import { type ChangeRequest, type Changing, changeRule, type MoveOutcome } from './rule-change.ts'
import type { CheckRule } from './rule-checks.ts'
import { type RuleContent, understood } from './rule-content.ts'
import {
  readRule,
  readTerms,
  readVersion,
  ruleToWire,
  type VersionRow,
  versionSql,
  versionToWire,
} from './rule-rows.ts'
import { insertVersion } from './version-rows.ts'

/** A page of what is numbered, newest first. */
export interface NumberedPage {
  readonly limit: number
  /** Only those with a smaller number. */
  readonly before: number | undefined
}

/** A version after a change, with the revision of its rule. */
export interface ChangedVersion {
  readonly version: RuleVersion
  readonly revision: number
}

/** What a rule says. Each fails with `rule_not_found`; changes with `rule_changed` and `rule_state`. */
export interface RuleVersions {
  rename(request: ChangeRequest, details: RuleDetails): Promise<Rule>
  /** Fails with `rule_invalid`. */
  draft(request: ChangeRequest, content: RuleContent): Promise<ChangedVersion>
  /** Fails with `rule_version_not_found` or `rule_invalid`. */
  edit(
    request: ChangeRequest,
    edited: { version: number; content: RuleContent },
  ): Promise<ChangedVersion>
  list(ruleId: string, page: NumberedPage): Promise<RuleVersion[]>
  /** With what the checks say. Fails with `rule_version_not_found`. */
  get(ruleId: string, version: number): Promise<ChangedVersion>
  /** Fails with `rule_version_not_found`. */
  differences(ruleId: string, pair: { from: number; to: number }): Promise<RuleDifferences>
  changes(ruleId: string, page: NumberedPage): Promise<RuleChange[]>
}

interface RuleVersionsOptions {
  readonly pool: pg.Pool
  readonly clock: Clock
  readonly defaultCurrency: string
  /** Of the program, an IANA name. */
  readonly timezone: string
  readonly check: CheckRule
}

export function createRuleVersions(options: RuleVersionsOptions): RuleVersions {
  const { pool, clock, check } = options

  const make = (
    request: ChangeRequest,
    move: RuleMove,
    work: (changing: Changing) => Promise<MoveOutcome>,
  ) => {
    const now = clock.now()
    return inTransaction(pool, (client) => changeRule({ client, request, now }, move, work))
  }

  async function get(ruleId: string, number: number): Promise<ChangedVersion> {
    const { revision } = await readRule(pool, ruleId)
    const row = await readVersion(pool, { ruleId, version: number })
    const terms = await readTerms(pool, { ruleId, versions: [number] })
    const findings = await check(pool, { content: row.rule_json, ruleId })
    return { version: versionToWire(row, { terms: terms.get(number) ?? [], findings }), revision }
  }

  return {
    async rename(request, details) {
      return ruleToWire(
        await make(request, 'rename', async (changing) => rename(changing, details)),
      )
    },
    async draft(request, content) {
      understood(content, options)
      const rule = await make(request, 'draft', (changing) => draft(changing, content))
      return get(rule.id, rule.latest_version)
    },
    async edit(request, { version, content }) {
      understood(content, options)
      const rule = await make(request, 'edit', (changing) => edit(changing, { version, content }))
      return get(rule.id, version)
    },
    get,
    async list(ruleId, page) {
      await readRule(pool, ruleId)
      return listVersions(pool, ruleId, page)
    },
    async differences(ruleId, { from, to }) {
      await readRule(pool, ruleId)
      const older = await readVersion(pool, { ruleId, version: from })
      const younger = await readVersion(pool, { ruleId, version: to })
      const { changes, sentences } = diffRules(older.rule_json, younger.rule_json, options)
      const differences = changes.map(({ beforePointer, afterPointer, ...change }) => ({
        ...change,
        before_pointer: beforePointer,
        after_pointer: afterPointer,
      }))
      return { from, to, differences, sentences: [...sentences] }
    },
    async changes(ruleId, page) {
      await readRule(pool, ruleId)
      return listChanges(pool, ruleId, page)
    },
  }
}

function rename({ rule }: Changing, { name, description }: RuleDetails): MoveOutcome {
  const after = {
    name: name ?? rule.name,
    description: description === undefined ? rule.description : description,
  }
  const before = { name: rule.name, description: rule.description }
  return { action: 'rename', detail: { before, after }, rule: after }
}

async function draft(
  { client, rule, actor, now }: Changing,
  content: RuleContent,
): Promise<MoveOutcome> {
  const version = rule.latest_version + 1
  await insertVersion(client, { ruleId: rule.id, version, content, actor, now })
  return {
    action: 'draft',
    version,
    // Of a rule that was never published the latest version is the one that is shown.
    rule: { latest_version: version, ...(rule.status === 'draft' ? { version } : {}) },
  }
}

async function edit(
  { client, rule, actor, now }: Changing,
  { version: number, content }: { version: number; content: RuleContent },
): Promise<MoveOutcome> {
  const version = await readVersion(client, { ruleId: rule.id, version: number })
  moveVersion(version, 'edit')
  // Whoever has approved it or seen its warnings did so of what it said before.
  await client.query(
    `update rule_versions
     set rule_json = $3::jsonb, edited_at = $4::timestamptz, edited_by = $5::text,
         edited_by_owner_id = $6::text, approved_at = null, approved_by = null,
         approved_by_owner_id = null, acknowledged = '[]'
     where rule_id = $1::uuid and version = $2::integer`,
    [rule.id, number, JSON.stringify(content), now, actor.by, actor.ownerId],
  )
  return { action: 'edit', version: number, detail: { before: version.rule_json, after: content } }
}

async function listVersions(
  pool: pg.Pool,
  ruleId: string,
  { limit, before }: NumberedPage,
): Promise<RuleVersion[]> {
  const { rows } = await pool.query<VersionRow>(
    `${versionSql}
     where rule_id = $1::uuid and ($2::integer is null or version < $2::integer)
     order by version desc limit $3::integer`,
    [ruleId, before ?? null, limit],
  )
  const versions = rows.map((row) => row.version)
  const terms = await readTerms(pool, { ruleId, versions })
  return rows.map((row) => versionToWire(row, { terms: terms.get(row.version) ?? [] }))
}

interface ChangeRow extends Omit<RuleChange, 'changed_at'> {
  readonly changed_at: Date
}

async function listChanges(
  pool: pg.Pool,
  ruleId: string,
  { limit, before }: NumberedPage,
): Promise<RuleChange[]> {
  const { rows } = await pool.query<ChangeRow>(
    `select revision, action, version, actor, owner_id, changed_at, reason, detail
     from rule_changes
     where rule_id = $1::uuid and ($2::integer is null or revision < $2::integer)
     order by revision desc limit $3::integer`,
    [ruleId, before ?? null, limit],
  )
  return rows.map((row) => ({ ...row, changed_at: row.changed_at.toISOString() }))
}
