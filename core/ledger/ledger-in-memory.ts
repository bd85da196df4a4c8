import type { LedgerCommand } from './command.ts'
import { type Decision, decide } from './decide.ts'
import {
  type Entry,
  type EntryPosition,
  emptyBalance,
  initialPosition,
  type UserBalance,
} from './entry.ts'
import type { LedgerView } from './ledger-view.ts'

/**
 * A ledger that lives in memory: the decisions of `decide` applied one after the other. It serves
 * tests, simulations and the browser; the journal is the one that keeps them.
 */
export class LedgerInMemory implements LedgerView {
  readonly entries: Entry[] = []
  closedUntil: string | null = null
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

  lots(userId: string, currency: string): readonly EntryPosition[] {
    return [...this.#positions.values()].filter(
      (position) =>
        position.userId === userId && position.currency === currency && position.unspentCents > 0n,
    )
  }

  balances(): readonly UserBalance[] {
    return [...this.#balances.values()]
  }

  /** Nothing is posted to the account from now on, or again. */
  quarantine(userId: string, currency: string, isQuarantined: boolean): void {
    const balance = this.balance(userId, currency)
    this.#balances.set(`${userId}\0${currency}`, { ...balance, isQuarantined })
  }

  execute(command: LedgerCommand, recordedAt: string): Decision {
    const decision = decide(this, command, recordedAt)
    if (decision.outcome === 'refused') return decision
    for (const { entry, balance, positions } of decision.postings) {
      this.entries.push(entry)
      this.#byId.set(entry.id, entry)
      this.#balances.set(`${balance.userId}\0${balance.currency}`, balance)
      for (const position of positions) this.#positions.set(position.entryId, position)
    }
    return decision
  }
}
