import type pg from 'pg'

const rowsPerStatement = 500_000

/**
 * Writes a year of entries past the journal, as the owner of the tables: entries `from` to `to` of
 * `total` that are spread evenly over the year. Of the user `house` is one in twenty, of `user-…` the
 * rest; the reward and the campaign `old` end with the first 30 % of the year.
 */
export async function fillEntries(
  owner: pg.Pool | pg.ClientBase,
  { from = 1, to, total }: { from?: number; to: number; total: number },
): Promise<void> {
  for (let first = from; first <= to; first += rowsPerStatement) {
    await owner.query(fillSql, [first, Math.min(to, first + rowsPerStatement - 1), total])
  }
}

/** The same for a table without entries: the indexes are built at the end, in a fraction of the time. */
export async function fillEmptyTable(owner: pg.Pool, total: number): Promise<void> {
  const { rows } = await owner.query<{ name: string; definition: string }>(`
    select c.relname as name, pg_get_indexdef(c.oid) as definition
    from pg_index i join pg_class c on c.oid = i.indexrelid
    where i.indrelid = 'ledger_entries'::regclass and not i.indisunique`)
  for (const { name } of rows) await owner.query(`drop index ${name}`)
  await fillEntries(owner, { to: total, total })
  for (const { definition } of rows) await owner.query(definition)
  await owner.query('vacuum analyze ledger_entries')
}

export const ruleIdOf = (digit: number): string => `01926f3c-7a10-7cc4-9a5e-0c6a5f6f3b1${digit}`

// Ids are UUIDv7 of the time of recording with the number of the entry at the end.
const fillSql = `
  insert into ledger_entries
    (user_id, id, flow, entry_type, amount_cents, currency, debit_account, credit_account,
     user_sequence, balance_after_cents, pending_after_cents, debt_after_cents, reward_id, related_entry_id, reason,
     idempotency_key, actor, source_event, metadata, effective_at, recorded_at)
  select u, (substr(ms, 1, 8) || '-' || substr(ms, 9) || '-7000-8000-' || lpad(to_hex(i), 12, '0'))::uuid,
    f, case f when 'reverse_credit' then 'reversal' else f end, 1 + i % 9973,
    case when i % 50 = 0 then 'EUR' else 'USD' end,
    case f when 'credit' then 'program:default:rewards' else 'user:' || u || ':available' end,
    case f when 'credit' then 'user:' || u || ':available'
      when 'debit' then 'program:default:redemptions' else 'program:default:rewards' end,
    i, 5000, 0, 0,
    case when f = 'credit' then
      case when i < $3::bigint * 3 / 10 then 'old' when i % 1000003 = 7 then 'rare' else 'bonus' end end,
    case when f = 'reverse_credit' then gen_random_uuid() end, null, 'key-' || i,
    case when is_of_rule then 'rule:${ruleIdOf(0).slice(0, -1)}' || i / 2 % 10 || '@' || 1 + i % 3
      else 'key:01926f3c-7a10-7cc4-9a5e-0c6a5f6f3b2a' end,
    case when is_of_rule then 'shop/evt-' || i end,
    case when f = 'credit' then jsonb_build_object(
      'campaign', case when i < $3::bigint * 3 / 10 then 'old' else 'c' || i % 10 end,
      'order', 'o-' || i) else '{}' end,
    case when i % 1000 = 1 then t - interval '30 days' else t end, t
  from (
    select i, t, f, f = 'credit' and i % 2 = 0 as is_of_rule,
      lpad(to_hex((extract(epoch from t) * 1000)::bigint), 12, '0') as ms,
      case when i % 20 = 0 then 'house' else 'user-' || (i * 7919) % 20000 end as u
    from (
      select i,
        date_trunc('milliseconds', timestamptz '2026-01-01Z' + i * (interval '365 days' / $3::bigint)) as t,
        case when i % 10 < 7 then 'credit' when i % 10 < 9 then 'debit' else 'reverse_credit' end as f
      from generate_series($1::bigint, $2::bigint) i
    ) timed
  ) entry`
