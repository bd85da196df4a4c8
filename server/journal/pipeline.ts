import pg from 'pg'

/**
 * Waits for statements that were sent together. Where one has failed, those after it in its
 * transaction fail too; what is thrown is the failure that the others follow from.
 */
export async function allSent(
  statements: readonly (Promise<unknown> | undefined)[],
): Promise<void> {
  const results = await Promise.allSettled(statements)
  const reasons = results.flatMap((result) =>
    result.status === 'rejected' ? [result.reason as unknown] : [],
  )
  if (reasons.length > 0) throw reasons.find((reason) => !isConsequence(reason)) ?? reasons[0]
}

/** in_failed_sql_transaction: says only that a statement before it has failed. */
function isConsequence(reason: unknown): boolean {
  return reason instanceof pg.DatabaseError && reason.code === '25P02'
}
