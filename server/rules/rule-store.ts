import type { CreateRuleRequest, Rule } from '@pineos/contract/rules.ts'
import { exampleRules } from '@pineos/core/program/example-rules.ts'
import { parseRule } from '@pineos/core/rules/language/parse.ts'
import type pg from 'pg'
import type { Clock } from '../clock.ts'
import { inTransaction } from '../database/transaction.ts'
import { Failure } from '../failure.ts'
import { newId } from '../id.ts'

export interface RuleStore {
  /** Stores a rule, published at once unless it is a draft. Fails with `rule_invalid`. */
  create(request: CreateRuleRequest): Promise<Rule>
  list(options: { activeOnly: boolean }): Promise<Rule[]>
  /** Fails with `rule_not_found`. */
  get(id: string): Promise<Rule>
  /** Creates the example rules where they are not there yet; the same rules ever after. */
  seedExamples(): Promise<{ rules: Rule[]; isNew: boolean }>
}

interface RuleRow {
  readonly id: string
  readonly name: string
  readonly description: string | null
  readonly version: number
  readonly status: Rule['status']
  readonly rule_json: Readonly<Record<string, unknown>>
  readonly created_at: Date
  readonly updated_at: Date
}

const ruleSql = `
  select r.id, r.name, r.description, r.version, r.status, v.rule_json, r.created_at, r.updated_at
  from referral_rules r
  join rule_versions v on v.rule_id = r.id and v.version = r.version`

export function createRuleStore(options: {
  pool: pg.Pool
  clock: Clock
  defaultCurrency: string
}): RuleStore {
  const { pool, clock, defaultCurrency } = options

  function check(request: CreateRuleRequest): void {
    const parsed = parseRule(request.rule_json, { defaultCurrency })
    if (parsed.ok) return
    const errors = parsed.faults.map((fault) => ({
      ...fault,
      pointer: `/body/rule_json${fault.pointer}`,
    }))
    const count = errors.length === 1 ? 'One fault was' : `${errors.length} faults were`
    throw new Failure('rule_invalid', `${count} found in the rule.`, { errors })
  }

  return {
    async create(request) {
      check(request)
      return inTransaction(pool, (client) => insertRule(client, request, clock.now()))
    },
    async list({ activeOnly }) {
      const { rows } = await pool.query<RuleRow>(
        `${ruleSql} where not $1::boolean or r.status = 'published' order by r.created_at, r.id`,
        [activeOnly],
      )
      return rows.map(ruleFromRow)
    },
    async get(id) {
      const { rows } = await pool.query<RuleRow>(`${ruleSql} where r.id = $1::uuid`, [id])
      const row = rows[0]
      if (!row) throw new Failure('rule_not_found', `There is no rule ${id}.`)
      return ruleFromRow(row)
    },
    seedExamples: () => inTransaction(pool, (client) => seedExamples(client, clock.now())),
  }
}

async function seedExamples(
  client: pg.PoolClient,
  now: Date,
): Promise<{ rules: Rule[]; isNew: boolean }> {
  // One process seeds at a time: the second finds what the first has committed.
  await client.query('select pg_advisory_xact_lock($1::bigint)', [seedLock])
  const known = await client.query<RuleRow>(
    `${ruleSql} join example_rules x on x.rule_id = r.id order by x.position`,
  )
  if (known.rows.length > 0) return { rules: known.rows.map(ruleFromRow), isNew: false }
  const rules: Rule[] = []
  for (const [position, example] of exampleRules.entries()) {
    const rule = await insertRule(client, example, now)
    await client.query(
      'insert into example_rules (position, rule_id) values ($1::integer, $2::uuid)',
      [position, rule.id],
    )
    rules.push(rule)
  }
  return { rules, isNew: true }
}

const seedLock = 7_302_944_212

async function insertRule(
  client: pg.PoolClient,
  request: CreateRuleRequest,
  now: Date,
): Promise<Rule> {
  const id = newId()
  const status = request.status ?? 'published'
  await client.query(
    `insert into referral_rules (id, name, description, version, status, created_at, updated_at)
     values ($1::uuid, $2::text, $3::text, 1, $4::text, $5::timestamptz, $5::timestamptz)`,
    [id, request.name, request.description ?? null, status, now],
  )
  await client.query(
    `insert into rule_versions (rule_id, version, rule_json, created_at, published_at)
     values ($1::uuid, 1, $2::jsonb, $3::timestamptz, $4::timestamptz)`,
    [id, JSON.stringify(request.rule_json), now, status === 'published' ? now : null],
  )
  if (status === 'published')
    await client.query('update rule_set set version = version + 1 where singleton')
  const { rows } = await client.query<RuleRow>(`${ruleSql} where r.id = $1::uuid`, [id])
  const row = rows[0]
  if (!row) throw new Error('a rule that was just inserted is not there')
  return ruleFromRow(row)
}

function ruleFromRow(row: RuleRow): Rule {
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
  }
}
