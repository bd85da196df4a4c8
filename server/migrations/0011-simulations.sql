-- Simulations of rules over past events. They are jobs: one process at a time runs each, says so with
-- every heartbeat, and another takes over what has fallen silent.
create table simulations (
  id uuid not null,
  status text not null,
  -- The rule as it was when it was asked for, and which events.
  asked jsonb not null,
  created_at timestamptz not null,
  created_by text not null,
  attempts integer not null default 0,
  -- Of the process that runs it, anew with every attempt.
  runner_id uuid,
  heartbeat_at timestamptz,
  events_done bigint not null default 0,
  events_total bigint,
  history_from timestamptz,
  result jsonb,
  problem jsonb,
  finished_at timestamptz,
  constraint simulations_pk primary key (id),
  constraint simulations_status_known
    check (status in ('queued', 'running', 'done', 'failed', 'cancelled')),
  constraint simulations_run_by_somebody
    check ((status = 'running') = (runner_id is not null) and (status = 'running') = (heartbeat_at is not null)),
  constraint simulations_finished_at_a_time
    check ((status in ('done', 'failed', 'cancelled')) = (finished_at is not null)),
  constraint simulations_done_with_result check ((status = 'done') = (result is not null)),
  constraint simulations_failed_with_problem check ((status = 'failed') = (problem is not null))
);
create index simulations_by_age on simulations (created_at, id);
create index simulations_under_way on simulations (created_at, id)
  where status in ('queued', 'running');

-- Events in the order in which they came in: within the commit of a batch they have one time, and the
-- ids of their commands grow. It serves whoever looks for the last events too.
drop index events_by_received;
create index events_by_received on events (received_at, command_id);
