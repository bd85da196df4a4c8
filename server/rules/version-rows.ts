import type pg from 'pg'
import type { Actor } from './rule-change.ts'
import type { RuleContent } from './rule-content.ts'

/** Stores a new version as a draft. */
export async function insertVersion(
  client: pg.PoolClient,
  draft: { ruleId: string; version: number; content: RuleContent; actor: Actor; now: Date },
): Promise<void> {
  const { ruleId, version, content, actor, now } = draft
  await client.query(
    `insert into rule_versions (rule_id, version, rule_json, status, created_at, created_by,
       created_by_owner_id)
     values ($1::uuid, $2::integer, $3::jsonb, 'draft', $4::timestamptz, $5::text, $6::text)`,
    [ruleId, version, JSON.stringify(content), now, actor.by, actor.ownerId],
  )
}

/** Makes drafts of scheduled versions: of one, or of all of the rule. */
export async function unscheduleVersions(
  client: pg.PoolClient,
  { ruleId, version }: { ruleId: string; version: number | null },
): Promise<void> {
  await client.query(
    `update rule_versions
     set status = 'draft', scheduled_for = null, scheduled_by = null, scheduled_by_owner_id = null
     where rule_id = $1::uuid and ($2::integer is null or version = $2::integer)
       and status = 'scheduled'`,
    [ruleId, version],
  )
}
