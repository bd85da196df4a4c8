-- The tamper-evident log: a Merkle tree (RFC 9162) over the entries, so that whoever holds a signed head
-- of it can tell when history was rewritten, by the owner of the database too.
--
-- A batch leaves the ids of its entries in the intake, in its own transaction; the sealer makes leaves of
-- them a moment later and takes the row away, so that every entry is in the intake or in the log and
-- none is missed. Hashes are kept in tiles of 256, as tiled transparency logs do: level 0 holds the
-- hashes of the leaves, each level above the roots of the full tiles below. The log is one sequence and
-- does not shard: on a sharded database these tables stay on one node.

-- No process may write an entry between the ids that are gathered below and the end of this migration.
lock table ledger_entries in share row exclusive mode;

create table log_intake (
  batch_id uuid not null,
  entry_ids uuid[] not null,
  constraint log_intake_pk primary key (batch_id),
  constraint log_intake_entries_given check (cardinality(entry_ids) >= 1)
);

-- The one row that every sealing writes: over another size than was read it fails, so that two sealers
-- never append at the same place.
create table log_tree (
  singleton boolean not null default true,
  size bigint not null,
  constraint log_tree_pk primary key (singleton),
  constraint log_tree_one_row check (singleton),
  constraint log_tree_size_bounds check (size between 0 and 9007199254740991)
);
insert into log_tree (size) values (0);

create table log_tiles (
  level smallint not null,
  tile_index bigint not null,
  hashes bytea not null,
  constraint log_tiles_pk primary key (level, tile_index),
  constraint log_tiles_level_bounds check (level between 0 and 6),
  constraint log_tiles_index_bounds check (tile_index >= 0),
  constraint log_tiles_hashes_size check (
    octet_length(hashes) between 32 and 8192 and octet_length(hashes) % 32 = 0
  )
);
-- Hashes cannot be compressed, and trying costs.
alter table log_tiles alter column hashes set storage external;
-- No plan depends on what is in the columns of hashes and ids, and looking into every element of them
-- costs whole seconds whenever the table has grown by a tenth.
alter table log_tiles alter column hashes set statistics 0;
alter table log_intake alter column entry_ids set statistics 0;

-- Which entry each leaf of a tile of level 0 is. Ids are UUIDv7 and sealed nearly in order, so the tile
-- of an id is found by the least and the greatest it holds, without a row for each entry.
create table log_tile_entries (
  tile_index bigint not null,
  entry_ids uuid[] not null,
  least_entry_id uuid not null,
  greatest_entry_id uuid not null,
  constraint log_tile_entries_pk primary key (tile_index),
  constraint log_tile_entries_count check (cardinality(entry_ids) between 1 and 256)
);
alter table log_tile_entries alter column entry_ids set storage external;
alter table log_tile_entries alter column entry_ids set statistics 0;
create index log_tile_entries_range on log_tile_entries (greatest_entry_id, least_entry_id);

create table log_heads (
  tree_size bigint not null,
  root_hash bytea not null,
  origin text not null,
  signed_at timestamptz not null,
  key_id text not null,
  signature bytea not null,
  constraint log_heads_pk primary key (tree_size),
  constraint log_heads_size_bounds check (tree_size between 1 and 9007199254740991),
  constraint log_heads_root_size check (octet_length(root_hash) = 32),
  constraint log_heads_signature_size check (octet_length(signature) = 64)
);

-- Every key that heads were signed with: only the public half.
create table log_keys (
  key_id text not null,
  public_key text not null,
  created_at timestamptz not null,
  constraint log_keys_pk primary key (key_id)
);

-- The entries that are there already, in the order of their ids; the first of them names their batch.
insert into log_intake (batch_id, entry_ids)
select (array_agg(n.id order by n.id))[1], array_agg(n.id order by n.id)
from (select e.id, (row_number() over (order by e.id) - 1) / 1000 as chunk from ledger_entries e) n
group by n.chunk;

create trigger log_heads_immutable before update or delete or truncate on log_heads
  for each statement execute function refuse_change();
create trigger log_keys_immutable before update or delete or truncate on log_keys
  for each statement execute function refuse_change();
create trigger log_tree_immutable before delete or truncate on log_tree
  for each statement execute function refuse_change();
create trigger log_tiles_immutable before delete or truncate on log_tiles
  for each statement execute function refuse_change();
create trigger log_tile_entries_immutable before delete or truncate on log_tile_entries
  for each statement execute function refuse_change();
create trigger log_intake_immutable before update or truncate on log_intake
  for each statement execute function refuse_change();

-- Rows of the tree only ever grow at their end.
create function refuse_other_than_growth() returns trigger language plpgsql as $$
begin
  if tg_table_name = 'log_tree' then
    -- Null is refused by the column: it stands for another size than the sealer has read.
    if coalesce(new.size >= old.size, true) then return new; end if;
  elsif tg_table_name = 'log_tiles' then
    if new.level = old.level and new.tile_index = old.tile_index
      and substr(new.hashes, 1, octet_length(old.hashes)) = old.hashes then return new; end if;
  elsif new.tile_index = old.tile_index
    and new.entry_ids[1:cardinality(old.entry_ids)] = old.entry_ids then return new;
  end if;
  raise exception 'the change of % is refused: the log only grows', tg_table_name
    using errcode = 'restrict_violation';
end
$$;

create trigger log_tree_grows before update on log_tree
  for each row execute function refuse_other_than_growth();
create trigger log_tiles_grow before update on log_tiles
  for each row execute function refuse_other_than_growth();
create trigger log_tile_entries_grow before update on log_tile_entries
  for each row execute function refuse_other_than_growth();
