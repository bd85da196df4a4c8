-- What rules know of history: counters per owner, metric and bucket of time, kept in the commit of the
-- event; who referred whom; credits that wait for an event. Every event keeps the version of the rule set
-- that it was first judged by, so that what is counted from a version on and what is counted again from
-- before it can be told apart.

-- The default stands for the events of before; it is a constant, so that no row is written.
alter table events add column rule_set_version bigint not null default 0;
alter table events alter column rule_set_version drop default;

-- `history`: what was read of the counters for it. `confirmations`: the pending credits that the event
-- has confirmed. Both are null where there was nothing.
alter table decisions
  add column history jsonb,
  add column confirmations jsonb;

-- What is counted: metrics that rules read, and limits of rules. `definition` is what the code reads;
-- `name` is the SHA-256 of its id, which can be long: the same for the same thing. Events judged under `from_set_version` or a
-- later one count as they come, those of before are counted by the backfill, which has got to
-- (`cursor_source`, `cursor_id`). The rows of counters say `number`, which is short.
create table rule_metrics (
  number integer not null,
  name text not null,
  definition jsonb not null,
  timezone text not null,
  state text not null,
  from_set_version bigint not null,
  cursor_source text,
  cursor_id text,
  events_counted bigint not null default 0,
  -- Null until the backfill has looked.
  events_total bigint,
  created_at timestamptz not null,
  ready_at timestamptz,
  constraint rule_metrics_pk primary key (number),
  constraint rule_metrics_name_unique unique (name),
  constraint rule_metrics_state_known check (state in ('collecting', 'ready')),
  constraint rule_metrics_cursor_whole check ((cursor_source is null) = (cursor_id is null)),
  constraint rule_metrics_ready_at_a_time check ((state = 'ready') = (ready_at is not null))
);
create index rule_metrics_by_set_version on rule_metrics (from_set_version);

create table rule_counters (
  owner text not null,
  metric integer not null,
  bucket integer not null,
  count bigint not null,
  sum numeric(38) not null,
  min bigint,
  max bigint,
  constraint rule_counters_pk primary key (owner, metric, bucket),
  constraint rule_counters_counted check (count > 0),
  constraint rule_counters_bounds check ((min is null) = (max is null) and min <= max)
);

-- Values that were told apart, as canonical JSON.
create table rule_counter_values (
  owner text not null,
  metric integer not null,
  bucket integer not null,
  value text not null,
  constraint rule_counter_values_pk primary key (owner, metric, bucket, value)
);

-- When the first event named both, and which event that was.
create table referrals (
  referrer_id text not null,
  referred_id text not null,
  started_at timestamptz not null,
  source text not null,
  event_id text not null,
  constraint referrals_pk primary key (referrer_id, referred_id)
);
create unique index referrals_event_unique on referrals (source, event_id);

-- Whom the events of before have referred: the first of each pair, as far as they tell the order.
insert into referrals (referrer_id, referred_id, started_at, source, event_id)
select distinct on (n.referrer, n.referred) n.referrer, n.referred, n.occurred_at, n.source, n.id
from (
  select e.source, e.id, e.occurred_at, e.received_at,
    case when coalesce(jsonb_typeof(e.data -> 'referrer_id'), 'null') <> 'null' then e.data -> 'referrer_id'
      else e.data #> '{referrer,id}' end as referrer_json,
    case when coalesce(jsonb_typeof(e.data -> 'referred_id'), 'null') <> 'null' then e.data -> 'referred_id'
      else e.data #> '{referred,id}' end as referred_json
  from events e
) e
cross join lateral (
  select e.source, e.id, e.occurred_at, e.received_at,
    e.referrer_json #>> '{}' as referrer, e.referred_json #>> '{}' as referred
) n
where jsonb_typeof(e.referrer_json) = 'string' and jsonb_typeof(e.referred_json) = 'string'
  and char_length(n.referrer) between 1 and 255 and char_length(n.referred) between 1 and 255
order by n.referrer, n.referred, n.received_at, n.source, n.id;

-- Pending credits that an event of a type confirms which has the value at the path.
create table event_holds (
  event_type text not null,
  match_path text not null,
  match_value text not null,
  entry_id uuid not null,
  user_id text not null,
  currency text not null,
  constraint event_holds_pk primary key (event_type, match_path, match_value, entry_id)
);

-- Which types of events, by which paths, credits may wait for: registered with the rule.
create table event_hold_paths (
  event_type text not null,
  match_path text not null,
  from_set_version bigint not null,
  constraint event_hold_paths_pk primary key (event_type, match_path)
);

create trigger referrals_immutable before update or delete or truncate on referrals
  for each statement execute function refuse_change();
