import type { SessionOptions } from '../database/session.ts'
import { JournalConnection, type SessionIdentity } from './connection.ts'

/** Sessions that are remembered at most; each failed batch can add one. */
const lostMax = 16

/**
 * The connection of the journal over its losses: one at a time, opened where there is none. A session
 * whose connection broke may live on in the database, unaware, with a transaction that holds locks on
 * what the same batch needs again; so the connection that follows it ends it first.
 */
export class JournalLink {
  readonly #options: SessionOptions
  #connection: JournalConnection | undefined
  #lost: readonly SessionIdentity[] = []

  constructor(options: SessionOptions) {
    this.#options = options
  }

  /** The connection that is open, or a new one. Errors of the database pass through. */
  async connection(): Promise<JournalConnection> {
    if (this.#connection && !this.#connection.isBroken) return this.#connection
    await this.drop()
    this.#connection = await JournalConnection.open(this.#options, this.#lost)
    this.#lost = []
    return this.#connection
  }

  /** Closes the connection, if there is one. */
  async drop(): Promise<void> {
    const connection = this.#connection
    this.#connection = undefined
    if (!connection || (await connection.close())) return
    this.#lost = [...this.#lost, connection.identity].slice(-lostMax)
  }
}
