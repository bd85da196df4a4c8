import { createEvents } from '../events/events.ts'
import { createExplanations } from '../explanations/explanations.ts'
import { adjustmentsHandlers } from '../http/handlers/adjustments.ts'
import { batchHandlers } from '../http/handlers/batch.ts'
import { eventTypesHandlers } from '../http/handlers/event-catalogue.ts'
import { eventsHandlers } from '../http/handlers/events.ts'
import { explanationsHandlers } from '../http/handlers/explanations.ts'
import { interchangeHandlers } from '../http/handlers/interchange.ts'
import { ledgerHandlers } from '../http/handlers/ledger.ts'
import { logHandlers } from '../http/handlers/log.ts'
import { periodsHandlers } from '../http/handlers/periods.ts'
import { quarantinesHandlers } from '../http/handlers/quarantines.ts'
import { ruleMovesHandlers } from '../http/handlers/rule-moves.ts'
import { ruleTestCasesHandlers } from '../http/handlers/rule-test-cases.ts'
import { ruleVersionsHandlers } from '../http/handlers/rule-versions.ts'
import { rulesHandlers } from '../http/handlers/rules.ts'
import { statementsHandlers } from '../http/handlers/statements.ts'
import { createValidator } from '../http/validation.ts'
import { newId } from '../id.ts'
import { closePeriod, sumClosedPeriods } from '../journal/close-period.ts'
import { createBalances } from '../ledger/balances.ts'
import { createEntries } from '../ledger/entries.ts'
import { readPeriods } from '../ledger/periods.ts'
import { createStatements } from '../ledger/statement.ts'
import { readTrialBalance } from '../ledger/trial-balance.ts'
import { createLogProofs } from '../log/proofs.ts'
import { createDryRun } from '../rules/dry-run.ts'
import { readRuleMetrics } from '../rules/rule-metrics.ts'
import type { Parts } from './parts.ts'

/** The handlers of money, events and rules. */
export function domainHandlers(parts: Parts) {
  const { config, clock, pool, ruleBook, journal, adjustments, prover, quarantines, rules } = parts
  const { defaultCurrency } = config
  const entries = createEntries({ pool })
  const validator = createValidator()
  return {
    ...ledgerHandlers({
      journal,
      balances: createBalances({ pool }),
      entries,
      readTrialBalance: () => readTrialBalance(pool),
      verify: prover.verify,
      defaultCurrency,
      newId,
    }),
    ...statementsHandlers({ statements: createStatements({ pool, clock }), defaultCurrency }),
    ...periodsHandlers(periods(parts)),
    ...quarantinesHandlers({ quarantines, defaultCurrency }),
    ...adjustmentsHandlers({
      adjustments,
      readEntry: async (id) => (await entries.get(id)).data,
    }),
    ...batchHandlers({ journal, validator, defaultCurrency, newId }),
    ...eventsHandlers({ journal, events: createEvents({ pool }), validator, clock, newId }),
    ...explanationsHandlers({
      explanations: createExplanations({
        pool,
        defaultCurrency,
        timezone: config.programTimezone,
      }),
    }),
    ...logHandlers({ proofs: createLogProofs({ pool }) }),
    ...rulesHandlers({
      journal,
      ruleStore: rules.store,
      judgeDry: createDryRun({ pool, ruleBook }),
      listMetrics: () => readRuleMetrics(pool),
      clock,
      newId,
    }),
    ...interchangeHandlers({ readRule: (id) => rules.store.get(id) }),
    ...ruleVersionsHandlers({ ruleVersions: rules.versions }),
    ...ruleTestCasesHandlers({ testCases: rules.testCases }),
    ...eventTypesHandlers({ eventTypes: rules.eventTypes }),
    ...ruleMovesHandlers({
      ruleMoves: rules.moves,
      checkContent: (rule) => rules.check(pool, rule),
    }),
  }
}

function periods({ pool, clock }: Parts) {
  return {
    async closePeriod(until: string, actor: string) {
      const closedAt = clock.now().toISOString()
      const isNew = await closePeriod(pool, { until, closedAt, actor })
      await sumClosedPeriods(pool, closedAt)
      const [period] = await readPeriods(pool, until)
      if (!period) throw new Error(`the period until ${until} is closed but not there`)
      return { period, isNew }
    },
    listPeriods: () => readPeriods(pool, null),
  }
}
