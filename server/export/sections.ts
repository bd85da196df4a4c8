import { type Columns, columnsToJson } from './columns.ts'

/** The records of one kind: rows of a table. */
export interface Section {
  /** Names its lines: they begin with `{"record":"<record>"`. */
  readonly record: string
  readonly table: string
  /** Which rows; all where it is absent. */
  readonly where?: string
  readonly columns: Columns
  /** The key of the table: the order in the file. */
  readonly orderBy: string
}

/** The columns of an entry, in the order of the leaf (`server/log/leaf.ts`), whose text its line is. */
export const entryColumns = {
  id: 'uuid',
  user_id: 'text',
  flow: 'text',
  entry_type: 'text',
  amount_cents: 'bigint',
  currency: 'text',
  debit_account: 'text',
  credit_account: 'text',
  user_sequence: 'bigint',
  balance_after_cents: 'bigint',
  pending_after_cents: 'bigint',
  debt_after_cents: 'bigint',
  reward_id: 'text',
  related_entry_id: 'uuid',
  reason: 'text',
  idempotency_key: 'text',
  actor: 'text',
  source_event: 'text',
  metadata: 'leafJson',
  available_at: 'leafTime',
  expires_at: 'leafTime',
  effective_at: 'leafTime',
  recorded_at: 'leafTime',
} as const satisfies Columns

/**
 * What an export has beside the entries, in the order of the file: all that cannot be computed from
 * them. API keys are secrets and stay where they are.
 */
