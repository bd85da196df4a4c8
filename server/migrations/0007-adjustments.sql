-- Manual adjustments: what a person asks to correct, and what a second person and the ledger said to it.
-- The money itself moves through the journal alone, under the business key `adjustment-<id>`, so that
-- it moves once whatever happens between a decision and its posting.
--
-- What was asked never changes, and a status moves only forward. The table is small and not on the
-- money path: on a sharded database it is a reference table.

create table adjustments (
  id uuid not null,
  -- The owner of the API key that proposed it, and their idempotency key.
  owner_id text not null,
  idempotency_key text not null,
  fingerprint bytea not null,
  field_digests text not null,
  user_id text not null,
  direction text not null,
  amount_cents bigint not null,
  currency text not null,
  reason text not null,
  effective_at timestamptz,
  metadata jsonb not null,
  proposed_by text not null,
  proposed_at timestamptz not null,
  -- Null where it needs no approval.
  lapses_at timestamptz,
  status text not null,
  decided_by text,
  decided_by_owner_id text,
  decided_at timestamptz,
  decision_reason text,
  settled_at timestamptz,
  entry_id uuid,
  refusal jsonb,
  constraint adjustments_pk primary key (id),
  -- The same request twice is one adjustment.
  constraint adjustments_key_unique unique (owner_id, idempotency_key),
  -- One entry settles one adjustment.
  constraint adjustments_entry_unique unique (entry_id),
  constraint adjustments_fingerprint_size check (octet_length(fingerprint) = 32),
  constraint adjustments_direction_known check (direction in ('credit', 'debit')),
  constraint adjustments_amount_positive check (amount_cents between 1 and 9007199254740991),
  constraint adjustments_currency_shape check (currency ~ '^[A-Z]{3}$'),
  constraint adjustments_reason_size check (char_length(reason) between 1 and 500),
  constraint adjustments_lapse_after_proposal check (lapses_at > proposed_at),
  constraint adjustments_status_known check (
    status in ('awaiting_approval', 'approved', 'posted', 'refused', 'rejected', 'withdrawn', 'lapsed')
  ),
  constraint adjustments_decision_needed check (
    lapses_at is not null or status in ('approved', 'posted', 'refused')
  ),
  constraint adjustments_decision_whole check (
    (decided_at is null) = (lapses_at is null or status in ('awaiting_approval', 'lapsed'))
    and (decided_at is null) = (decided_by is null)
    and (decided_at is null) = (decided_by_owner_id is null)
  ),
  constraint adjustments_decided_in_time check (decided_at < lapses_at),
  -- Four eyes: nobody decides on their own proposal, and nobody else takes it back.
  constraint adjustments_second_person check (
    status = 'withdrawn' or decided_by_owner_id <> owner_id
  ),
  constraint adjustments_withdrawn_by_proposer check (
    status <> 'withdrawn' or decided_by_owner_id = owner_id
  ),
  constraint adjustments_rejected_with_reason check (
    (decision_reason is not null) = (status = 'rejected')
  ),
  constraint adjustments_settled_whole check (
    (settled_at is not null) = (status in ('posted', 'refused'))
    and (entry_id is not null) = (status = 'posted')
    and (refusal is not null) = (status = 'refused')
  )
);

-- Newest first, of one user or of one status; those that lapse next; those that still have to be posted.
create index adjustments_of_user on adjustments (user_id, id);
create index adjustments_of_status on adjustments (status, id);
create index adjustments_lapsing on adjustments (lapses_at) where status = 'awaiting_approval';

create trigger adjustments_kept before delete or truncate on adjustments
  for each statement execute function refuse_change();
create trigger adjustments_asked_immutable before update on adjustments
  for each row when (
    (
      old.id, old.owner_id, old.idempotency_key, old.fingerprint, old.field_digests, old.user_id,
      old.direction, old.amount_cents, old.currency, old.reason, old.effective_at, old.metadata,
      old.proposed_by, old.proposed_at, old.lapses_at
    ) is distinct from (
      new.id, new.owner_id, new.idempotency_key, new.fingerprint, new.field_digests, new.user_id,
      new.direction, new.amount_cents, new.currency, new.reason, new.effective_at, new.metadata,
      new.proposed_by, new.proposed_at, new.lapses_at
    )
  ) execute function refuse_change();
-- A person's decision is kept as it was taken; what is settled stays as it is.
create trigger adjustments_decision_immutable before update on adjustments
  for each row when (
    old.decided_at is not null
    and (old.decided_by, old.decided_by_owner_id, old.decided_at, old.decision_reason)
      is distinct from (new.decided_by, new.decided_by_owner_id, new.decided_at, new.decision_reason)
  ) execute function refuse_change();
create trigger adjustments_moves_known before update on adjustments
  for each row when (
    (old.status, new.status) not in (
      ('awaiting_approval', 'approved'), ('awaiting_approval', 'rejected'),
      ('awaiting_approval', 'withdrawn'), ('awaiting_approval', 'lapsed'),
      ('approved', 'posted'), ('approved', 'refused')
    )
  ) execute function refuse_change();
