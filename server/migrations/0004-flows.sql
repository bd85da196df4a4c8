-- temporary: the columns of the flows that another change brings, as far as the log needs them.

alter table ledger_entries
  add column debt_after_cents bigint not null default 0,
  add column available_at timestamptz,
  add column expires_at timestamptz;
