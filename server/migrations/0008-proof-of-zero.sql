-- The proof of zero that goes on beside the postings: how far it has got, what it has found, and the
-- accounts in quarantine with their history. Nothing here is touched by the journal.

-- One row. The check that runs all the time reads the entries of all accounts in rounds, in the order
-- of their key, and besides the newest ones as they come.
create table proof_progress (
  singleton boolean not null default true,
  -- The last entry that was looked at in this round; null between two rounds.
  user_id text,
  currency text,
  user_sequence bigint,
  round_started_at timestamptz,
  round_completed_at timestamptz,
  -- The newest entry that was looked at as it came.
  newest_entry_id uuid,
  checked_at timestamptz,
  constraint proof_progress_pk primary key (singleton),
  constraint proof_progress_one_row check (singleton),
  constraint proof_progress_place check (
    (user_id is null) = (currency is null) and (user_id is null) = (user_sequence is null)
  )
);
insert into proof_progress (singleton) values (true);

-- What the latest proof of each kind has found: how many faults by the name of the check.
create table proof_results (
  kind text not null,
  proved_at timestamptz not null,
  faults jsonb not null,
  constraint proof_results_pk primary key (kind),
  constraint proof_results_kind_known check (kind in ('sums', 'complete'))
);

-- Why an account went into quarantine, and how it left it. Whether it is in it now says its balance.
create table quarantines (
  user_id text not null,
  id uuid not null,
  currency text not null,
  since timestamptz not null,
  actor text not null,
  faults jsonb not null,
  constraint quarantines_pk primary key (user_id, id)
);

-- `faults` are those that the account still had: whoever lifts over them answers for them.
create table quarantine_lifts (
  user_id text not null,
  quarantine_id uuid not null,
  lifted_at timestamptz not null,
  actor text not null,
  reason text not null,
  faults jsonb not null,
  constraint quarantine_lifts_pk primary key (user_id, quarantine_id),
  constraint quarantine_lifts_reason_given check (reason <> '')
);

create trigger quarantines_immutable before update or delete or truncate on quarantines
  for each statement execute function refuse_change();
create trigger quarantine_lifts_immutable before update or delete or truncate on quarantine_lifts
  for each statement execute function refuse_change();
