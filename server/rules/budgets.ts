import { limitReads } from '@pineos/core/program/limits.ts'
import type { PublishedRule } from '@pineos/core/rules/compiled/rule-set.ts'
import type { CounterRead, Totals } from '@pineos/core/rules/evaluation/history.ts'
import type { Limit } from '@pineos/core/rules/language/rule.ts'
import type pg from 'pg'
import { loadCounters, readKey } from '../journal/load-counters.ts'
import { poolQueries } from './pool-queries.ts'
import type { RuleLibrary } from './rule-book.ts'
import type { RuleMoves } from './rule-moves.ts'

interface BudgetsOptions {
  readonly pool: pg.Pool
  readonly ruleBook: RuleLibrary
  readonly moves: Pick<RuleMoves, 'pauseBySystem'>
}

/** A budget with what it reads. */
interface Budget {
  readonly published: PublishedRule
  readonly limit: Limit
  readonly reads: readonly CounterRead[]
}

/** Nobody takes part: a budget is that of the rule as a whole, for as long as it lives. */
const nobody = {
  owners: { referrer: null, referred: null, user: null },
  atMs: 0,
  timezone: 'UTC',
} as const

/**
 * Pauses rules whose budget is spent. What has to be done is read in the database, so that it is found
 * again after a crash; the limit itself lets nothing more be paid in between.
 */
export function createBudgets({ pool, ruleBook, moves }: BudgetsOptions): {
  pauseSpent(): Promise<void>
} {
  return {
    async pauseSpent() {
      const edition = await ruleBook.latest()
      const budgets = ruleBook.pausingRules().flatMap(budgetsOf)
      const reads = budgets.flatMap((budget) => budget.reads)
      if (reads.length === 0) return
      const totals = await loadCounters(poolQueries(pool), reads, edition.metricNumber)
      for (const budget of budgets) {
        const spent = budget.reads.flatMap((read) => {
          const found = totals.get(readKey(read))
          return found ? (spentText(budget.limit, found) ?? []) : []
        })
        const [reason] = spent
        if (reason !== undefined) await moves.pauseBySystem(budget.published.id, reason)
      }
    },
  }
}

function budgetsOf(published: PublishedRule): readonly Budget[] {
  const { id, rule } = published
  return rule.limits
    .filter(({ pausesRule }) => pausesRule)
    .map((limit) => ({ published, limit, reads: limitReads({ id, limits: [limit] }, [], nobody) }))
}

/** What is said of a budget without room; undefined where there is room left. */
function spentText(
  { maxCount, maxAmountCents, currency }: Limit,
  { count, sum }: Totals,
): string | undefined {
  // A counter of amounts counts rewards, one of events sums nothing.
  if (sum > 0n) {
    if (maxAmountCents === null || sum < maxAmountCents) return undefined
    return `The budget is spent: ${sum} of ${maxAmountCents} in ${currency}.`
  }
  if (maxCount === null || count < maxCount) return undefined
  return `The budget is spent: ${count} of ${maxCount} events.`
}
