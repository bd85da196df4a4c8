import {
  actionVerbs,
  beneficiaries,
  comparisonWords,
  conditionPhrases,
  fillers,
} from './lexicon.ts'
import { findMoney, type SpokenMoney } from './money.ts'

export type Reading =
  | {
      readonly ok: true
      readonly ruleJson: Readonly<Record<string, unknown>>
      /** The rule read back, in a sentence. */
      readonly explanation: string
      readonly assumptions: readonly string[]
    }
  /** It cannot be sure: what has to be answered first. */
  | { readonly ok: false; readonly questions: readonly string[] }

/**
 * Reads a sentence as a rule of the first form, or asks. Never a guess: every number, negation and
 * word of meaning has to be accounted for by a part of the rule, else the sentence is not understood.
 */
export function readSentence(description: string): Reading {
  const reader = new Reader(description)
  return reader.read()
}

interface Condition {
  readonly field: string
  readonly operator: string
  readonly value: unknown
}

class Reader {
  /** What is not accounted for yet; a part that was read is blanked out, so that places stay. */
  #rest: string
  readonly #questions: string[] = []
  readonly #assumptions: string[] = []

  constructor(description: string) {
    this.#rest = description.toLowerCase().replaceAll(/\s+/g, ' ')
  }

  read(): Reading {
    const conditions = [...this.#comparisons(), ...this.#phrases()]
    const amount = this.#amount()
    const type = this.#verb()
    const user = this.#beneficiary()
    if (conditions.length === 0) {
      this.#questions.push(
        'When is it to be paid? Say, for instance, “when the purchase is above $1,000” or “for a first purchase”.',
      )
    }
    this.#askAboutRest()
    if (this.#questions.length > 0 || !amount) return { ok: false, questions: this.#questions }
    const action = { type, user, amount_cents: amount.amountCents, currency: amount.currency }
    const logic = conditions.length > 1 ? { logic: 'AND' } : {}
    return {
      ok: true,
      ruleJson: { conditions, ...logic, actions: [action] },
      explanation: explain(conditions, { type, user, amount: amount.text }),
      assumptions: this.#assumptions,
    }
  }

  /** “a purchase above $1,000” */
  #comparisons(): Condition[] {
    const words = comparisonWords.map(([text]) => text).join('|')
    const operators = new Map(comparisonWords)
    return findMoney(this.#rest).flatMap(({ start, end, amountCents }) => {
      const before = new RegExp(`(?:purchase|order)(?: amount)? (${words}) $`).exec(
        this.#rest.slice(0, start),
      )
      const operator = operators.get(before?.[1] ?? '')
      if (!before || operator === undefined) return []
      // The purchase itself may be part of “first purchase”, so only the comparison is used up.
      this.#blank(start - (before[1]?.length ?? 0) - 1, end)
      return [{ field: 'purchase.amount_cents', operator, value: amountCents }]
    })
  }

  #phrases(): Condition[] {
    return conditionPhrases.flatMap(({ pattern, condition }) =>
      this.#use(pattern) ? [condition] : [],
    )
  }

  #amount(): SpokenMoney | undefined {
    const [amount, ...others] = findMoney(this.#rest)
    if (!amount) {
      this.#questions.push(
        'How much is it, in which currency? Say, for instance, “$50” or “50 EUR”.',
      )
      return undefined
    }
    if (others.length > 0) {
      this.#questions.push(
        `Which amount is to be paid: ${[amount, ...others].map(({ text }) => text).join(' or ')}?`,
      )
    }
    for (const { start, end } of [amount, ...others]) this.#blank(start, end)
    return amount
  }

  #verb(): 'credit' | 'debit' {
    const isDebit = this.#use(actionVerbs.debit)
    const isCredit = this.#use(actionVerbs.credit)
    if (isDebit && isCredit) this.#questions.push('Is it to be given or to be taken?')
    if (!isDebit && !isCredit) this.#assumptions.push('The amount is given, not taken.')
    return isDebit ? 'debit' : 'credit'
  }

  #beneficiary(): string {
    const named = beneficiaries.filter(([pattern]) => this.#use(pattern)).map(([, field]) => field)
    if (named.length > 1) this.#questions.push('Who is meant: the referrer or the referred user?')
    if (named.length === 0)
      this.#assumptions.push('The referrer is meant, as the sentence names nobody.')
    return named[0] ?? 'referrer_id'
  }

  #askAboutRest(): void {
    const words = this.#rest.match(/[\p{L}\p{N}'’%$€£₹¥-]+/gu) ?? []
    const left = words.filter((word) => !fillers.has(word))
    if (left.length > 0)
      this.#questions.push(`What is meant by “${left.join(' … ')}”? This cannot be expressed yet.`)
  }

  #use(pattern: RegExp): boolean {
    const match = pattern.exec(this.#rest)
    if (!match) return false
    this.#blank(match.index, match.index + match[0].length)
    return true
  }

  #blank(start: number, end: number): void {
    this.#rest = this.#rest.slice(0, start) + ' '.repeat(end - start) + this.#rest.slice(end)
  }
}

function explain(
  conditions: readonly Condition[],
  action: { type: 'credit' | 'debit'; user: string; amount: string },
): string {
  const when = conditions.map(
    ({ field, operator, value }) => `${field} ${operator} ${JSON.stringify(value)}`,
  )
  const what =
    action.type === 'credit'
      ? `${action.user} is credited ${action.amount}`
      : `${action.user} is debited ${action.amount}`
  return `When ${when.join(' and ')}, ${what}.`
}
