-- Indexes for the filters of the entry list. Each is partial, so that entries without the value cost
-- nothing, and where it ends with the id, the matches are read newest first from the index and never
-- sorted, however many they are.

create index ledger_entries_reward on ledger_entries (reward_id, id) where reward_id is not null;
create index ledger_entries_source_event on ledger_entries (source_event, id)
  where source_event is not null;
-- `rule:<id>@<version>`: all versions of a rule together.
create index ledger_entries_rule on ledger_entries (split_part(actor, '@', 1), id)
  where actor like 'rule:%';

-- In place of the index without the id.
drop index ledger_entries_related_entry;
create index ledger_entries_related_entry on ledger_entries (related_entry_id, id)
  where related_entry_id is not null;

-- The rare match of metadata. Without fastupdate: a list of what is still to be indexed would be
-- worked off by whichever batch happens to fill it, while all its callers wait.
create index ledger_entries_metadata on ledger_entries using gin (metadata jsonb_path_ops)
  with (fastupdate = off) where metadata <> '{}'::jsonb;

-- Entries that count from an earlier time than they were written.
create index ledger_entries_backdated_ids on ledger_entries (id) where effective_at < recorded_at;

-- An id begins with the time of its making, a moment before its entry is recorded, so a range of
-- times is a range of ids. Here are the entries of which this is not true to the minute: none, as long
-- as no clock was wrong. The list of entries looks here before it relies on it.
create index ledger_entries_stray on ledger_entries (recorded_at) where abs(
  date_part('epoch', recorded_at at time zone 'UTC')
    - ('x' || encode(substr(uuid_send(id), 1, 6), 'hex'))::bit(48)::bigint::double precision / 1000
) > 60;
