import type { PublishRequest, RollbackRequest } from '@pineos/contract/rule-versions.ts'
import type { Rule } from '@pineos/contract/rules.ts'
import type pg from 'pg'
import type { Clock } from '../clock.ts'
import { inTransaction } from '../database/transaction.ts'
import { Failure } from '../failure.ts'
import { moveVersion, type RuleMove } from './moves.ts'
import {
  acknowledge,
  assertPublishable,
  type PublicationRules,
  publishVersion,
  retireLive,
  versionMeant,
} from './publication.ts'
import { type ChangeRequest, type Changing, changeRule, type MoveOutcome } from './rule-change.ts'
import type { RuleContent } from './rule-content.ts'
import { readVersion, ruleToWire, type VersionRow } from './rule-rows.ts'
import { insertVersion, unscheduleVersions } from './version-rows.ts'

/**
 * From draft to live, and what may become of a rule after that. Each fails with `rule_not_found`,
 * `rule_changed` or `rule_state`, those that name a version with `rule_version_not_found`, and those
 * that publish as `assertPublishable` does.
 */
export interface RuleMoves {
  /** Publishes a version, or schedules it where its time lies in the future. */
  publish(request: ChangeRequest, wanted: PublishRequest): Promise<Rule>
  unschedule(request: ChangeRequest, version: number): Promise<Rule>
  /** Fails with `approval_by_author`. */
  approve(request: ChangeRequest, version: number): Promise<Rule>
  pause(request: ChangeRequest, reason: string | null): Promise<Rule>
  resume(request: ChangeRequest, reason: string | null): Promise<Rule>
  retire(request: ChangeRequest, reason: string | null): Promise<Rule>
  /** Publishes what an earlier version said as a new one. */
  rollBack(request: ChangeRequest, wanted: RollbackRequest): Promise<Rule>
  /**
   * Pauses a rule on behalf of the service, such as where its budget is spent; true where it was
   * published, false where there was nothing to pause any more.
   */
  pauseBySystem(ruleId: string, reason: string): Promise<boolean>
}

interface RuleMovesOptions extends PublicationRules {
  readonly pool: pg.Pool
  readonly clock: Clock
}

export function createRuleMoves(options: RuleMovesOptions): RuleMoves {
  const { pool, clock } = options

  async function make(
    request: ChangeRequest,
    move: RuleMove,
    work: (changing: Changing) => Promise<MoveOutcome>,
  ): Promise<Rule> {
    const now = clock.now()
    const row = await inTransaction(pool, (client) =>
      changeRule({ client, request, now }, move, work),
    )
    return ruleToWire(row)
  }

  async function publishNow(request: ChangeRequest, wanted: PublishRequest): Promise<Rule> {
    const now = clock.now()
    const row = await inTransaction(pool, async (client) => {
      const change = { client, request, now }
      // What is not counted yet is scheduled for now: the job publishes it once that is done.
      return (await isReadyToPublish(change, wanted, options))
        ? changeRule(change, 'publish', (changing) => publish(changing, wanted, options))
        : changeRule(change, 'schedule', (changing) =>
            schedule(changing, { wanted, at: now }, options),
          )
    })
    return ruleToWire(row)
  }

  const pause: RuleMoves['pause'] = (request, reason) =>
    make(request, 'pause', async () => ({ action: 'pause', reason }))

  return {
    publish(request, wanted) {
      const at = wanted.at === undefined ? null : new Date(wanted.at)
      const isLater = at !== null && at > clock.now()
      return isLater
        ? make(request, 'schedule', (changing) => schedule(changing, { wanted, at }, options))
        : publishNow(request, wanted)
    },
    unschedule: (request, version) =>
      make(request, 'unschedule', (changing) => unschedule(changing, version)),
    approve: (request, version) =>
      make(request, 'approve', (changing) => approve(changing, version)),
    pause,
    resume: (request, reason) =>
      make(request, 'resume', async () => ({ action: 'resume', reason })),
    retire: (request, reason) =>
      make(request, 'retire', async (changing) => retire(changing, reason)),
    rollBack: (request, wanted) =>
      make(request, 'roll_back', (changing) => rollBack(changing, wanted, options)),
    async pauseBySystem(ruleId, reason) {
      try {
        await pause({ ruleId, actor: budgetActor }, reason)
        return true
      } catch (error) {
        if (error instanceof Failure && error.code === 'rule_state') return false
        throw error
      }
    },
  }
}

/** Whether everything is counted that the version goes by; where there is no such, that is found later. */
async function isReadyToPublish(
  { client, request, now }: { client: pg.PoolClient; request: ChangeRequest; now: Date },
  wanted: PublishRequest,
  { prepare }: PublicationRules,
): Promise<boolean> {
  const { ruleId } = request
  // The rule before the writers' lock, as everywhere.
  await client.query('select from referral_rules where id = $1::uuid for update', [ruleId])
  const { rows } = await client.query<{ rule_json: RuleContent }>(
    `select v.rule_json from referral_rules r
     join rule_versions v on v.rule_id = r.id and v.version = coalesce($2::integer, r.latest_version)
     where r.id = $1::uuid`,
    [ruleId, wanted.version ?? null],
  )
  const [row] = rows
  return row ? (await prepare(client, { ruleId, content: row.rule_json, now })).isReady : true
}

