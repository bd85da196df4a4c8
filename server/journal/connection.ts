import pg from 'pg'
import { type SessionOptions, sessionConfig } from '../database/session.ts'

/** A statement of the journal: prepared once a connection under its name. */
export interface Statement {
  readonly name: string
  readonly sql: string
}

const stripesMax = 64
const stripeLock = 30_211
const closeMsMax = 500
// The journal leaves a transaction idle only while it decides a batch. A process that is frozen at that
// moment holds the writers' lock; the others are to go on well before their callers' deadlines.
const idleInTransactionMsMax = 3_000

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
  #isBroken = false

  private constructor(client: pg.Client, stripe: number) {
    this.#client = client
    this.stripe = stripe
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

  static async open(options: SessionOptions): Promise<JournalConnection> {
    const client = new pg.Client({ ...journalSessionConfig(options), pipeline: true })
    // Replaced by the listener of the instance; until then an error rejects the call it belongs to.
    const ignore = () => {}
    client.on('error', ignore)
    try {
      await client.connect()
      const connection = new JournalConnection(client, await takeStripe(client))
      client.off('error', ignore)
      return connection
    } catch (error) {
      await client.end().catch(ignore)
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
   * Ends the session. One that hangs on a dead connection is left to its own timeouts: whatever it
   * may still bring about, the records of its transaction will tell.
   */
  async close(): Promise<void> {
    this.#isBroken = true
    let timer: NodeJS.Timeout | undefined
    const late = new Promise((resolve) => {
      timer = setTimeout(resolve, closeMsMax)
    })
    await Promise.race([this.#client.end().catch(() => {}), late])
    clearTimeout(timer)
  }
}

// Whatever the default of the database is: what is read behind a lock must be what is there by then.
const controls = {
  begin: 'begin isolation level read committed',
  commit: 'commit',
  rollback: 'rollback',
}

/** A session with the settings of the journal's. */
export function journalSessionConfig(options: SessionOptions): pg.ClientConfig {
  const { limits, settings } = options
  const idleInTransactionTimeoutMs = Math.min(
    limits.idleInTransactionTimeoutMs,
    idleInTransactionMsMax,
  )
  return sessionConfig({
    ...options,
    limits: { ...limits, idleInTransactionTimeoutMs },
    settings: { ...settings, ...planSettings },
  })
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
