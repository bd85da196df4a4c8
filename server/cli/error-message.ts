import pg from 'pg'

/** What to tell a person about an error: a sentence, and what to do where that is known. */
export function errorMessage(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) {
    // A refused connection arrives so: one error for each address that was tried, and no message.
    return [...new Set(error.errors.map(errorMessage))].join('\n')
  }
  if (error instanceof pg.DatabaseError && error.code === undefinedTable) {
    return 'The database has no tables yet. Start the service once, or run: npm run migrate'
  }
  if (error instanceof Error) return error.message || error.name
  return String(error)
}

/** SQLSTATE undefined_table */
const undefinedTable = '42P01'
