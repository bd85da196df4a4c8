-- Rules with their immutable versions, events, and the decision taken on each event. An event is
-- unique for ever within its source; its decisions share its transaction, and so do the entries that
-- they led to.

create table referral_rules (
  id uuid not null,
  name text not null,
  description text,
  version integer not null,
  status text not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint referral_rules_pk primary key (id),
  constraint referral_rules_status_known check (status in ('draft', 'published', 'retired')),
  constraint referral_rules_version_positive check (version >= 1)
);

create table rule_versions (
  rule_id uuid not null,
  version integer not null,
  rule_json jsonb not null,
  created_at timestamptz not null,
  published_at timestamptz,
  constraint rule_versions_pk primary key (rule_id, version)
);

-- The version of the set of published rules: it grows with every change, and every process compares
-- it before it judges an event.
create table rule_set (
  singleton boolean not null default true,
  version bigint not null,
  constraint rule_set_pk primary key (singleton),
  constraint rule_set_one_row check (singleton)
);
insert into rule_set (version) values (1);

-- The two example rules are created once; this row remembers which they are.
create table example_rules (
  position integer not null,
  rule_id uuid not null,
  constraint example_rules_pk primary key (position)
);

create table events (
  source text not null,
  id text not null,
  type text not null,
  user_id text,
  occurred_at timestamptz not null,
  received_at timestamptz not null,
  data jsonb not null,
  fingerprint bytea not null,
  command_id uuid not null,
  constraint events_pk primary key (source, id),
  constraint events_fingerprint_size check (octet_length(fingerprint) = 32)
);

-- `scope` is the id of the one rule that was asked for, or empty where all published rules were.
create table decisions (
  source text not null,
  event_id text not null,
  scope text not null,
  rule_set_version bigint not null,
  rules_evaluated integer not null,
  rules_triggered integer not null,
  results jsonb not null,
  command_id uuid not null,
  decided_at timestamptz not null,
  constraint decisions_pk primary key (source, event_id, scope),
  constraint decisions_counts check (rules_triggered between 0 and rules_evaluated)
);

create trigger events_immutable before update or delete or truncate on events
  for each statement execute function refuse_change();
create trigger decisions_immutable before update or delete or truncate on decisions
  for each statement execute function refuse_change();
create trigger rule_versions_immutable before delete or truncate on rule_versions
  for each statement execute function refuse_change();
