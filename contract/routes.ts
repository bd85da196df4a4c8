import type { Route } from './route.ts'
import { adjustmentsRoutes } from './routes/adjustments.ts'
import { eventTypesRoutes } from './routes/event-catalogue.ts'
import { eventsRoutes } from './routes/events.ts'
import { interchangeRoutes } from './routes/interchange.ts'
import { keysRoutes } from './routes/keys.ts'
import { ledgerRoutes } from './routes/ledger.ts'
import { logRoutes } from './routes/log.ts'
import { periodRoutes } from './routes/periods.ts'
import { quarantinesRoutes } from './routes/quarantines.ts'
import { ruleMovesRoutes } from './routes/rule-moves.ts'
import { ruleTestCasesRoutes } from './routes/rule-test-cases.ts'
import { ruleVersionsRoutes } from './routes/rule-versions.ts'
import { rulesRoutes } from './routes/rules.ts'
import { serviceRoutes } from './routes/service.ts'
import { simulationsRoutes } from './routes/simulations.ts'
import { statementsRoutes } from './routes/statements.ts'

/** Every route of the HTTP API; its name is its operationId. */
export const routes = {
  ...ledgerRoutes,
  ...periodRoutes,
  ...adjustmentsRoutes,
  ...logRoutes,
  ...quarantinesRoutes,
  ...statementsRoutes,
  ...eventsRoutes,
  ...rulesRoutes,
  ...interchangeRoutes,
  ...ruleVersionsRoutes,
  ...ruleMovesRoutes,
  ...ruleTestCasesRoutes,
  ...eventTypesRoutes,
  ...simulationsRoutes,
  ...keysRoutes,
  ...serviceRoutes,
} as const satisfies Record<string, Route>

export type Routes = typeof routes
export type RouteName = keyof Routes
