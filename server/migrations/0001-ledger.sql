-- The ledger: immutable entries, one kept balance per user and currency, the sums of the system
-- accounts in stripes, and the idempotency records that share the transaction of their effect.
--
-- Every primary and unique key contains the owner it would be sharded by; there are no foreign keys,
-- sequences or triggers that the money path depends on (the triggers below only refuse).

create table ledger_entries (
  user_id text not null,
  id uuid not null,
  flow text not null,
  entry_type text not null,
  amount_cents bigint not null,
  currency text not null,
  debit_account text not null,
  credit_account text not null,
  user_sequence bigint not null,
  balance_after_cents bigint not null,
  pending_after_cents bigint not null,
  reward_id text,
  related_entry_id uuid,
  reason text,
  idempotency_key text not null,
  actor text not null,
  source_event text,
  metadata jsonb not null,
  effective_at timestamptz not null,
  recorded_at timestamptz not null,
  constraint ledger_entries_pk primary key (user_id, id),
  -- The second guard of the version check: two writers can never take one place in the sequence.
  constraint ledger_entries_sequence_unique unique (user_id, currency, user_sequence),
  constraint ledger_entries_flow_known check (
    (flow, entry_type) in (
      ('credit', 'credit'), ('credit_pending', 'credit'), ('confirm', 'credit'), ('debit', 'debit'),
      ('reverse_credit', 'reversal'), ('reverse_pending', 'reversal'), ('reverse_debit', 'reversal')
    )
  ),
  constraint ledger_entries_amount_positive check (amount_cents between 1 and 9007199254740991),
  constraint ledger_entries_currency_shape check (currency ~ '^[A-Z]{3}$'),
  constraint ledger_entries_two_accounts check (debit_account <> credit_account),
  constraint ledger_entries_sequence_positive check (user_sequence >= 1),
  constraint ledger_entries_balance_bounds check (
    balance_after_cents between 0 and 9007199254740991
    and pending_after_cents between 0 and 9007199254740991
  ),
  constraint ledger_entries_related check (
    (related_entry_id is null) = (flow in ('credit', 'credit_pending', 'debit'))
  )
);

-- Look-up by id alone, and the newest-first list of all: ids are UUIDv7 and so in order of time.
create index ledger_entries_id on ledger_entries (id);
create index ledger_entries_related_entry on ledger_entries (related_entry_id)
  where related_entry_id is not null;

create table user_balances (
  user_id text not null,
  currency text not null,
  available_cents bigint not null,
  pending_cents bigint not null,
  version bigint not null,
  updated_at timestamptz not null,
  constraint user_balances_pk primary key (user_id, currency),
  constraint user_balances_bounds check (
    available_cents between 0 and 9007199254740991 and pending_cents between 0 and 9007199254740991
  ),
  constraint user_balances_version_positive check (version >= 1)
) with (fillfactor = 70);

-- What became of a credit or a debit: it is written when a pending credit is posted and when an entry
-- is confirmed or reversed. Amounts are added, never set, so that the checks bound the true sums even
-- if the version check failed.
create table entry_positions (
  user_id text not null,
  entry_id uuid not null,
  amount_cents bigint not null,
  pending_cents bigint not null,
  reversed_cents bigint not null,
  constraint entry_positions_pk primary key (user_id, entry_id),
  constraint entry_positions_reversal_bound check (reversed_cents between 0 and amount_cents),
  constraint entry_positions_pending_bound check (
    pending_cents >= 0 and pending_cents + reversed_cents <= amount_cents
  )
) with (fillfactor = 80);

-- Accounts of the program: never read for a limit. Each process adds to a stripe of its own, once per
-- batch; the balance is the sum of the stripes.
create table account_stripes (
  account text not null,
  currency text not null,
  stripe integer not null,
  debits_cents numeric(38) not null,
  credits_cents numeric(38) not null,
  constraint account_stripes_pk primary key (account, currency, stripe),
  constraint account_stripes_positive check (debits_cents >= 0 and credits_cents >= 0)
) with (fillfactor = 50);

-- How many entries of each flow there are, and their sum: the trial balance and the exact count
-- without a scan. In stripes for the same reason.
create table ledger_totals (
  flow text not null,
  currency text not null,
  stripe integer not null,
  entries bigint not null,
  amount_cents numeric(38) not null,
  constraint ledger_totals_pk primary key (flow, currency, stripe),
  constraint ledger_totals_positive check (entries >= 0 and amount_cents >= 0)
) with (fillfactor = 50);

-- The outcome of every idempotency key, refusals too, for ever. The answer is rebuilt from the entry,
-- which never changes, or from the refusal. `entry_id` is the id that the posting came in with: of its
-- entry, or of none where it was refused; a writer that lost its connection during commit knows its
-- own record by it.
create table idempotency_records (
  owner_id text not null,
  key text not null,
  fingerprint bytea not null,
  field_digests text not null,
  entry_id uuid not null,
  user_id text,
  refusal jsonb,
  created_at timestamptz not null,
  constraint idempotency_records_pk primary key (owner_id, key),
  constraint idempotency_records_outcome check ((user_id is null) = (refusal is not null)),
  constraint idempotency_records_fingerprint_size check (octet_length(fingerprint) = 32)
);

create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '% on % is refused: its rows are immutable', tg_op, tg_table_name
    using errcode = 'restrict_violation';
end
$$;

create trigger ledger_entries_immutable before update or delete or truncate on ledger_entries
  for each statement execute function refuse_change();
create trigger idempotency_records_immutable before update or delete or truncate on idempotency_records
  for each statement execute function refuse_change();
