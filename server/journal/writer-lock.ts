import type { JournalConnection, Statement } from './connection.ts'
import { allSent } from './pipeline.ts'

/**
 * How a batch stands to the batches of other processes. All that are `shared` save side by side and
 * find out by clashes that they have met; one that is `exclusive` reads and writes while no other
 * saves, so that it cannot meet any.
 */
export type LockMode = 'shared' | 'exclusive'

/** The first of the two numbers of the advisory lock that all journals of a database share. */
export const writerLock = 30_212

// Those who wait are served in the order in which they came, and nobody passes them. The lock goes
// with the transaction, and so with the session of a process that dies.
const statements: Readonly<Record<LockMode, Statement>> = {
  shared: {
    name: 'journal_lock_shared',
    sql: 'select pg_advisory_xact_lock_shared($1::integer, 0)',
  },
  exclusive: {
    name: 'journal_lock_exclusive',
    sql: `
      select case when pg_try_advisory_xact_lock($1::integer, 0) then true
        else pg_advisory_xact_lock($1::integer, 0) is null end as was_free`,
  },
}

/**
 * Begins a transaction that holds the writers' lock; statements can be sent behind it at once. Each
 * of them sees what was committed before it runs, and so everything that was committed before the
 * lock was given. False where the lock is wanted alone and another writer held it. Fails with
 * lock_not_available after the lock timeout of the session.
 */
export async function beginLocked(connection: JournalConnection, mode: LockMode): Promise<boolean> {
  const begun = connection.control('begin')
  const locked = connection.query<{ was_free?: boolean }>(statements[mode], [writerLock])
  await allSent([begun, locked])
  return (await locked).rows[0]?.was_free ?? true
}
