import pg from 'pg'

/**
 * A credit as services with a transaction per request do it: claim the key, lock the balances of the
 * campaign and of the user, insert the entry, commit. Tables of its own, the same database, a pool of
 * the same size as the service's.
 */
export interface Baseline {
  credit(request: {
    readonly key: string
    readonly fingerprint: Buffer
    readonly userId: string
    readonly amountCents: number
  }): Promise<void>
  close(): Promise<void>
}

const schema = `
  create table if not exists baseline_keys (key text primary key, fingerprint bytea not null);
  create table if not exists baseline_balances (
    account text primary key, balance_cents bigint not null, version bigint not null
  );
  create table if not exists baseline_entries (
    id uuid primary key default gen_random_uuid(), user_id text not null, amount_cents bigint not null,
    idempotency_key text not null unique, created_at timestamptz not null default now()
  );
  create index if not exists baseline_entries_user on baseline_entries (user_id, created_at);
`

const addToBalance = `
  insert into baseline_balances as b (account, balance_cents, version) values ($1::text, $2::bigint, 1)
  on conflict (account) do update
  set balance_cents = b.balance_cents + excluded.balance_cents, version = b.version + 1`

export async function createBaseline(options: {
  connectionString: string
  connectionsMax: number
}): Promise<Baseline> {
  const pool = new pg.Pool({
    connectionString: options.connectionString,
    max: options.connectionsMax,
  })
  await pool.query(schema)
  return {
    async credit({ key, fingerprint, userId, amountCents }) {
      const client = await pool.connect()
      try {
        await client.query('begin')
        await client.query({
          name: 'baseline_key',
          text: 'insert into baseline_keys (key, fingerprint) values ($1::text, $2::bytea)',
          values: [key, fingerprint],
        })
        // The user first: held as short as possible is the row that all of them share.
        await client.query({
          name: 'baseline_balance',
          text: addToBalance,
          values: [`user:${userId}`, amountCents],
        })
        await client.query({
          name: 'baseline_entry',
          text: `insert into baseline_entries (user_id, amount_cents, idempotency_key)
            values ($1::text, $2::bigint, $3::text)`,
          values: [userId, amountCents, key],
        })
        await client.query({
          name: 'baseline_balance',
          text: addToBalance,
          values: ['program', -amountCents],
        })
        await client.query('commit')
      } catch (error) {
        await client.query('rollback')
        throw error
      } finally {
        client.release()
      }
    },
    close: () => pool.end(),
  }
}
