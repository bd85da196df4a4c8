import type pg from 'pg'
import { verificationTimeoutMs } from '../database/long-query.ts'
import { exportSettings } from './columns.ts'

export interface SnapshotOptions {
  /** A connection of its own, whose session the caller ends. */
  readonly connect: () => Promise<pg.Client>
  /** Seals all that was committed before. */
  readonly sealNow: () => Promise<void>
}

/**
 * A connection whose transaction sees the ledger at a moment at which every entry is in the log. For
 * that moment nobody may write: posting waits for what was committed before it to be sealed, which is
 * little, as most of it is sealed without anybody waiting.
 */
export async function openSnapshot({ connect, sealNow }: SnapshotOptions): Promise<pg.Client> {
  const holder = await connect()
  try {
    await sealWaiting(holder, sealNow)
    await holder.query('begin')
    // Whoever posts an entry writes a balance in the same transaction. The lock waits for those under
    // way and holds up those after them; readers do not notice it.
    await holder.query('lock table user_balances in share mode')
    await sealWaiting(holder, sealNow)
    return await beginSnapshot(await connect())
  } finally {
    await holder.end()
  }
}

/** Nothing is done where nothing waits: sealing makes a key where there is none. */
async function sealWaiting(client: pg.Client, sealNow: () => Promise<void>): Promise<void> {
  const { rowCount } = await client.query('select from log_intake limit 1')
  if (rowCount !== 0) await sealNow()
}

async function beginSnapshot(client: pg.Client): Promise<pg.Client> {
  try {
    await client.query('begin transaction isolation level repeatable read, read only')
    // Whoever reads the output may be slow. Rows are taken in the order of an index, so that nothing is sorted.
    await client.query(
      `set local statement_timeout = ${verificationTimeoutMs}; set local idle_in_transaction_session_timeout = 0;
       set local enable_seqscan = off; set local enable_hashjoin = off; set local enable_mergejoin = off;
       ${exportSettings}`,
    )
    const { rows } = await client.query<{ batch_id: string }>(
      'select batch_id from log_intake limit 1',
    )
    if (rows[0])
      throw new Error(
        `batch ${rows[0].batch_id} cannot be sealed, so that the log is not whole: npm run verify -- --full tells why`,
      )
    return client
  } catch (error) {
    await client.end()
    throw error
  }
}
