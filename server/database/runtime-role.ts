import pg from 'pg'

/** The role without which nothing of the ledger could be changed once it is written. */
export const runtimeRoleName = 'pineos_service'

/** What the running service may do with each table, and nothing else. */
const grants: Readonly<Record<string, string>> = {
  schema_migrations: 'select',
  ledger_entries: 'select, insert',
  idempotency_records: 'select, insert',
  user_balances: 'select, insert, update',
  entry_positions: 'select, insert, update',
  account_stripes: 'select, insert, update',
  // The right to update is that to lock it, by which a period closes; its triggers refuse any update.
  closed_periods: 'select, insert, update',
  closed_period_sums: 'select, insert',
  summed_periods: 'select, insert',
  ledger_totals: 'select, insert, update',
  proof_progress: 'select, update',
  proof_results: 'select, insert, update',
  quarantines: 'select, insert',
  quarantine_lifts: 'select, insert',
  api_keys: 'select, insert, update',
  referral_rules: 'select, insert, update',
  rule_versions: 'select, insert, update',
  rule_terms: 'select, insert, update (in_force_until, in_force_until_at)',
  rule_changes: 'select, insert',
  rule_test_cases: 'select, insert, update, delete',
  // The oldest of those that have ended are forgotten.
  simulations: 'select, insert, update, delete',
  event_types: 'select, insert, update, delete',
  rule_set: 'select, update',
  example_rules: 'select, insert',
  events: 'select, insert',
  decisions: 'select, insert',
  rule_metrics: 'select, insert, update',
  rule_counters: 'select, insert, update',
  rule_counter_values: 'select, insert',
  referrals: 'select, insert',
  event_holds: 'select, insert, delete',
  event_hold_paths: 'select, insert',
  // What was asked stays: only what becomes of it is written later.
  adjustments:
    'select, insert, update (status, decided_by, decided_by_owner_id, decided_at, decision_reason, settled_at, entry_id, refusal)',
  log_intake: 'select, insert, delete',
  log_tree: 'select, update (size)',
  log_tiles: 'select, insert, update (hashes)',
  log_tile_entries: 'select, insert, update (entry_ids, least_entry_id, greatest_entry_id)',
  log_heads: 'select, insert',
  log_keys: 'select, insert',
}

interface RuntimeRoleOptions {
  readonly connectionString: string
  readonly runtimeConnectionString?: string
  readonly log: (message: string) => void
}

/**
 * Gives the running service its own, narrow rights. Where it signs in as another user than the owner,
 * that user is granted them. Otherwise a role is created for it to drop to, given the right to create
 * roles; without that right it says so and the triggers alone refuse changes (null is returned).
 */
export async function prepareRuntimeRole(
  client: pg.Client,
  options: RuntimeRoleOptions,
): Promise<string | null> {
  const owner = await currentUser(client)
  const runtimeUser = options.runtimeConnectionString
    ? await userOf(options.runtimeConnectionString)
    : owner
  if (runtimeUser !== owner) {
    await grantTo(client, runtimeUser)
    return null
  }
  if (!(await ensureRole(client))) {
    options.log(
      `the database user may not create roles: the service keeps its own rights, and triggers alone refuse changes of the ledger. Create the role ${runtimeRoleName} and grant it to the user to close this.`,
    )
    return null
  }
  await grantTo(client, runtimeRoleName)
  return runtimeRoleName
}

/** True where sessions of the current user can drop to the role, created now if need be. */
async function ensureRole(client: pg.Client): Promise<boolean> {
  try {
    if (!(await roleExists(client))) {
      await client.query(`create role ${runtimeRoleName} nologin`)
    }
    if (!(await canDropToRole(client))) {
      await client.query(`grant ${runtimeRoleName} to current_user`)
    }
    return await canDropToRole(client)
  } catch (error) {
    const state = error instanceof pg.DatabaseError ? error.code : undefined
    // duplicate_object, unique_violation: another database of the cluster created it at this moment.
    if (state === '42710' || state === '23505') return canDropToRole(client)
    if (state === '42501') return false // insufficient_privilege
    throw error
  }
}

async function roleExists(client: pg.Client): Promise<boolean> {
  const { rowCount } = await client.query('select 1 from pg_roles where rolname = $1::name', [
    runtimeRoleName,
  ])
  return rowCount === 1
}

async function canDropToRole(client: pg.Client): Promise<boolean> {
  try {
    await client.query(`set role ${runtimeRoleName}`)
    await client.query('reset role')
    return true
  } catch (error) {
    if (error instanceof pg.DatabaseError && (error.code === '42501' || error.code === '22023'))
      return false
    throw error
  }
}

async function grantTo(client: pg.Client, role: string): Promise<void> {
  const name = client.escapeIdentifier(role)
  const { rows } = await client.query<{ schema: string }>('select current_schema() as schema')
  const statements = [
    `grant usage on schema ${client.escapeIdentifier(rows[0]?.schema ?? 'public')} to ${name}`,
  ]
  for (const [table, rights] of Object.entries(grants)) {
    statements.push(`revoke all on ${table} from ${name}`, `grant ${rights} on ${table} to ${name}`)
  }
  // One transaction, so that a service that is running meanwhile never finds itself without its rights.
  await client.query(`begin; ${statements.join('; ')}; commit`)
}

async function currentUser(client: pg.Client): Promise<string> {
  const { rows } = await client.query<{ name: string }>('select current_user as name')
  return rows[0]?.name ?? ''
}

async function userOf(connectionString: string): Promise<string> {
  const client = new pg.Client({ connectionString, application_name: 'pineos-migrate' })
  await client.connect()
  try {
    return await currentUser(client)
  } finally {
    await client.end()
  }
}
