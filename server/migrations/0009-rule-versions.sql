-- The life of rules: versions that are drafted, approved, scheduled, published and retired, in which
-- terms each was in force, every change with who made it, test cases kept with the rule, and the
-- schemas of the types of events.

alter table referral_rules drop constraint referral_rules_status_known;
alter table referral_rules add constraint referral_rules_status_known
  check (status in ('draft', 'published', 'paused', 'retired'));

-- `version` is the one that counts: the live one, or the latest of a rule that was never published.
alter table referral_rules
  add column latest_version integer,
  -- Grows by one with every change of the rule: each has its row in `rule_changes`.
  add column revision integer not null default 1,
  -- The version of the rule set with which what is in force of this rule changed last; 0 before.
  add column set_version bigint not null default 0,
  -- Why it is paused or retired.
  add column reason text,
  add column created_by text not null default 'system:migration',
  add column updated_by text not null default 'system:migration';
update referral_rules set latest_version = version;
alter table referral_rules
  alter column latest_version set not null,
  alter column revision drop default,
  alter column set_version drop default,
  alter column created_by drop default,
  alter column updated_by drop default,
  add constraint referral_rules_revision_positive check (revision >= 1),
  add constraint referral_rules_latest_version_last check (latest_version >= version);

alter table rule_versions
  add column status text,
  add column created_by text not null default 'system:migration',
  add column created_by_owner_id text not null default 'system',
  add column edited_at timestamptz,
  add column edited_by text,
  add column edited_by_owner_id text,
  add column approved_at timestamptz,
  add column approved_by text,
  add column approved_by_owner_id text,
  add column scheduled_for timestamptz,
  add column scheduled_by text,
  add column scheduled_by_owner_id text,
  -- The warnings that whoever publishes it has seen.
  add column acknowledged jsonb not null default '[]',
  add column published_by text,
  add column retired_at timestamptz;
update rule_versions v
set status = case when v.published_at is null then 'draft' else 'published' end,
    published_by = case when v.published_at is null then null else 'system:migration' end;
alter table rule_versions
  alter column status set not null,
  alter column created_by drop default,
  alter column created_by_owner_id drop default,
  add constraint rule_versions_status_known
    check (status in ('draft', 'scheduled', 'published', 'retired')),
  add constraint rule_versions_edited_by_somebody
    check ((edited_at is null) = (edited_by is null) and (edited_at is null) = (edited_by_owner_id is null)),
  add constraint rule_versions_approved_by_another check (
    (approved_at is null) = (approved_by is null)
    and (approved_at is null) = (approved_by_owner_id is null)
  ),
  add constraint rule_versions_scheduled_has_time check (
    (status = 'scheduled') = (scheduled_for is not null)
    and (scheduled_for is null) = (scheduled_by is null)
    and (scheduled_for is null) = (scheduled_by_owner_id is null)
  ),
  add constraint rule_versions_published_at_a_time check (
    (status in ('published', 'retired')) = (published_at is not null)
    and (published_at is null) = (published_by is null)
    and (status = 'retired') = (retired_at is not null)
  );

create unique index rule_versions_one_published on rule_versions (rule_id) where status = 'published';
create index rule_versions_by_scheduled on rule_versions (scheduled_for, rule_id, version)
  where status = 'scheduled';

-- The spans in which a version was in force, in versions of the rule set (from inclusive, until
-- exclusive) and in time. A pause ends one and a resumption begins another.
create table rule_terms (
  rule_id uuid not null,
  version integer not null,
  in_force_from bigint not null,
  in_force_until bigint,
  in_force_from_at timestamptz not null,
  in_force_until_at timestamptz,
  constraint rule_terms_pk primary key (rule_id, in_force_from),
  constraint rule_terms_in_order check (in_force_until > in_force_from),
  constraint rule_terms_in_order_of_time check (in_force_until_at >= in_force_from_at),
  constraint rule_terms_ended_as_a_whole check ((in_force_until is null) = (in_force_until_at is null))
);
create unique index rule_terms_one_open on rule_terms (rule_id) where in_force_until is null;
create index rule_terms_by_from on rule_terms (in_force_from);
create index rule_terms_by_until on rule_terms (in_force_until) where in_force_until is not null;

-- Until now the set grew by one with each publication and with nothing else.
with numbered as (
  select r.id, r.version, v.published_at,
         row_number() over (order by v.published_at, r.id) as place
  from referral_rules r
  join rule_versions v on v.rule_id = r.id and v.version = r.version
  where r.status = 'published' and v.published_at is not null
)
insert into rule_terms (rule_id, version, in_force_from, in_force_from_at)
select n.id, n.version, least(n.place + 1, s.version), n.published_at
from numbered n cross join rule_set s;

update referral_rules r set set_version = t.in_force_from
from rule_terms t where t.rule_id = r.id;
create index referral_rules_by_set_version on referral_rules (set_version);

-- Every change of a rule: who did what to it, and when. The revision is the one it led to.
create table rule_changes (
  rule_id uuid not null,
  revision integer not null,
  action text not null,
  version integer,
  actor text not null,
  owner_id text not null,
  changed_at timestamptz not null,
  reason text,
  detail jsonb not null,
  constraint rule_changes_pk primary key (rule_id, revision)
);
insert into rule_changes (rule_id, revision, action, version, actor, owner_id, changed_at, detail)
select r.id, 1, 'create', r.version, r.created_by, 'system', r.created_at,
       jsonb_build_object('status', r.status)
from referral_rules r;

create table rule_test_cases (
  rule_id uuid not null,
  id uuid not null,
  test_case jsonb not null,
  created_at timestamptz not null,
  created_by text not null,
  updated_at timestamptz not null,
  updated_by text not null,
  constraint rule_test_cases_pk primary key (rule_id, id)
);

create table event_types (
  type text not null,
  description text,
  json_schema jsonb not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  updated_by text not null,
  constraint event_types_pk primary key (type)
);

-- The last events are looked through for the schema of their type; they come in the order of this time.
create index events_by_received on events using brin (received_at);

-- What was published is what was decided by: of such a version only its retirement is still to come.
create function refuse_change_of_published() returns trigger language plpgsql as $$
begin
  if old.rule_id is distinct from new.rule_id or old.version is distinct from new.version
     or old.created_at is distinct from new.created_at or old.created_by is distinct from new.created_by
     or old.created_by_owner_id is distinct from new.created_by_owner_id
     or (old.status <> 'draft' and old.rule_json is distinct from new.rule_json)
     or (old.status in ('published', 'retired') and (
       (old.status, new.status) not in (('published', 'published'), ('published', 'retired'), ('retired', 'retired'))
       or old.published_at is distinct from new.published_at
       or old.published_by is distinct from new.published_by
       or old.edited_at is distinct from new.edited_at or old.edited_by is distinct from new.edited_by
       or old.approved_at is distinct from new.approved_at
       or old.approved_by is distinct from new.approved_by
       or old.acknowledged is distinct from new.acknowledged
       or (old.status = 'retired' and old.retired_at is distinct from new.retired_at)
     ))
  then
    raise exception 'version % of rule % is %: what it says is immutable', old.version, old.rule_id, old.status
      using errcode = 'restrict_violation';
  end if;
  return new;
end
$$;

create trigger rule_versions_published_immutable before update on rule_versions
  for each row execute function refuse_change_of_published();
create trigger rule_changes_immutable before update or delete or truncate on rule_changes
  for each statement execute function refuse_change();
create trigger rule_terms_kept before delete or truncate on rule_terms
  for each statement execute function refuse_change();
create trigger referral_rules_kept before delete or truncate on referral_rules
  for each statement execute function refuse_change();
