import { type ParseOptions, parseRule } from '@pineos/core/rules/language/parse.ts'
import type pg from 'pg'
import { prepareMetrics } from './metric-registry.ts'
import type { Actor } from './rule-change.ts'
import type { RuleContent } from './rule-content.ts'

/** What is to go into force. */
export interface Prepared {
  readonly ruleId: string
  readonly content: RuleContent
  readonly now: Date
}

/**
 * Has everything counted that a rule goes by, in the transaction that is to publish it. Not ready: the
 * rule must wait until that is done.
 */
export type Prepare = (client: pg.PoolClient, prepared: Prepared) => Promise<{ isReady: boolean }>

export function createPreparation(language: ParseOptions): Prepare {
  return async (client, { ruleId, content, now }) => {
    const parsed = parseRule(content, language)
    // What cannot be understood is refused by whoever would publish it.
    if (!parsed.ok) return { isReady: true }
    return await prepareMetrics(client, {
      ruleId,
      rule: parsed.rule,
      timezone: language.timezone,
      now,
    })
  }
}

/** Leaves a version to the job that publishes what is due: it does once everything is counted. */
export async function publishOnceCounted(
  client: pg.PoolClient,
  { ruleId, version, now, actor }: { ruleId: string; version: number; now: Date; actor: Actor },
): Promise<void> {
  await client.query(
    `update rule_versions
     set status = 'scheduled', scheduled_for = $3::timestamptz, scheduled_by = $4::text,
         scheduled_by_owner_id = $5::text
     where rule_id = $1::uuid and version = $2::integer`,
    [ruleId, version, now, actor.by, actor.ownerId],
  )
}
