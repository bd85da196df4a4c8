import type pg from 'pg'

/** Each user repeats these ten movements; `about` is the step that a movement is about. */
const movements = `(values
    (1, 'credit', 'credit', 100, null), (2, 'credit', 'credit', 100, null),
    (3, 'debit', 'debit', 50, null), (4, 'credit_pending', 'credit', 30, null),
    (5, 'confirm', 'credit', 30, 4), (6, 'credit', 'credit', 100, null),
    (7, 'debit', 'debit', 80, null), (8, 'reverse_debit', 'reversal', 20, 7),
    (9, 'credit_pending', 'credit', 40, null), (10, 'reverse_credit', 'reversal', 10, 6)
  ) as m (step, flow, entry_type, amount, about)`

const stepsPerRound = 10
const entriesPerUser = 50

// UUIDv7 in the order of the entries of all users: first everybody's first entry, then the second.
const idOf = (ordinal: string) => `
  (lpad(to_hex(1700000000000 + (${ordinal})), 12, '0') || '7' || substr(md5((${ordinal})::text), 1, 3)
   || '8' || substr(md5((${ordinal})::text), 4, 15))::uuid`
const ordinal = (sequence: string) => `(${sequence} - 1) * users.n + u.n`

const fill: readonly string[] = [
  `create temporary table filled as
    with users as (select $1::bigint as n)
    select format('user-%s', u.n) as user_id, ${idOf(ordinal('s.n'))} as id, m.flow, m.entry_type,
      m.amount::bigint as amount_cents, s.n as user_sequence,
      case when m.about is not null then ${idOf(ordinal('s.n - m.step + m.about'))} end as related_entry_id,
      f.available * m.amount as available, f.pending * m.amount as pending,
      f.from_before || case when f.from_user then format('user-%s', u.n) else 'default' end || f.from_after as debit_account,
      f.to_before || case when f.to_user then format('user-%s', u.n) else 'default' end || f.to_after as credit_account,
      format('key-%s-%s', u.n, s.n) as idempotency_key,
      timestamptz '2026-01-01' + s.n * interval '1 hour' as recorded_at
    from users
    cross join lateral generate_series(1, users.n) as u (n)
    cross join generate_series(1::bigint, ${entriesPerUser}) as s (n)
    join ${movements} on m.step = (s.n - 1) % ${stepsPerRound} + 1
    join FLOWS on f.flow = m.flow`,
  `insert into ledger_entries
      (user_id, id, flow, entry_type, amount_cents, currency, debit_account, credit_account, user_sequence,
       balance_after_cents, pending_after_cents, debt_after_cents, related_entry_id, reason,
       idempotency_key, actor, metadata, effective_at, recorded_at)
    select user_id, id, flow, entry_type, amount_cents, 'USD', debit_account, credit_account, user_sequence,
      sum(available) over w, sum(pending) over w, 0, related_entry_id,
      case when entry_type = 'reversal' then 'Order was refunded' end, idempotency_key, 'key:bench', '{}',
      recorded_at, recorded_at
    from filled
    window w as (partition by user_id order by user_sequence)
    order by user_sequence, id`,
  `insert into idempotency_records (owner_id, key, fingerprint, field_digests, entry_id, user_id, created_at)
    select 'owner', idempotency_key, sha256(idempotency_key::bytea), repeat('0', 60), id, user_id, recorded_at
    from filled order by user_sequence, id`,
  `insert into user_balances (user_id, currency, available_cents, pending_cents, version, updated_at)
    select user_id, 'USD', sum(available), sum(pending), count(*), max(recorded_at) from filled group by user_id`,
  `insert into entry_positions (user_id, entry_id, currency, amount_cents, pending_cents, reversed_cents)
    select o.user_id, o.id, 'USD', o.amount_cents,
      case when o.flow = 'credit_pending' and r.id is null then o.amount_cents else 0 end,
      case when r.entry_type = 'reversal' then r.amount_cents else 0 end
    from filled o left join filled r on r.related_entry_id = o.id
    where o.flow = 'credit_pending' or r.entry_type = 'reversal'`,
  `insert into account_stripes (account, currency, stripe, debits_cents, credits_cents)
    select account, 'USD', 0, sum(debits), sum(credits)
    from filled cross join lateral (values (debit_account, amount_cents, 0), (credit_account, 0, amount_cents))
      as a (account, debits, credits)
    where account like 'program:%' group by account`,
  `insert into ledger_totals (flow, currency, stripe, entries, amount_cents)
    select flow, 'USD', 0, count(*), sum(amount_cents) from filled group by flow`,
  'drop table filled',
]

/** Fills an empty ledger with right books: about so many entries, of users with 50 entries each. */
export async function fillLedger(
  client: pg.ClientBase,
  { entries, flowTable }: { entries: number; flowTable: string },
): Promise<void> {
  for (const statement of fill) {
    const text = statement.replace('FLOWS', flowTable)
    await client.query(text, text.includes('$1') ? [Math.ceil(entries / entriesPerUser)] : [])
  }
  // What autovacuum has done by the time that a ledger has this many entries.
  await client.query('vacuum analyze')
}
