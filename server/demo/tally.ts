import type { EventResult } from '@pineos/contract/events.ts'
import type { ActionResult } from '@pineos/contract/rules.ts'

/** What became of the events so far. */
export interface Tally {
  readonly accepted: number
  readonly duplicates: number
  /** Ids that were used before for another event. */
  readonly conflicts: number
  readonly refused: number
  /** What was paid by this run, per currency. */
  readonly rewardsPaid: readonly CurrencySum[]
}

export interface CurrencySum {
  readonly currency: string
  readonly count: number
  readonly amountCents: number
}

export interface TallyKeeper {
  add(result: EventResult): void
  current(): Tally
  /** Everybody who was ever paid for one of the events, by this run or before. */
  beneficiaries(): readonly string[]
}

export function createTally(): TallyKeeper {
  const counts = { accepted: 0, duplicates: 0, conflicts: 0, refused: 0 }
  const sums = new Map<string, CurrencySum>()
  const beneficiaries = new Set<string>()
  return {
    add(result) {
      counts[kindOf(result)] += 1
      for (const reward of rewardsOf(result)) {
        if (reward.user_id !== null) beneficiaries.add(reward.user_id)
        if (result.status === 201 && !reward.is_duplicate) addTo(sums, reward)
      }
    },
    current: () => ({
      ...counts,
      rewardsPaid: [...sums.values()].sort((a, b) => (a.currency < b.currency ? -1 : 1)),
    }),
    beneficiaries: () => [...beneficiaries],
  }
}

function kindOf({ status }: EventResult): 'accepted' | 'duplicates' | 'conflicts' | 'refused' {
  if (status === 201) return 'accepted'
  if (status === 200) return 'duplicates'
  return status === 409 ? 'conflicts' : 'refused'
}

function rewardsOf({ decision }: EventResult): ActionResult[] {
  const actions = decision?.results.flatMap((result) => result.actions_executed) ?? []
  return actions.filter((action) => action.success && action.action_type === 'credit')
}

function addTo(sums: Map<string, CurrencySum>, { currency, amount_cents }: ActionResult): void {
  const { count, amountCents } = sums.get(currency) ?? { count: 0, amountCents: 0 }
  sums.set(currency, { currency, count: count + 1, amountCents: amountCents + amount_cents })
}
