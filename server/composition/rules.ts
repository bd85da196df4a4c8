import { createEventTypes, type EventTypes } from '../rules/event-catalogue.ts'
import { createPreparation } from '../rules/preparation.ts'
import { type CheckRule, createCheckContexts, createRuleChecks } from '../rules/rule-checks.ts'
import { createRuleMoves, type RuleMoves } from '../rules/rule-moves.ts'
import { createRuleStore, type RuleStore } from '../rules/rule-store.ts'
import { createRuleVersions, type RuleVersions } from '../rules/rule-versions.ts'
import { createScheduledPublications } from '../rules/scheduled-publications.ts'
import { createRedTestCases } from '../rules/test-case-runs.ts'
import { createTestCases, type TestCases } from '../rules/test-cases.ts'
import type { Foundation } from './parts.ts'

/** The life of rules. */
export interface Rules {
  readonly store: RuleStore
  readonly versions: RuleVersions
  readonly moves: RuleMoves
  readonly testCases: TestCases
  readonly eventTypes: EventTypes
  readonly check: CheckRule
  readonly publications: { run(): Promise<boolean> }
}

export function createRules({ config, clock, pool }: Foundation): Rules {
  const { defaultCurrency, ruleApproval: isApprovalRequired } = config
  const language = { defaultCurrency, timezone: config.programTimezone }
  const readContext = createCheckContexts({ clock, ...language })
  const check = createRuleChecks({ ...language, readContext })
  const redTestCases = createRedTestCases(language)
  const prepare = createPreparation(language)
  const publishing = { pool, clock, check, redTestCases, isApprovalRequired, prepare }
  return {
    store: createRuleStore({ pool, clock, ...language, check, isApprovalRequired, prepare }),
    versions: createRuleVersions({ pool, clock, ...language, check }),
    moves: createRuleMoves(publishing),
    testCases: createTestCases({ pool, clock, readContext, ...language }),
    eventTypes: createEventTypes({ pool, clock }),
    check,
    publications: createScheduledPublications(publishing),
  }
}
