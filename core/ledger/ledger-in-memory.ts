import type { LedgerCommand } from './command.ts'
import { type Decision, decide, type LedgerView } from './decide.ts'
import {
  type Entry,
  type EntryPosition,
  emptyBalance,
  initialPosition,
  type UserBalance,
} from './entry.ts'

/**
 * A ledger that lives in memory: the decisions of `decide` applied one after the other. It serves
 * tests, simulations and the browser; the journal is the one that keeps them.
 */
export class LedgerInMemory implements LedgerView {
  readonly entries: Entry[] = []
  readonly #byId = new Map<string, Entry>()
  readonly #balances = new Map<string, UserBalance>()
  readonly #positions = new Map<string, EntryPosition>()

  balance(userId: string, currency: string): UserBalance {
    return this.#balances.get(`${userId}\0${currency}`) ?? emptyBalance(userId, currency)
  }

  entry(id: string): Entry | undefined {
    return this.#byId.get(id)
  }

  position(entry: Entry): EntryPosition {
    return this.#positions.get(entry.id) ?? initialPosition(entry)
  }

  balances(): readonly UserBalance[] {
    return [...this.#balances.values()]
  }

  execute(command: LedgerCommand, recordedAt: string): Decision {
    const decision = decide(this, command, recordedAt)
    if (decision.outcome === 'refused') return decision
    const { entry, balance, positioned } = decision.posting
    this.entries.push(entry)
    this.#byId.set(entry.id, entry)
    this.#balances.set(`${balance.userId}\0${balance.currency}`, balance)
    if (positioned) this.#positions.set(positioned.entry.id, positioned.position)
    return decision
  }
}