const budgetActor = { by: 'system:budget', ownerId: 'system' }

async function publish(
  changing: Changing,
  wanted: PublishRequest,
  rules: PublicationRules,
): Promise<MoveOutcome> {
  const version = await versionToPublish(changing, wanted)
  moveVersion(version, 'publish')
  await assertPublishable(changing.client, version, rules)
  return {
    action: 'publish',
    version: version.version,
    detail: { acknowledged: version.acknowledged, replaces: liveVersionOf(changing) },
    rule: await publishVersion(changing, version),
  }
}

const liveVersionOf = ({ rule }: Changing) => (rule.status === 'draft' ? null : rule.version)

async function versionToPublish(
  { client, rule }: Changing,
  { version, acknowledge: codes = [] }: PublishRequest,
): Promise<VersionRow> {
  const meant = versionMeant(rule, version)
  const row = await readVersion(client, { ruleId: rule.id, version: meant })
  // Of what was published nothing changes any more, not even this.
  return row.published_at === null ? acknowledge(client, row, codes) : row
}

async function schedule(
  changing: Changing,
  { wanted, at }: { wanted: PublishRequest; at: Date | null },
  rules: PublicationRules,
): Promise<MoveOutcome> {
  const { client, rule, actor } = changing
  const version = await versionToPublish(changing, wanted)
  const status = moveVersion(version, 'schedule')
  await assertPublishable(client, version, rules)
  await client.query(
    `update rule_versions
     set status = $3::text, scheduled_for = $4::timestamptz, scheduled_by = $5::text,
         scheduled_by_owner_id = $6::text
     where rule_id = $1::uuid and version = $2::integer`,
    [rule.id, version.version, status, at, actor.by, actor.ownerId],
  )
  return {
    action: 'schedule',
    version: version.version,
    detail: { scheduled_for: at?.toISOString(), acknowledged: version.acknowledged },
  }
}

async function unschedule({ client, rule }: Changing, number: number): Promise<MoveOutcome> {
  const version = await readVersion(client, { ruleId: rule.id, version: number })
  moveVersion(version, 'unschedule')
  await unscheduleVersions(client, { ruleId: rule.id, version: number })
  return {
    action: 'unschedule',
    version: number,
    detail: { scheduled_for: version.scheduled_for?.toISOString() },
  }
}

async function approve(
  { client, rule, actor, now }: Changing,
  number: number,
): Promise<MoveOutcome> {
  const version = await readVersion(client, { ruleId: rule.id, version: number })
  moveVersion(version, 'approve')
  const authors = [version.created_by_owner_id, version.edited_by_owner_id]
  if (authors.includes(actor.ownerId)) {
    throw new Failure(
      'approval_by_author',
      `Version ${number} was written by a key of the owner ${actor.ownerId}, as yours is.`,
    )
  }
  await client.query(
    `update rule_versions
     set approved_at = $3::timestamptz, approved_by = $4::text, approved_by_owner_id = $5::text
     where rule_id = $1::uuid and version = $2::integer`,
    [rule.id, number, now, actor.by, actor.ownerId],
  )
  return { action: 'approve', version: number }
}

async function retire(
  { client, rule, now }: Changing,
  reason: string | null,
): Promise<MoveOutcome> {
  await retireLive(client, rule.id, now)
  await unscheduleVersions(client, { ruleId: rule.id, version: null })
  return { action: 'retire', version: rule.version, reason }
}

async function rollBack(
  changing: Changing,
  wanted: RollbackRequest,
  rules: PublicationRules,
): Promise<MoveOutcome> {
  const { client, rule, actor, now } = changing
  const source = await readVersion(client, { ruleId: rule.id, version: wanted.version })
  moveVersion(source, 'restore')
  const number = rule.latest_version + 1
  await insertVersion(client, {
    ruleId: rule.id,
    version: number,
    content: source.rule_json,
    actor,
    now,
  })
  // The same content was approved and its warnings were seen before: both hold for it again.
  await client.query(
    `update rule_versions
     set approved_at = $3::timestamptz, approved_by = $4::text, approved_by_owner_id = $5::text,
         acknowledged = $6::jsonb
     where rule_id = $1::uuid and version = $2::integer`,
    [
      rule.id,
      number,
      source.approved_at,
      source.approved_by,
      source.approved_by_owner_id,
      JSON.stringify(source.acknowledged),
    ],
  )
  const copy = await readVersion(client, { ruleId: rule.id, version: number })
  const version = await acknowledge(client, copy, wanted.acknowledge ?? [])
  await assertPublishable(client, version, rules)
  const content = version.rule_json
  const { isReady } = await rules.prepare(client, { ruleId: rule.id, content, now })
  // What a version that was in force went by never ceases to be counted.
  if (!isReady) throw new Error(`what version ${source.version} goes by is not counted`)
  const published = await publishVersion(changing, version)
  return {
    action: 'roll_back',
    version: number,
    reason: wanted.reason ?? null,
    detail: { restores: source.version, replaces: rule.version },
    rule: { ...published, latest_version: number },
  }
}
