import type pg from 'pg'
import { afterAll, beforeAll, beforeEach } from 'vitest'
import { createPool } from '../database/session.ts'
import { newId } from '../id.ts'
import type { Journal } from '../journal/journal.ts'
import { createPreparation } from '../rules/preparation.ts'
import { createRuleBook } from '../rules/rule-book.ts'
import { createCheckContexts, createRuleChecks } from '../rules/rule-checks.ts'
import type { RuleContent } from '../rules/rule-content.ts'
import { createRuleStore, type RuleStore } from '../rules/rule-store.ts'
import { createTestDatabase, type TestDatabase } from '../testing/database.ts'
import { journalSession, openJournal } from '../testing/journal.ts'
import { type SimulationBounds, SimulationRunner } from './simulation-runner.ts'
import { createSimulationStore } from './simulation-store.ts'
import { createSimulations, type Simulations } from './simulations.ts'

/** An event that is sent, as far as a test says. */
export interface SentEvent {
  readonly id: string
  readonly type: string
  readonly data: Readonly<Record<string, unknown>>
}

export interface SimulatedService {
  readonly pool: pg.Pool
  readonly ruleStore: RuleStore
  readonly simulations: Simulations
  readonly clock: { now: () => Date; nowMs: number }
  /** A process that runs simulations. */
  newRunner(bounds?: SimulationBounds): SimulationRunner
  /** Sends events all at once, so that they come into few batches, in this order. */
  send(events: readonly SentEvent[]): Promise<void>
}

const defaultCurrency = 'USD'
const timezone = 'UTC'
const ann = { by: 'key:ann', ownerId: 'ann' }

/** A database with rules, a journal and simulations over it; the clock stands still. */
export function useSimulations(receive: (service: SimulatedService) => void): void {
  const clock = { nowMs: 0, now: () => new Date(clock.nowMs) }
  let database: TestDatabase
  let pool: pg.Pool
  let journal: Journal
  let sent = 0

  beforeAll(async () => {
    clock.nowMs = Date.parse('2027-01-31T12:00:00.000Z')
    database = await createTestDatabase()
    const { connectionString } = database
    const session = journalSession(connectionString)
    pool = createPool({ ...session, connectionsMax: 6, onError: () => {} })
    journal = await openJournal({ connectionString, pool }, { clock })
    const store = createSimulationStore({ pool })
    const running = { pool, clock, newId, store, defaultCurrency, timezone }
    receive({
      pool,
      ruleStore: ruleStoreOf(pool, clock),
      simulations: createSimulations({ ...running, onCreated: () => {} }),
      clock,
      newRunner: (bounds = {}) => {
        const ruleBook = createRuleBook({ pool, defaultCurrency, timezone })
        return new SimulationRunner({
          ...running,
          bounds: { progressMs: 0, ...bounds },
          rulesInForce: () => ruleBook.inForce(),
        })
      },
      async send(events) {
        await Promise.all(events.map((event) => journal.submit(commandOf(event, sent++, clock), 1)))
      },
    })
  })
  beforeEach(() => {
    clock.nowMs += 60_000
  })
  afterAll(async () => {
    await journal?.close()
    await pool?.end()
    await database?.drop()
  })
}

function ruleStoreOf(pool: pg.Pool, clock: { now: () => Date }): RuleStore {
  const readContext = createCheckContexts({ clock, defaultCurrency, timezone })
  const check = createRuleChecks({ defaultCurrency, timezone, readContext })
  const prepare = createPreparation({ defaultCurrency, timezone })
  return createRuleStore({
    pool,
    clock,
    defaultCurrency,
    timezone,
    check,
    isApprovalRequired: false,
    prepare,
  })
}

function commandOf({ id, type, data }: SentEvent, index: number, clock: { now: () => Date }) {
  const occurredAt = clock.now().toISOString()
  const fingerprint = index.toString(16).padStart(64, '0')
  const event = { source: 'api', id, type, userId: null, occurredAt, data, fingerprint }
  return { kind: 'event', id: newId(), event, ruleId: null } as const
}

/** Publishes a rule and gives its id. */
export async function publish(
  { ruleStore }: SimulatedService,
  rule_json: RuleContent,
): Promise<string> {
  const { rule } = await ruleStore.create({ name: 'in force', rule_json }, ann)
  return rule.id
}

/** Runs until nothing is left to be run. */
export async function drain(runner: SimulationRunner): Promise<void> {
  while (await runner.run());
}

/** A rule for events of the type that pays the amount to their user, unless it says otherwise. */
export function ruleOn(type: string, amount_cents: number, more: object = {}): RuleContent {
  return {
    on: [type],
    always: true,
    actions: [{ type: 'credit', user: 'user_id', amount_cents }],
    ...more,
  }
}
