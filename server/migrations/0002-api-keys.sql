-- API keys: who may call, and for what. Only the SHA-256 of a secret is kept; a secret carries 256
-- bits of randomness, so that a slow hash would add cost and no safety. Rows are never deleted:
-- ledger entries name their key as the actor, and the owner of a key owns its idempotency records.
--
-- The table is small and read by hash: on a sharded database it is a reference table.

create table api_keys (
  id uuid not null,
  owner_id text not null,
  name text not null,
  prefix text not null,
  secret_hash bytea not null,
  scopes text[] not null,
  created_at timestamptz not null,
  last_used_at timestamptz,
  revoked_at timestamptz,
  constraint api_keys_pk primary key (id),
  -- Also what makes the bootstrap key one row when several processes start at once.
  constraint api_keys_secret_unique unique (secret_hash),
  constraint api_keys_secret_hash_size check (octet_length(secret_hash) = 32),
  constraint api_keys_owner_id_size check (char_length(owner_id) between 1 and 255),
  constraint api_keys_name_size check (char_length(name) between 1 and 200),
  -- Longer than this and the prefix would begin to give the secret away.
  constraint api_keys_prefix_size check (char_length(prefix) between 1 and 11),
  constraint api_keys_scopes_given check (
    cardinality(scopes) >= 1 and array_position(scopes, null) is null
  )
);
