import type { RuleAction } from '@pineos/contract/rule-versions.ts'
import type pg from 'pg'
import type { Principal } from '../access/principal.ts'
import { Failure } from '../failure.ts'
import { moveRule, type RuleMove, type RuleStatus } from './moves.ts'
import { type RuleRow, readRule } from './rule-rows.ts'

/** Who changes a rule. */
export interface Actor {
  /** As it is shown: `key:<id>` or `system:<what>`. */
  readonly by: string
  /** Whose key it is: a second person has another. */
  readonly ownerId: string
}

export const actorOf = ({ keyId, ownerId }: Principal): Actor => ({ by: `key:${keyId}`, ownerId })

export interface ChangeRequest {
  readonly ruleId: string
  readonly actor: Actor
  /** The If-Match header; undefined where any revision will do. */
  readonly ifMatch?: string | undefined
}

/** What a move has come to. */
export interface MoveOutcome {
  readonly action: RuleAction
  readonly version?: number
  readonly reason?: string | null
  readonly detail?: Readonly<Record<string, unknown>>
  /** What is to be another than it was. */
  readonly rule?: Partial<Pick<RuleRow, 'name' | 'description' | 'version' | 'latest_version'>>
}

/** A rule that nobody else can change until the transaction ends. */
export interface Changing {
  readonly client: pg.PoolClient
  readonly rule: RuleRow
  readonly actor: Actor
  readonly now: Date
}

/**
 * Makes one move with a rule in the transaction of the client: locks it, checks that it is as the
 * request has it and that the move is possible, lets `work` do the rest, and writes down what was
 * done. Where something else is in force then, the rule set grows by one with it.
 * Fails with `rule_not_found`, `rule_changed` or `rule_state`, and as `work` does.
 */
export async function changeRule(
  { client, request, now }: { client: pg.PoolClient; request: ChangeRequest; now: Date },
  move: RuleMove,
  work: (changing: Changing) => Promise<MoveOutcome>,
): Promise<RuleRow> {
  const { ruleId, actor, ifMatch } = request
  await client.query('select from referral_rules where id = $1::uuid for update', [ruleId])
  const before = await readRule(client, ruleId)
  assertMatch(before, ifMatch)
  const status = moveRule(before.status, move)
  const outcome = await work({ client, rule: before, actor, now })
  const after = { ...before, ...outcome.rule, status }
  const setVersion = await keepTerms(client, { before, after, now })
  await saveRule(client, { after, setVersion, actor, now, reason: reasonAfter(status, outcome) })
  await recordChange(client, {
    ruleId: before.id,
    revision: before.revision + 1,
    outcome,
    actor,
    now,
  })
  return readRule(client, ruleId)
}

/** Why the rule is as it is: said with a pause or retirement, and gone once it is resumed. */
function reasonAfter(
  status: RuleStatus,
  { action, reason }: MoveOutcome,
): string | null | undefined {
  if (action === 'pause' || action === 'retire') return reason ?? null
  return status === 'published' ? null : undefined
}

/** RFC 9110, 13.1.1: a list of entity tags, compared strongly, or `*` for whatever there is. */
function assertMatch({ revision }: RuleRow, ifMatch: string | undefined): void {
  if (ifMatch === undefined) return
  const tags = ifMatch.split(',').map((tag) => tag.trim())
  if (tags.includes('*') || tags.includes(eTagOf({ revision }))) return
  throw new Failure('rule_changed', `The rule has the revision ${revision} now.`, { revision })
}

export const eTagOf = ({ revision }: { readonly revision: number }): string => `"${revision}"`

type RuleHead = Pick<RuleRow, 'id' | 'name' | 'version' | 'status'>

const inForce = ({ status, version }: RuleHead) => (status === 'published' ? version : null)

/** Ends and begins terms where another version is in force; gives the version of the set it came with. */
async function keepTerms(
  client: pg.PoolClient,
  { before, after, now }: { before: RuleHead; after: RuleHead; now: Date },
): Promise<bigint | null> {
  const [old, young] = [inForce(before), inForce(after)]
  // Results name the rule, so a new name of a rule in force is a change of the set as well.
  if (old === young && (young === null || before.name === after.name)) return null
  const setVersion = await growRuleSet(client)
  if (old === young) return setVersion
  if (old !== null) await endTerm(client, { ruleId: before.id, setVersion, now })
  if (young !== null)
    await beginTerm(client, { ruleId: before.id, version: young, setVersion, now })
  return setVersion
}

/** The row of the set is locked until the commit, so its versions follow the order of the commits. */
export async function growRuleSet(client: pg.PoolClient): Promise<bigint> {
  const { rows } = await client.query<{ version: bigint }>(
    'update rule_set set version = version + 1 where singleton returning version',
  )
  const version = rows[0]?.version
  if (version === undefined) throw new Error('the row of the rule set is missing')
  return version
}

async function endTerm(
  client: pg.PoolClient,
  { ruleId, setVersion, now }: { ruleId: string; setVersion: bigint; now: Date },
): Promise<void> {
  // The clock of the process that began it may be a little ahead of ours.
  await client.query(
    `update rule_terms
     set in_force_until = $2::bigint, in_force_until_at = greatest($3::timestamptz, in_force_from_at)
     where rule_id = $1::uuid and in_force_until is null`,
    [ruleId, setVersion, now],
  )
}

export async function beginTerm(
  client: pg.PoolClient,
  {
    ruleId,
    version,
    setVersion,
    now,
  }: { ruleId: string; version: number; setVersion: bigint; now: Date },
): Promise<void> {
  await client.query(
    `insert into rule_terms (rule_id, version, in_force_from, in_force_from_at)
     select $1::uuid, $2::integer, $3::bigint,
            greatest($4::timestamptz, max(t.in_force_until_at))
     from rule_terms t where t.rule_id = $1::uuid`,
    [ruleId, version, setVersion, now],
  )
}

async function saveRule(
  client: pg.PoolClient,
  change: {
    after: RuleRow
    setVersion: bigint | null
    actor: Actor
    now: Date
    reason: string | null | undefined
  },
): Promise<void> {
  const { after, setVersion, actor, now, reason } = change
  await client.query(
    `update referral_rules
     set name = $2::text, description = $3::text, version = $4::integer,
         latest_version = $5::integer, status = $6::text, reason = $7::text,
         set_version = coalesce($8::bigint, set_version), revision = revision + 1,
         updated_at = $9::timestamptz, updated_by = $10::text
     where id = $1::uuid`,
    [
      after.id,
      after.name,
      after.description,
      after.version,
      after.latest_version,
      after.status,
      reason === undefined ? after.reason : reason,
      setVersion,
      now,
      actor.by,
    ],
  )
}

/** Writes down who did what. */
export async function recordChange(
  client: pg.PoolClient,
  change: { ruleId: string; revision: number; outcome: MoveOutcome; actor: Actor; now: Date },
): Promise<void> {
  const { ruleId, revision, outcome, actor, now } = change
  await client.query(
    `insert into rule_changes (rule_id, revision, action, version, actor, owner_id, changed_at,
       reason, detail)
     values ($1::uuid, $2::integer, $3::text, $4::integer, $5::text, $6::text, $7::timestamptz,
       $8::text, $9::jsonb)`,
    [
      ruleId,
      revision,
      outcome.action,
      outcome.version ?? null,
      actor.by,
      actor.ownerId,
      now,
      outcome.reason ?? null,
      JSON.stringify(outcome.detail ?? {}),
    ],
  )
}