export const sections: readonly Section[] = [
  {
    record: 'idempotency',
    table: 'idempotency_records',
    columns: {
      owner_id: 'text',
      key: 'text',
      fingerprint: 'hex',
      field_digests: 'text',
      entry_id: 'uuid',
      user_id: 'text',
      refusal: 'json',
      created_at: 'time',
    },
    orderBy: 'owner_id, key',
  },
  {
    record: 'position',
    table: 'entry_positions',
    columns: {
      user_id: 'text',
      entry_id: 'uuid',
      currency: 'text',
      amount_cents: 'bigint',
      pending_cents: 'bigint',
      reversed_cents: 'bigint',
      expired_cents: 'bigint',
      unspent_cents: 'bigint',
      expires_at: 'time',
      due_at: 'time',
    },
    orderBy: 'user_id, entry_id',
  },
  {
    record: 'quarantined_balance',
    table: 'user_balances',
    where: 't.is_quarantined',
    columns: { user_id: 'text', currency: 'text' },
    orderBy: 'user_id, currency',
  },
  {
    record: 'quarantine',
    table: 'quarantines',
    columns: {
      user_id: 'text',
      id: 'uuid',
      currency: 'text',
      since: 'time',
      actor: 'text',
      faults: 'json',
    },
    orderBy: 'user_id, id',
  },
  {
    record: 'quarantine_lift',
    table: 'quarantine_lifts',
    columns: {
      user_id: 'text',
      quarantine_id: 'uuid',
      lifted_at: 'time',
      actor: 'text',
      reason: 'text',
      faults: 'json',
    },
    orderBy: 'user_id, quarantine_id',
  },
  {
    record: 'event',
    table: 'events',
    columns: {
      source: 'text',
      id: 'text',
      type: 'text',
      user_id: 'text',
      occurred_at: 'time',
      received_at: 'time',
      data: 'json',
      fingerprint: 'hex',
      command_id: 'uuid',
    },
    orderBy: 'source, id',
  },
  {
    record: 'decision',
    table: 'decisions',
    columns: {
      source: 'text',
      event_id: 'text',
      scope: 'text',
      rule_set_version: 'bigint',
      rules_evaluated: 'integer',
      rules_triggered: 'integer',
      results: 'json',
      command_id: 'uuid',
      decided_at: 'time',
    },
    orderBy: 'source, event_id, scope',
  },
  {
    record: 'rule',
    table: 'referral_rules',
    columns: {
      id: 'uuid',
      name: 'text',
      description: 'text',
      version: 'integer',
      status: 'text',
      created_at: 'time',
      updated_at: 'time',
      latest_version: 'integer',
      revision: 'integer',
      set_version: 'bigint',
      reason: 'text',
      created_by: 'text',
      updated_by: 'text',
    },
    orderBy: 'id',
  },
  {
    record: 'rule_version',
    table: 'rule_versions',
    columns: {
      rule_id: 'uuid',
      version: 'integer',
      rule_json: 'json',
      created_at: 'time',
      published_at: 'time',
      status: 'text',
      created_by: 'text',
      created_by_owner_id: 'text',
      edited_at: 'time',
      edited_by: 'text',
      edited_by_owner_id: 'text',
      approved_at: 'time',
      approved_by: 'text',
      approved_by_owner_id: 'text',
      scheduled_for: 'time',
      scheduled_by: 'text',
      scheduled_by_owner_id: 'text',
      acknowledged: 'json',
      published_by: 'text',
      retired_at: 'time',
    },
    orderBy: 'rule_id, version',
  },
  {
    record: 'rule_term',
    table: 'rule_terms',
    columns: {
      rule_id: 'uuid',
      version: 'integer',
      in_force_from: 'bigint',
      in_force_until: 'bigint',
      in_force_from_at: 'time',
      in_force_until_at: 'time',
    },
    orderBy: 'rule_id, in_force_from',
  },
  {
    record: 'rule_change',
    table: 'rule_changes',
    columns: {
      rule_id: 'uuid',
      revision: 'integer',
      action: 'text',
      version: 'integer',
      actor: 'text',
      owner_id: 'text',
      changed_at: 'time',
      reason: 'text',
      detail: 'json',
    },
    orderBy: 'rule_id, revision',
  },
  {
    record: 'rule_test_case',
    table: 'rule_test_cases',
    columns: {
      rule_id: 'uuid',
      id: 'uuid',
      test_case: 'json',
      created_at: 'time',
      created_by: 'text',
      updated_at: 'time',
      updated_by: 'text',
    },
    orderBy: 'rule_id, id',
  },
  {
    record: 'event_type',
    table: 'event_types',
    columns: {
      type: 'text',
      description: 'text',
      json_schema: 'json',
      created_at: 'time',
      updated_at: 'time',
      updated_by: 'text',
    },
    orderBy: 'type',
  },
  { record: 'rule_set', table: 'rule_set', columns: { version: 'bigint' }, orderBy: 'singleton' },
  {
    record: 'example_rule',
    table: 'example_rules',
    columns: { position: 'integer', rule_id: 'uuid' },
    orderBy: 'position',
  },
  {
    record: 'adjustment',
    table: 'adjustments',
    columns: {
      id: 'uuid',
      owner_id: 'text',
      idempotency_key: 'text',
      fingerprint: 'hex',
      field_digests: 'text',
      user_id: 'text',
      direction: 'text',
      amount_cents: 'bigint',
      currency: 'text',
      reason: 'text',
      effective_at: 'time',
      metadata: 'json',
      proposed_by: 'text',
      proposed_at: 'time',
      lapses_at: 'time',
      status: 'text',
      decided_by: 'text',
      decided_by_owner_id: 'text',
      decided_at: 'time',
      decision_reason: 'text',
      settled_at: 'time',
      entry_id: 'uuid',
      refusal: 'json',
    },
    orderBy: 'id',
  },
  {
    record: 'closed_period',
    table: 'closed_periods',
    columns: { closed_until: 'time', closed_at: 'time', actor: 'text' },
    orderBy: 'closed_until',
  },
  {
    record: 'summed_period',
    table: 'summed_periods',
    columns: { closed_until: 'time', summed_at: 'time' },
    orderBy: 'closed_until',
  },
  {
    record: 'closed_period_sum',
    table: 'closed_period_sums',
    columns: {
      closed_until: 'time',
      account: 'text',
      currency: 'text',
      debits_cents: 'numeric',
      credits_cents: 'numeric',
    },
    orderBy: 'closed_until, account, currency',
  },
  {
    record: 'key',
    table: 'log_keys',
    columns: { key_id: 'text', public_key: 'text', created_at: 'time' },
    orderBy: 'key_id',
  },
  {
    record: 'head',
    table: 'log_heads',
    columns: {
      origin: 'text',
      tree_size: 'bigint',
      root_hash: 'hex',
      signed_at: 'instant',
      key_id: 'text',
      signature: 'base64',
    },
    orderBy: 'tree_size',
  },
]

/** SQL: joins to rows of the table, under their alias, what their line says, as `l`. */
export function recordJoin({ record, columns }: Section, alias: string): string {
  return `cross join lateral (
    select '${record}'::text as record, ${columnsToJson(columns, alias)}
  ) as l`
}
