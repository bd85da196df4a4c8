import type { Posting } from '@pineos/core/ledger/posting.ts'
import { plainArray } from './array-literal.ts'
import type { JournalConnection, Statement } from './connection.ts'
import type { SaveContext } from './save-context.ts'

const intakeStatement: Statement = {
  name: 'journal_save_intake',
  sql: 'insert into log_intake (batch_id, entry_ids) values ($1::uuid, $2::uuid[])',
}

/** Leaves the entries of the batch to the sealer of the log: one row, in the transaction that writes them. */
export async function saveIntake(
  connection: JournalConnection,
  postings: readonly Posting[],
  { batchId }: SaveContext,
): Promise<void> {
  if (postings.length === 0) return
  await connection.query(intakeStatement, [
    batchId,
    plainArray(postings.map(({ entry }) => entry.id)),
  ])
}
