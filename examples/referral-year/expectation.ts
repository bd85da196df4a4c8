import type { Line, SentEvent } from './delivery.ts'
import { currency } from './shop.ts'

/** What running the example on a fresh service should come to. Amounts in cents of US dollars. */
export interface Expectation {
  readonly lines: number
  readonly accepted: number
  readonly duplicates: number
  readonly conflicts: number
  readonly refused: number
  readonly rewards: {
    readonly count: number
    readonly amount_cents: number
    readonly currency: string
  }
  readonly rewards_by_rule: Readonly<
    Record<string, { readonly count: number; readonly amount_cents: number }>
  >
  /** Everybody with a balance, the seeded users included; the highest first, then by id. */
  readonly balances: readonly { readonly user_id: string; readonly balance_cents: number }[]
  /** Line numbers, from 1. */
  readonly duplicate_lines: readonly number[]
  readonly conflict_lines: readonly number[]
  readonly malformed_lines: readonly number[]
}

const seededCents = { alice: 50_000, bob: 25_000 }

/**
 * Counted here once more in the plainest way, from what each line was made to be and from the two
 * example rules as a person would read them. It shares no code with the service that it judges.
 */
export function expectationOf(lines: readonly Line[]): Expectation {
  const numbersOf = (kind: Line['kind']): number[] =>
    lines.flatMap((line, index) => (line.kind === kind ? [index + 1] : []))
  const rewards = lines.flatMap((line) => (line.event ? rewardsOf(line.event) : []))
  const balances = new Map<string, number>(Object.entries(seededCents))
  for (const { userId, amountCents } of rewards) {
    balances.set(userId, (balances.get(userId) ?? 0) + amountCents)
  }
  return {
    lines: lines.length,
    accepted: numbersOf('new').length,
    duplicates: numbersOf('duplicate').length,
    conflicts: numbersOf('conflict').length,
    refused: numbersOf('malformed').length,
    rewards: { ...total(rewards), currency },
    rewards_by_rule: {
      [paidUserBonus]: total(rewards.filter((reward) => reward.rule === paidUserBonus)),
      [firstPurchaseBonus]: total(rewards.filter((reward) => reward.rule === firstPurchaseBonus)),
    },
    balances: [...balances]
      .map(([user_id, balance_cents]) => ({ user_id, balance_cents }))
      .sort((a, b) => b.balance_cents - a.balance_cents || (a.user_id < b.user_id ? -1 : 1)),
    duplicate_lines: numbersOf('duplicate'),
    conflict_lines: numbersOf('conflict'),
    malformed_lines: numbersOf('malformed'),
  }
}

const paidUserBonus = 'Paid User Referral Bonus'
const firstPurchaseBonus = 'First Purchase Bonus'

interface Reward {
  readonly rule: string
  readonly userId: string
  readonly amountCents: number
}

function rewardsOf(event: SentEvent): Reward[] {
  // The story wrote these facts; where it left one out, or wrote it as text, nothing is earned.
  const {
    referrer_id: userId,
    referrer,
    referred,
    purchase,
  } = event.data as {
    referrer_id?: string
    referrer?: { is_paid_user: boolean | null }
    referred?: { subscription_status: string }
    purchase?: { is_first: boolean; amount_cents: number | string }
  }
  if (userId === undefined) return []
  const rewards: Reward[] = []
  if (referrer?.is_paid_user === true && referred?.subscription_status === 'active') {
    rewards.push({ rule: paidUserBonus, userId, amountCents: 50_000 })
  }
  const amountCents = purchase?.amount_cents
  if (purchase?.is_first === true && typeof amountCents === 'number' && amountCents > 100_000) {
    rewards.push({ rule: firstPurchaseBonus, userId, amountCents: 20_000 })
  }
  return rewards
}

function total(rewards: readonly Reward[]): { count: number; amount_cents: number } {
  return {
    count: rewards.length,
    amount_cents: rewards.reduce((sum, reward) => sum + reward.amountCents, 0),
  }
}
