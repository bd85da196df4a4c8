import type pg from 'pg'
import { longQuery } from '../database/long-query.ts'
import { quarantinesTable } from './import-lines.ts'

/** Where imported sums are kept: those of a process are in a stripe of its own. */
const stripe = 0

/** Everything that is kept and can be computed from what was imported. */
export async function deriveKept(client: pg.ClientBase): Promise<void> {
  await longQuery(
    client,
    `insert into user_balances
       (user_id, currency, available_cents, pending_cents, debt_cents, expiring_cents, is_quarantined,
        version, updated_at)
     select e.user_id, e.currency, e.balance_after_cents, e.pending_after_cents, e.debt_after_cents,
       coalesce(p.unspent_cents, 0), q.user_id is not null, e.user_sequence, e.recorded_at
     from (
       select distinct on (user_id, currency) * from ledger_entries
       order by user_id, currency, user_sequence desc
     ) as e
     left join (
       select user_id, currency, sum(unspent_cents) as unspent_cents from entry_positions
       where unspent_cents > 0 group by user_id, currency
     ) as p on p.user_id = e.user_id and p.currency = e.currency
     left join ${quarantinesTable} q on q.user_id = e.user_id and q.currency = e.currency`,
  )
  await longQuery(
    client,
    `insert into account_stripes (account, currency, stripe, debits_cents, credits_cents)
     select a.account, e.currency, $1::integer, sum(a.debits), sum(a.credits)
     from ledger_entries e
     cross join lateral (values
       (e.debit_account, e.amount_cents, 0), (e.credit_account, 0, e.amount_cents)
     ) as a (account, debits, credits)
     where a.account not like 'user:%'
     group by a.account, e.currency`,
    [stripe],
  )
  await longQuery(
    client,
    `insert into ledger_totals (flow, currency, stripe, entries, amount_cents)
     select flow, currency, $1::integer, count(*), sum(amount_cents)
     from ledger_entries group by flow, currency`,
    [stripe],
  )
}
