-- What users owe, credits that mature and expire, two times of an entry, closed periods and quarantine.
--
-- The column that is added to the immutable entries has a constant default, so that no row is written.

alter table ledger_entries
  add column debt_after_cents bigint not null default 0,
  add column available_at timestamptz,
  add column expires_at timestamptz;
alter table ledger_entries
  alter column debt_after_cents drop default,
  drop constraint ledger_entries_flow_known,
  drop constraint ledger_entries_balance_bounds,
  drop constraint ledger_entries_related;
alter table ledger_entries
  add constraint ledger_entries_flow_known check (
    (flow, entry_type) in (
      ('credit', 'credit'), ('credit_pending', 'credit'), ('confirm', 'credit'), ('debit', 'debit'),
      ('reverse_credit', 'reversal'), ('reverse_pending', 'reversal'), ('reverse_debit', 'reversal'),
      ('lapse', 'expiry'), ('expire', 'expiry'), ('debt', 'debt'), ('netting', 'netting'),
      ('adjust_credit', 'adjustment'), ('adjust_debit', 'adjustment')
    )
  ),
  add constraint ledger_entries_balance_bounds check (
    balance_after_cents between 0 and 9007199254740991
    and pending_after_cents between 0 and 9007199254740991
    and debt_after_cents between 0 and 9007199254740991
  ),
  add constraint ledger_entries_related check (
    (related_entry_id is null)
    = (flow in ('credit', 'credit_pending', 'debit', 'adjust_credit', 'adjust_debit'))
  ),
  add constraint ledger_entries_counts_by_then check (effective_at <= recorded_at),
  add constraint ledger_entries_maturity check (
    available_at is null or (flow = 'credit_pending' and (expires_at is null or available_at < expires_at))
  ),
  add constraint ledger_entries_expiry check (
    expires_at is null or (flow in ('credit', 'credit_pending', 'confirm') and expires_at > recorded_at)
  );

-- Few entries count from before they were written: with them the balance at a past time is that of the
-- sequence at the time and what was added to it later.
create index ledger_entries_backdated on ledger_entries (user_id, currency, effective_at)
  where effective_at < recorded_at;

alter table user_balances
  add column debt_cents bigint not null default 0,
  add column expiring_cents bigint not null default 0,
  add column is_quarantined boolean not null default false;
alter table user_balances
  add constraint user_balances_debt_bounds check (debt_cents between 0 and 9007199254740991),
  -- Whatever comes in pays the debt first.
  add constraint user_balances_debt_netted check (debt_cents = 0 or available_cents = 0),
  add constraint user_balances_expiring_bound check (expiring_cents between 0 and available_cents);

alter table entry_positions
  add column currency text,
  add column expired_cents bigint not null default 0,
  add column unspent_cents bigint not null default 0,
  add column expires_at timestamptz,
  add column due_at timestamptz;
update entry_positions p set currency = e.currency
from ledger_entries e where e.user_id = p.user_id and e.id = p.entry_id;
alter table entry_positions
  alter column currency set not null,
  drop constraint entry_positions_pending_bound;
alter table entry_positions
  add constraint entry_positions_parts_bound check (
    pending_cents >= 0 and expired_cents >= 0 and unspent_cents >= 0
    and pending_cents + unspent_cents + reversed_cents + expired_cents <= amount_cents
  ),
  add constraint entry_positions_due check (due_at is null or pending_cents + unspent_cents > 0);

-- The credits of a user that expire and are not spent yet; and what happens next by itself.
create index entry_positions_unspent on entry_positions (user_id, currency) where unspent_cents > 0;
create index entry_positions_due_next on entry_positions (due_at, entry_id) where due_at is not null;

-- A closed period takes no more entries: what counts before `closed_until` is fixed for ever. Whoever
-- saves entries reads this table in the same statement; whoever closes locks it against them.
create table closed_periods (
  closed_until timestamptz not null,
  closed_at timestamptz not null,
  actor text not null,
  constraint closed_periods_pk primary key (closed_until)
);

-- The periods whose sums were taken, which is done once the period is closed and nothing can change.
create table summed_periods (
  closed_until timestamptz not null,
  summed_at timestamptz not null,
  constraint summed_periods_pk primary key (closed_until)
);

-- The sums of every account of what counts before the end of a closed period; users summed by kind.
create table closed_period_sums (
  closed_until timestamptz not null,
  account text not null,
  currency text not null,
  debits_cents numeric(38) not null,
  credits_cents numeric(38) not null,
  constraint closed_period_sums_pk primary key (closed_until, account, currency)
);

create trigger closed_periods_immutable before update or delete or truncate on closed_periods
  for each statement execute function refuse_change();
create trigger summed_periods_immutable before update or delete or truncate on summed_periods
  for each statement execute function refuse_change();
create trigger closed_period_sums_immutable before update or delete or truncate on closed_period_sums
  for each statement execute function refuse_change();
