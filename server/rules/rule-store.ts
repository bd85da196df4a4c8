import type { CreateRuleRequest, Rule } from '@pineos/contract/rules.ts'
import { exampleRules } from '@pineos/core/program/example-rules.ts'
import type pg from 'pg'
import type { Clock } from '../clock.ts'
import { inTransaction } from '../database/transaction.ts'
import { newId } from '../id.ts'
import { createPreparation, type Prepare, publishOnceCounted } from './preparation.ts'
import { type Actor, beginTerm, growRuleSet, recordChange } from './rule-change.ts'
import { type CheckRule, errorsOf } from './rule-checks.ts'
import { erroneousRule, understood } from './rule-content.ts'
import { type RuleRow, readRule, ruleSql, ruleToWire } from './rule-rows.ts'
import { insertVersion } from './version-rows.ts'

export interface RuleStore {
  /**
   * Stores a rule, published at once unless it is a draft or has to be approved first. Fails with
   * `rule_invalid`: what cannot be understood always, what has errors only where it would be published.
   */
  create(request: CreateRuleRequest, actor: Actor): Promise<CreatedRule>
  list(options: { activeOnly: boolean }): Promise<Rule[]>
  /** With what the checks say. Fails with `rule_not_found`. */
  get(id: string): Promise<Rule>
  /** Creates the example rules where they are not there yet; the same rules ever after. */
  seedExamples(actor: Actor): Promise<{ rules: Rule[]; isNew: boolean }>
}

export interface CreatedRule {
  readonly rule: Rule
  /** Whether it would have been published, were it not for the approval that it needs. */
  readonly isAwaitingApproval: boolean
}

export interface RuleStoreOptions {
  readonly pool: pg.Pool
  readonly clock: Clock
  readonly defaultCurrency: string
  /** Of the program, an IANA name. */
  readonly timezone: string
  readonly check: CheckRule
  /** Whether a second person has to approve what is published; false where it is absent. */
  readonly isApprovalRequired?: boolean
  readonly prepare?: Prepare
}

export function createRuleStore(options: RuleStoreOptions): RuleStore {
  const { pool, clock, check, isApprovalRequired = false } = options
  const prepare = options.prepare ?? createPreparation(options)

  return {
    async create(request, actor) {
      understood(request.rule_json, options)
      const findings = await check(pool, { content: request.rule_json, ruleId: null })
      const isMeantLive = request.status !== 'draft'
      const isLive = isMeantLive && !isApprovalRequired
      const errors = errorsOf(findings)
      if (isLive && errors.length > 0) throw erroneousRule(errors, '/body/rule_json')
      const row = await inTransaction(pool, (client) =>
        insertRule(client, { request, isLive, actor, now: clock.now(), prepare }),
      )
      return { rule: ruleToWire(row, findings), isAwaitingApproval: isMeantLive && !isLive }
    },
    async list({ activeOnly }) {
      const { rows } = await pool.query<RuleRow>(
        `${ruleSql} where not $1::boolean or r.status = 'published' order by r.created_at, r.id`,
        [activeOnly],
      )
      return rows.map((row) => ruleToWire(row))
    },
    async get(id) {
      const row = await readRule(pool, id)
      return ruleToWire(row, await check(pool, { content: row.rule_json, ruleId: id }))
    },
    seedExamples: (actor) =>
      inTransaction(pool, (client) =>
        seedExamples(client, { isLive: !isApprovalRequired, actor, now: clock.now(), prepare }),
      ),
  }
}

interface Insertion {
  readonly isLive: boolean
  readonly prepare: Prepare
  readonly actor: Actor
  readonly now: Date
}

async function seedExamples(
  client: pg.PoolClient,
  insertion: Insertion,
): Promise<{ rules: Rule[]; isNew: boolean }> {
  // One process seeds at a time: the second finds what the first has committed.
  await client.query('select pg_advisory_xact_lock($1::bigint)', [seedLock])
  const known = await client.query<RuleRow>(
    `${ruleSql} join example_rules x on x.rule_id = r.id order by x.position`,
  )
  if (known.rows.length > 0)
    return { rules: known.rows.map((row) => ruleToWire(row)), isNew: false }
  const rules: Rule[] = []
  for (const [position, request] of exampleRules.entries()) {
    const row = await insertRule(client, { ...insertion, request })
    await client.query(
      'insert into example_rules (position, rule_id) values ($1::integer, $2::uuid)',
      [position, row.id],
    )
    rules.push(ruleToWire(row))
  }
  return { rules, isNew: true }
}

const seedLock = 7_302_944_212

async function insertRule(
  client: pg.PoolClient,
  insertion: Insertion & { readonly request: CreateRuleRequest },
): Promise<RuleRow> {
  const { request, actor, now, prepare } = insertion
  const ruleId = newId()
  // Before the set grows: whoever waits for the writers' lock holds no row that others want.
  const { isReady } = insertion.isLive
    ? await prepare(client, { ruleId, content: request.rule_json, now })
    : { isReady: false }
  const isLive = insertion.isLive && isReady
  const status = isLive ? 'published' : 'draft'
  const setVersion = isLive ? await growRuleSet(client) : 0n
  await client.query(
    `insert into referral_rules (id, name, description, version, latest_version, status, revision,
       set_version, created_at, created_by, updated_at, updated_by)
     values ($1::uuid, $2::text, $3::text, 1, 1, $4::text, 1, $5::bigint, $6::timestamptz, $7::text,
       $6::timestamptz, $7::text)`,
    [ruleId, request.name, request.description ?? null, status, setVersion, now, actor.by],
  )
  await insertVersion(client, { ruleId, version: 1, content: request.rule_json, actor, now })
  if (isLive) {
    await client.query(
      `update rule_versions
       set status = 'published', published_at = $2::timestamptz, published_by = $3::text
       where rule_id = $1::uuid`,
      [ruleId, now, actor.by],
    )
    await beginTerm(client, { ruleId, version: 1, setVersion, now })
  } else if (insertion.isLive) await publishOnceCounted(client, { ruleId, version: 1, now, actor })
  const outcome = { action: 'create', version: 1, detail: { status } } as const
  await recordChange(client, { ruleId, revision: 1, outcome, actor, now })
  return readRule(client, ruleId)
}
