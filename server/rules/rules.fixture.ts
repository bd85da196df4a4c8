import type { Finding } from '@pineos/contract/findings.ts'
import type { Rule } from '@pineos/contract/rules.ts'
import pg from 'pg'
import { afterAll, beforeAll, beforeEach, expect } from 'vitest'
import { createPool } from '../database/session.ts'
import { Failure } from '../failure.ts'
import { createTestDatabase, type TestDatabase } from '../testing/database.ts'
import { journalSession } from '../testing/journal.ts'
import { createEventTypes } from './event-catalogue.ts'
import { createPreparation } from './preparation.ts'
import type { Actor, ChangeRequest } from './rule-change.ts'
import { type CheckRule, createCheckContexts, createRuleChecks } from './rule-checks.ts'
import type { RuleContent } from './rule-content.ts'
import { createRuleMoves } from './rule-moves.ts'
import { createRuleStore } from './rule-store.ts'
import { createRuleVersions } from './rule-versions.ts'
import { createScheduledPublications } from './scheduled-publications.ts'
import { createRedTestCases } from './test-case-runs.ts'
import { createTestCases } from './test-cases.ts'

export const ann: Actor = { by: 'key:ann', ownerId: 'ann' }
export const ben: Actor = { by: 'key:ben', ownerId: 'ben' }

/** What the checks find at the moment. */
export interface Findings {
  list: readonly Finding[]
}

/** The life of rules over a pool, as a process of the service has it. */
export function createLife(
  pool: pg.Pool,
  options: {
    clock: { now: () => Date }
    findings?: Findings
    check?: CheckRule
    isApprovalRequired?: boolean
  },
) {
  const { clock, findings = { list: [] }, isApprovalRequired = false } = options
  const defaultCurrency = 'USD'
  const spoken = { defaultCurrency, timezone: 'UTC' }
  const check: CheckRule = options.check ?? (async () => findings.list)
  const redTestCases = createRedTestCases(spoken)
  const prepare = createPreparation(spoken)
  const readContext = createCheckContexts({ clock, ...spoken })
  const publishing = { pool, clock, check, redTestCases, isApprovalRequired, prepare }
  return {
    store: createRuleStore({ pool, clock, ...spoken, check, isApprovalRequired }),
    versions: createRuleVersions({ pool, clock, ...spoken, check }),
    moves: createRuleMoves(publishing),
    testCases: createTestCases({ pool, clock, readContext, ...spoken }),
    eventTypes: createEventTypes({ pool, clock }),
    publications: createScheduledPublications(publishing),
  }
}
export type Life = ReturnType<typeof createLife>

export interface LivingRules {
  readonly database: TestDatabase
  readonly owner: pg.Pool
  readonly life: Life
  readonly findings: Findings
  readonly clock: { now: () => Date; nowMs: number }
  /** Another process on the same database; `isChecked` where the real checks are to look at its rules. */
  newLife(options?: { isApprovalRequired?: boolean; isChecked?: boolean }): Life
  query<Row extends pg.QueryResultRow>(sql: string, values?: unknown[]): Promise<Row[]>
}

/** A database with the life of rules over it, in the role of the service; the clock stands still. */
export function useLivingRules(receive: (rules: LivingRules) => void): void {
  const pools: pg.Pool[] = []
  const clock = { nowMs: 0, now: () => new Date(clock.nowMs) }
  const findings: Findings = { list: [] }
  let database: TestDatabase

  beforeAll(async () => {
    database = await createTestDatabase()
    const owner = new pg.Pool({ connectionString: database.ownerConnectionString })
    pools.push(owner)
    const newLife: LivingRules['newLife'] = ({ isChecked = false, ...options } = {}) => {
      const session = journalSession(database.connectionString)
      const pool = createPool({ ...session, connectionsMax: 3, onError: () => {} })
      pools.push(pool)
      const readContext = createCheckContexts({ clock, defaultCurrency: 'USD', timezone: 'UTC' })
      const check = createRuleChecks({ defaultCurrency: 'USD', timezone: 'UTC', readContext })
      return createLife(pool, { clock, findings, ...(isChecked ? { check } : {}), ...options })
    }
    receive({
      database,
      owner,
      life: newLife(),
      findings,
      clock,
      newLife,
      query: async (sql, values = []) => (await owner.query(sql, values)).rows,
    })
  })
  beforeEach(() => {
    clock.nowMs = Date.parse('2027-01-31T12:00:00.000Z')
    findings.list = []
  })
  afterAll(async () => {
    for (const pool of pools) await pool.end()
    await database.drop()
  })
}

/** A rule that is told from others by what it pays. */
export const paying = (cents: number): RuleContent => ({
  conditions: [{ field: 'plan', operator: '==', value: 'pro' }],
  actions: [{ type: 'credit', user: 'user_id', amount_cents: cents }],
})

export const on = ({ id }: Pick<Rule, 'id'>, actor = ann, ifMatch?: string): ChangeRequest => ({
  ruleId: id,
  actor,
  ifMatch,
})

/** The code and the facts of the failure that the work ends with. */
export async function failureOf(work: Promise<unknown>): Promise<Failure> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (error instanceof Failure) return error
  expect(error).toBeInstanceOf(Failure)
  throw error
}
