import pg from 'pg'

// Every bigint of the database becomes a bigint here, in all connections of the process.
pg.types.setTypeParser(pg.types.builtins.INT8, BigInt)

/** Bounds on what a session may wait for; milliseconds. */
export interface SessionLimits {
  readonly statementTimeoutMs: number
  readonly lockTimeoutMs: number
  readonly idleInTransactionTimeoutMs: number
  /** The client's own bound: it ends waits that the server cannot, such as a half-open connection. */
  readonly queryTimeoutMs: number
}

export interface SessionOptions {
  readonly connectionString: string
  readonly limits: SessionLimits
  /** The role that the session drops to; null keeps the role it signed in with. */
  readonly role: string | null
  readonly applicationName: string
  /** Further settings of the session, such as `plan_cache_mode`. */
  readonly settings?: Readonly<Record<string, string>>
}

/** To open a session, or to wait for one of the pool. */
const connectTimeoutMsMax = 3_000

/** The configuration of a `pg` client or pool whose sessions keep to the limits and the role. */
export function sessionConfig(options: SessionOptions): pg.ClientConfig {
  const url = new URL(options.connectionString)
  const settings = { ...(options.role ? { role: options.role } : {}), ...options.settings }
  const own = url.searchParams.get('options')
  const startup = Object.entries(settings).map(([name, value]) => `-c ${name}=${value}`)
  url.searchParams.set('options', [...(own ? [own] : []), ...startup].join(' '))
  return {
    connectionString: url.href,
    application_name: options.applicationName,
    connectionTimeoutMillis: Math.min(connectTimeoutMsMax, options.limits.queryTimeoutMs),
    keepAlive: true,
    statement_timeout: options.limits.statementTimeoutMs,
    lock_timeout: options.limits.lockTimeoutMs,
    idle_in_transaction_session_timeout: options.limits.idleInTransactionTimeoutMs,
    query_timeout: options.limits.queryTimeoutMs,
  }
}

/** A connection of its own, for work that holds one for long. The caller ends it. */
export async function connectSession(options: SessionOptions): Promise<pg.Client> {
  const client = new pg.Client(sessionConfig(options))
  // Where it is lost the next statement fails and tells of it; unheard, the event would end the process.
  client.on('error', () => {})
  await client.connect()
  return client
}

/** A pool for everything but the money path. Idle connections that break are dropped and reported. */
export function createPool(
  options: SessionOptions & { connectionsMax: number; onError: (error: Error) => void },
): pg.Pool {
  const pool = new pg.Pool({ ...sessionConfig(options), max: options.connectionsMax })
  pool.on('error', options.onError)
  // A session that ends while its client is lent, and between two statements, says so as an event of
  // the client alone; unheard, it would end the process. The next statement fails and tells of it.
  pool.on('connect', (client) => client.on('error', () => {}))
  return pool
}
