/**
 * What the ledger should do, in the simplest words: one user, numbers in maps, no code of the server.
 * Each request is answered with the status and the facts that the service has to give.
 */

export type ModelRequest =
  | {
      readonly operation: 'credit'
      readonly amount_cents: number
      readonly currency: string
      readonly reward_status: 'pending' | 'confirmed'
    }
  | { readonly operation: 'debit'; readonly amount_cents: number; readonly currency: string }
  | {
      readonly operation: 'reverse'
      readonly target: number
      readonly amount_cents?: number
      readonly shortfall?: 'refuse' | 'debt'
    }
  | { readonly operation: 'confirm'; readonly target: number }

export interface Expected {
  /** Of the first answer; a repeat of a success is answered 200. */
  readonly status: number
  readonly code?: string
  readonly amount_cents?: number
  readonly balance_after_cents?: number
  readonly pending_after_cents?: number
  readonly debt_after_cents?: number
  readonly user_sequence?: number
  /** Place in `entries` of the entry that was posted. */
  readonly entry?: number
}

type Reversal = Extract<ModelRequest, { operation: 'reverse' }>

interface ModelEntry {
  readonly kind: 'credit' | 'pending' | 'debit' | 'other'
  readonly currency: string
  readonly amount: number
  reversed: number
  waiting: number
}

interface Purse {
  available: number
  pending: number
  debt: number
  entries: number
}

export class LedgerModel {
  readonly entries: ModelEntry[] = []
  readonly purses = new Map<string, Purse>()
  /** Entries that nobody asked for: debt before a reversal, netting after what comes in. */
  companions = 0

  purse(currency: string): Purse {
    const purse = this.purses.get(currency) ?? { available: 0, pending: 0, debt: 0, entries: 0 }
    this.purses.set(currency, purse)
    return purse
  }

  answer(request: ModelRequest): Expected {
    switch (request.operation) {
      case 'credit': {
        const isPending = request.reward_status === 'pending'
        const moved = isPending
          ? { pending: request.amount_cents }
          : { available: request.amount_cents }
        return this.#post(isPending ? 'pending' : 'credit', request, moved)
      }
      case 'debit':
        if (this.purse(request.currency).available < request.amount_cents)
          return refused(400, 'insufficient_balance')
        return this.#post('debit', request, { available: -request.amount_cents })
      case 'reverse':
        return this.#reverse(request)
      case 'confirm':
        return this.#confirm(request.target)
    }
  }

  #reverse({ target, amount_cents: part, shortfall }: Reversal): Expected {
    const original = this.entries[target]
    if (!original) return refused(404, 'entry_not_found')
    if (original.kind === 'other') return refused(409, 'entry_not_reversible')
    const left = original.amount - original.reversed
    if (left === 0) return refused(409, 'already_reversed')
    const amount = part ?? left
    if (amount > left) return refused(409, 'reversal_exceeds_entry')
    const isWaiting = original.waiting > 0
    const sign = original.kind === 'debit' ? 1 : -1
    const purse = this.purse(original.currency)
    if (sign < 0 && !isWaiting && purse.available < amount) {
      if (shortfall !== 'debt') return refused(400, 'insufficient_balance')
      purse.debt += amount - purse.available
      purse.available = amount
      this.#count(purse)
    }
    original.reversed += amount
    if (isWaiting) original.waiting -= amount
    const moved = isWaiting ? { pending: -amount } : { available: sign * amount }
    return this.#post('other', { amount_cents: amount, currency: original.currency }, moved)
  }

  #confirm(target: number): Expected {
    const original = this.entries[target]
    if (!original) return refused(404, 'entry_not_found')
    if (original.kind !== 'pending') return refused(409, 'entry_not_pending')
    const amount = original.waiting
    if (amount === 0) {
      return refused(
        409,
        original.reversed === original.amount ? 'already_reversed' : 'already_confirmed',
      )
    }
    original.waiting = 0
    const facts = { amount_cents: amount, currency: original.currency }
    return this.#post('other', facts, { available: amount, pending: -amount })
  }

  #post(
    kind: ModelEntry['kind'],
    { amount_cents: amount, currency }: { amount_cents: number; currency: string },
    moved: { available?: number; pending?: number },
  ): Expected {
    const purse = this.purse(currency)
    purse.available += moved.available ?? 0
    purse.pending += moved.pending ?? 0
    purse.entries += 1
    const expected = {
      status: 201,
      amount_cents: amount,
      balance_after_cents: purse.available,
      pending_after_cents: purse.pending,
      debt_after_cents: purse.debt,
      user_sequence: purse.entries,
      entry: this.entries.length,
    }
    this.entries.push({
      kind,
      currency,
      amount,
      reversed: 0,
      waiting: kind === 'pending' ? amount : 0,
    })
    const netted = Math.min(purse.debt, purse.available)
    if ((moved.available ?? 0) > 0 && netted > 0) {
      purse.debt -= netted
      purse.available -= netted
      this.#count(purse)
    }
    return expected
  }

  #count(purse: Purse): void {
    purse.entries += 1
    this.companions += 1
  }
}

function refused(status: number, code: string): Expected {
  return { status, code }
}
