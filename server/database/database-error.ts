import pg from 'pg'

/**
 * What an error of the database means for the caller:
 * - `clash`: another transaction was first; the same work may simply be done again.
 * - `unavailable`: the connection or the server is gone or out of resources, a full disk among them;
 *   whether the last statement took effect is unknown.
 * - `fault`: the statement itself was refused, and would be again.
 */
export type DatabaseErrorKind = 'clash' | 'unavailable' | 'fault'

// SQLSTATEs: serialization_failure, deadlock_detected, lock_not_available.
const clashStates = new Set(['40001', '40P01', '55P03'])
// Classes: connection exception, insufficient resources (disk full among them), operator intervention
// (shutdown, statement timeout), system error; and read_only_sql_transaction, seen during a failover.
const unavailableClasses = new Set(['08', '53', '57', '58'])
const unavailableStates = new Set(['25006', '25P03'])

export function databaseErrorKind(error: unknown): DatabaseErrorKind {
  if (!(error instanceof pg.DatabaseError)) {
    // Anything that is not an answer of the server is a matter of the connection, unless it is ours.
    return isConnectionError(error) ? 'unavailable' : 'fault'
  }
  const state = error.code ?? ''
  if (clashStates.has(state)) return 'clash'
  if (unavailableClasses.has(state.slice(0, 2)) || unavailableStates.has(state))
    return 'unavailable'
  // Whatever it is for, such an error is the end of the session or of the whole server, and not an
  // answer to the statement.
  if (error.severity === 'FATAL' || error.severity === 'PANIC') return 'unavailable'
  return 'fault'
}

/**
 * True where the server itself says that it has no room, memory or connections left, or that its disk
 * fails: it may go on to answer whoever does not write.
 */
export function isOutOfResources(error: unknown): boolean {
  return error instanceof pg.DatabaseError && /^5[38]/.test(error.code ?? '')
}

const socketCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ENOENT',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
])
const driverMessages =
  /Connection terminated|connection error|Client was closed|not queryable|read timeout|timeout expired|timeout exceeded when trying to connect|Connection ended/i

function isConnectionError(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  return socketCodes.has(code) || driverMessages.test(error.message)
}
