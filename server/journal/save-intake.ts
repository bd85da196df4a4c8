import type { Posting } from '@pineos/core/ledger/posting.ts'
import { plainArray } from './array-literal.ts'
import type { BoundStatement, Statement } from './connection.ts'
import type { SaveContext } from './save-context.ts'

const intakeStatement: Statement = {
  name: 'journal_save_intake',
  sql: 'insert into log_intake (batch_id, entry_ids) values ($1::uuid, $2::uuid[])',
}

/** Leaves the entries of the batch to the sealer of the log: one row, in the transaction that writes them. */
export function saveIntake(
  postings: readonly Posting[],
  { batchId }: SaveContext,
): readonly BoundStatement[] {
  if (postings.length === 0) return []
  const entryIds = plainArray(postings.map(({ entry }) => entry.id))
  return [{ statement: intakeStatement, values: [batchId, entryIds] }]
}
