import pg from 'pg'
import { databaseErrorKind } from '../database/database-error.ts'
import { type SessionOptions, sessionConfig } from '../database/session.ts'

/** A statement of the journal: prepared once a connection under its name. */
export interface Statement {
  readonly name: string
  readonly sql: string
}

/** A statement with the values that it goes out with, everything in the form that is sent. */
export interface BoundStatement {
  readonly statement: Statement
  readonly values: readonly unknown[]
}

/** Names a session of the database for ever: numbers of processes come again, with another start. */
export interface SessionIdentity {
  readonly pid: number
  /** When it began, as the database writes it. */
  readonly startedAt: string
}

const stripesMax = 64
const stripeLock = 30_211
const closeMsMax = 500
/**
 * The journal is idle inside of a transaction only while it decides a batch and its answers are under
 * way. What it holds when its process is frozen, or gone without a word, every other process has to
 * wait for.
 */
const idleInTransactionMsMax = 2_000

// Small tables and big ones, the first minute and the thousandth: each hot statement finds its rows
// by index. A plan that was cached while a table was empty would scan it for ever otherwise.
const planSettings = {
  plan_cache_mode: 'force_generic_plan',
  enable_seqscan: 'off',
  enable_hashjoin: 'off',
  enable_mergejoin: 'off',
  jit: 'off',
}

/**
 * The one connection that the journal writes through. Statements are sent without waiting for the
 * answers of those before them (pipelined); each gives its own answer.
 */
export class JournalConnection {
  readonly #client: pg.Client
  /** The stripe of the system accounts that this process adds to. */
  readonly stripe: number
  readonly identity: SessionIdentity
  #isBroken = false

  private constructor(client: pg.Client, opened: { stripe: number; identity: SessionIdentity }) {
    this.#client = client
    this.stripe = opened.stripe
    this.identity = opened.identity
    client.on('error', () => {
      this.#isBroken = true
    })
    client.on('end', () => {
      this.#isBroken = true
    })
  }

  get isBroken(): boolean {
    return this.#isBroken
  }

  /** Opens a session, and ends those that were `lost` before anything else is done in it. */
  static async open(
    options: SessionOptions,
    lost: readonly SessionIdentity[] = [],
  ): Promise<JournalConnection> {
    const client = new pg.Client({ ...journalSessionConfig(options), pipeline: true })
    // Replaced by the listener of the instance; until then an error rejects the call it belongs to.
    const ignore = () => {}
    client.on('error', ignore)
    try {
      await client.connect()
      const identity = await identify(client, lost)
      const connection = new JournalConnection(client, {
        stripe: await takeStripe(client),
        identity,
      })
      client.off('error', ignore)
      return connection
    } catch (error) {
      await endInTime(client)
      throw error
    }
  }

  async query<Row extends pg.QueryResultRow>(
    statement: Statement,
    values: readonly unknown[],
  ): Promise<pg.QueryResult<Row>> {
    return this.#client.query<Row>({
      name: statement.name,
      text: statement.sql,
      values: [...values],
    })
  }

  /** `begin`, `commit` or `rollback`. */
  async control(command: 'begin' | 'commit' | 'rollback'): Promise<void> {
    await this.#client.query(controls[command])
  }

  /**
   * Ends the session. False where it may live on in the database, as over a dead connection: whatever
   * it may still bring about, the records of its transaction will tell.
   */
  async close(): Promise<boolean> {
    // After an answer that did not come in time the driver has let the connection go already.
    const isOpen = !this.#isBroken && !this.#client.connection.stream.destroyed
    this.#isBroken = true
    return (await endInTime(this.#client)) && isOpen
  }
}

/** True where the database has ended the session; what hangs is cut off. */
async function endInTime(client: pg.Client): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), closeMsMax)
  })
  const ended = client.end().then(
    () => true,
    () => false,
  )
  const isEnded = await Promise.race([ended, late])
  clearTimeout(timer)
  if (!isEnded) client.connection.stream.destroy()
  return isEnded
}

// Whatever the default of the database is: what is read behind a lock must be what is there by then.
const controls = {
  begin: 'begin isolation level read committed',
  commit: 'commit',
  rollback: 'rollback',
}

/** A session with the settings of the journal's. */
export function journalSessionConfig(options: SessionOptions): pg.ClientConfig {
  const { limits } = options
  const idleInTransactionTimeoutMs = Math.min(
    limits.idleInTransactionTimeoutMs,
    idleInTransactionMsMax,
  )
  return sessionConfig({
    ...options,
    limits: { ...limits, idleInTransactionTimeoutMs },
    settings: { ...options.settings, ...planSettings },
  })
}

/** Ends the sessions that were lost, and tells the identity of this one. */
async function identify(
  client: pg.Client,
  lost: readonly SessionIdentity[],
): Promise<SessionIdentity> {
  const [, identified, ended] = await Promise.allSettled([
    // The user that has signed in may see and end its sessions; the role it drops to may not.
    client.query('set role none'),
    client.query<SessionIdentity>(
      `select pid, backend_start::text as "startedAt" from pg_stat_activity
       where pid = pg_backend_pid()`,
    ),
    client.query(
      `select pg_terminate_backend(s.pid) from pg_stat_activity s
       join unnest($1::integer[], $2::timestamptz[]) as lost (pid, started_at)
         on s.pid = lost.pid and s.backend_start = lost.started_at`,
      [lost.map(({ pid }) => pid), lost.map(({ startedAt }) => startedAt)],
    ),
    client.query('reset role'),
  ])
  if (identified.status === 'rejected') throw identified.reason
  // One that may not be ended ends by itself, when it has been idle in its transaction for long enough.
  if (ended.status === 'rejected' && databaseErrorKind(ended.reason) !== 'fault') throw ended.reason
  const [identity] = identified.value.rows
  if (!identity) throw new Error('the database does not show the journal its own session')
  return identity
}

/**
 * A number of its own for each process, held as long as the connection lives. Two processes on one
 * stripe would still be right, as amounts are added; they would only wait for each other.
 */
async function takeStripe(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ stripe: number }>(
    `select stripe from generate_series(0, $1::integer - 1) as stripe
     where pg_try_advisory_lock($2::integer, stripe) limit 1`,
    [stripesMax, stripeLock],
  )
  return rows[0]?.stripe ?? 0
}
