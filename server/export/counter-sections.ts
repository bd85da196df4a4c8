import type { Section } from './section.ts'

/** What is kept of history for rules. */
export const counterSections: readonly Section[] = [
  {
    record: 'referral',
    table: 'referrals',
    columns: {
      referrer_id: 'text',
      referred_id: 'text',
      started_at: 'time',
      source: 'text',
      event_id: 'text',
    },
    orderBy: 'referrer_id, referred_id',
  },
  {
    record: 'event_hold',
    table: 'event_holds',
    columns: {
      event_type: 'text',
      match_path: 'text',
      match_value: 'text',
      entry_id: 'uuid',
      user_id: 'text',
      currency: 'text',
    },
    orderBy: 'event_type, match_path, match_value, entry_id',
  },
  {
    record: 'event_hold_path',
    table: 'event_hold_paths',
    columns: { event_type: 'text', match_path: 'text', from_set_version: 'bigint' },
    orderBy: 'event_type, match_path',
  },
  {
    record: 'rule_metric',
    table: 'rule_metrics',
    columns: {
      number: 'integer',
      name: 'text',
      definition: 'json',
      timezone: 'text',
      state: 'text',
      from_set_version: 'bigint',
      cursor_source: 'text',
      cursor_id: 'text',
      events_counted: 'bigint',
      events_total: 'bigint',
      created_at: 'time',
      ready_at: 'time',
    },
    orderBy: 'number',
  },
  {
    record: 'rule_counter',
    table: 'rule_counters',
    columns: {
      owner: 'text',
      metric: 'integer',
      bucket: 'integer',
      count: 'bigint',
      sum: 'numeric',
      min: 'bigint',
      max: 'bigint',
    },
    orderBy: 'owner, metric, bucket',
  },
  {
    record: 'rule_counter_value',
    table: 'rule_counter_values',
    columns: { owner: 'text', metric: 'integer', bucket: 'integer', value: 'text' },
    orderBy: 'owner, metric, bucket, value',
  },
]
