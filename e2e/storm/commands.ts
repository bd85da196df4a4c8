import { randomUUID } from 'node:crypto'

export interface Operation {
  readonly kind: 'credit' | 'debit' | 'reverse' | 'confirm'
  readonly key: string
  readonly body: Readonly<Record<string, unknown>>
}

/** What is sent in one request. */
export interface Command {
  readonly shape: 'single' | 'batch' | 'atomic'
  readonly operations: readonly Operation[]
  /** True for a repeat that asks for something else under the keys of the first. */
  readonly isAltered: boolean
}

const hotUsers = 3
const coldUsers = 997
const recentMax = 100
const targetsMax = 2_000

/**
 * Makes the commands of a storm: 60 % new, 30 % exact repeats and 10 % altered repeats of recent
 * ones; half of the accounts they name are three hot ones, the others a thousand.
 */
export class StormCommands {
  readonly #recent: Command[] = []
  /** Ids of entries that the service has named: what confirmations and reversals are about. */
  readonly #pending: string[] = []
  readonly #reversible: string[] = []
  #seed = 20_261_124

  next(): Command {
    const dice = this.#random(10)
    const recent = this.#recent[this.#random(this.#recent.length || 1)]
    if (recent && dice < 3) return recent
    if (recent && dice === 3) return altered(recent)
    const command = this.#fresh()
    this.#recent.push(command)
    if (this.#recent.length > recentMax) this.#recent.shift()
    return command
  }

  /** From now on the entry can be the target of a command, of several even. */
  learn(kind: Operation['kind'], entry: { readonly id: string; readonly flow: string }): void {
    if (kind !== 'credit' && kind !== 'debit') return
    for (const targets of [
      this.#reversible,
      ...(entry.flow === 'credit_pending' ? [this.#pending] : []),
    ]) {
      targets.push(entry.id)
      if (targets.length > targetsMax) targets.shift()
    }
  }

  #fresh(): Command {
    const dice = this.#random(100)
    if (dice >= 12) return { shape: 'single', operations: [this.#operation()], isAltered: false }
    const operations = Array.from({ length: 2 + this.#random(5) }, () => this.#operation(85))
    return { shape: dice < 6 ? 'batch' : 'atomic', operations, isAltered: false }
  }

  /** Below 85 the dice shows what a batch can carry too. */
  #operation(below = 100): Operation {
    const dice = this.#random(below)
    const key = randomUUID()
    const target = this.#pick(dice < 85 ? this.#reversible : this.#pending)
    if (dice >= 85 && target) return { kind: 'confirm', key, body: { entry_id: target } }
    if (dice >= 70 && target) {
      const part = dice < 78 ? { amount_cents: 1 + this.#random(20) } : {}
      return { kind: 'reverse', key, body: { entry_id: target, reason: 'storm', ...part } }
    }
    const body = { user_id: this.#user(), amount_cents: 1 + this.#random(50) }
    if (dice >= 50) return { kind: 'debit', key, body }
    return {
      kind: 'credit',
      key,
      body: dice < 20 ? { ...body, reward_status: 'pending' } : body,
    }
  }

  #user(): string {
    return this.#random(2) === 0
      ? `hot-${this.#random(hotUsers)}`
      : `cold-${this.#random(coldUsers)}`
  }

  #pick(targets: readonly string[]): string | undefined {
    return targets[this.#random(targets.length || 1)]
  }

  /** A linear congruential generator (Numerical Recipes): the dice fall the same way every time. */
  #random(below: number): number {
    this.#seed = (Math.imul(this.#seed, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((this.#seed / 2 ** 32) * below)
  }
}

function altered(command: Command): Command {
  const operations = command.operations.map((operation) => ({
    ...operation,
    body: { ...operation.body, metadata: { altered: true } },
  }))
  return { ...command, operations, isAltered: true }
}
