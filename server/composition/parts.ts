import type { FastifyBaseLogger } from 'fastify'
import type pg from 'pg'
import type { Adjustments } from '../adjustments/adjustments.ts'
import type { Clock } from '../clock.ts'
import type { Config } from '../config.ts'
import type { Journal } from '../journal/journal.ts'
import type { Metrics } from '../observability/metrics.ts'
import type { Prover } from '../proof/complete-proof.ts'
import type { Quarantines } from '../proof/quarantines.ts'
import type { RuleLibrary } from '../rules/rule-book.ts'
import type { Rules } from './rules.ts'

/** What everything else is put together from, whatever it serves. */
export interface Foundation {
  readonly config: Config
  readonly log: FastifyBaseLogger
  readonly clock: Clock
  readonly pool: pg.Pool
}

/** The parts that the edges of the service share. */
export interface Parts extends Foundation {
  readonly ruleBook: RuleLibrary
  readonly rules: Rules
  readonly journal: Journal
  readonly adjustments: Adjustments
  readonly metrics: Metrics
  readonly quarantines: Quarantines
  readonly prover: Prover
}
