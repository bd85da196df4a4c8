import type { Verification } from '@pineos/contract/ledger.ts'
import type { FastifyBaseLogger, FastifyInstance } from 'fastify'
import type pg from 'pg'
import { type ApiKeys, createApiKeys } from './access/api-keys.ts'
import { assets } from './assets.ts'
import { type Clock, systemClock } from './clock.ts'
import type { Config } from './config.ts'
import { migrate } from './database/migrate.ts'
import { createProbe } from './database/probe.ts'
import { createPool, type SessionOptions } from './database/session.ts'
import { createEvents } from './events/events.ts'
import { createApp } from './http/app.ts'
import { registerDocumentation } from './http/documentation.ts'
import { batchHandlers } from './http/handlers/batch.ts'
import { eventsHandlers } from './http/handlers/events.ts'
import { keysHandlers } from './http/handlers/keys.ts'
import { ledgerHandlers } from './http/handlers/ledger.ts'
import { rulesHandlers } from './http/handlers/rules.ts'
import { serviceHandlers } from './http/handlers/service.ts'
import { statementsHandlers } from './http/handlers/statements.ts'
import { createValidator } from './http/validation.ts'
import { createUserInterface } from './http/web-ui.ts'
import { newId } from './id.ts'
import { Journal } from './journal/journal.ts'
import { createBalances } from './ledger/balances.ts'
import { createEntries } from './ledger/entries.ts'
import { createStatements } from './ledger/statement.ts'
import { readTrialBalance } from './ledger/trial-balance.ts'
import { createVerifier } from './ledger/verify.ts'
import { createRuleBook, type RuleLibrary } from './rules/rule-book.ts'
import { createRuleStore } from './rules/rule-store.ts'
import { version } from './version.ts'

export interface ComposeOptions {
  readonly config: Config
  readonly connectionString: string
  readonly log: FastifyBaseLogger
  readonly clock?: Clock
}

/** The running service, everything constructed and connected; it does not listen yet. */
export interface Service {
  readonly app: FastifyInstance
  readonly apiKeys: ApiKeys
  /** Listens and gives the address, such as `http://127.0.0.1:8000`. */
  listen(): Promise<string>
  /** From now on readiness says no; requests are still served. */
  drain(): void
  /** Stops listening, finishes what is under way and closes the connections. */
  close(): Promise<void>
  verify(full: boolean): Promise<Verification>
}

/** Migrates the database and puts the service together: the only place that constructs its parts. */
export async function compose(options: ComposeOptions): Promise<Service> {
  const { config, log, clock = systemClock } = options
  const session = await prepareSession(options)
  const pool = createPool({
    ...session,
    connectionsMax: config.databasePoolMax,
    onError: (error) => log.warn({ err: error }, 'a database connection was lost'),
  })
  const ruleBook = createRuleBook({ pool, defaultCurrency: config.defaultCurrency })
  const journal = new Journal({
    session: { ...session, applicationName: 'pineos-journal' },
    ruleBook,
    newId,
    clock,
    log: (message, error) => log.error({ err: error }, message),
    batchMax: config.journalBatchMax,
    queueMax: config.journalQueueMax,
    deadlineMs: config.journalDeadlineMs,
  })
  const closeDatabase = async () => {
    await journal.close()
    await pool.end()
  }
  try {
    await journal.open()
    const verify = createVerifier(pool)
    return await assemble({ config, log, clock, pool, ruleBook, journal, verify, closeDatabase })
  } catch (error) {
    await closeDatabase()
    throw error
  }
}

/** Migrates as the owner of the schema; gives the sessions that the service itself will have. */
async function prepareSession({
  config,
  connectionString,
  log,
}: ComposeOptions): Promise<SessionOptions> {
  const owner = config.migrationDatabaseUrl
  const { runtimeRole } = await migrate({
    connectionString: owner ?? connectionString,
    ...(owner === undefined ? {} : { runtimeConnectionString: connectionString }),
    log: (message) => log.info(message),
  })
  return {
    connectionString,
    role: runtimeRole,
    applicationName: 'pineos',
    limits: {
      statementTimeoutMs: config.databaseStatementTimeoutMs,
      lockTimeoutMs: config.databaseLockTimeoutMs,
      idleInTransactionTimeoutMs: config.databaseIdleInTransactionTimeoutMs,
      queryTimeoutMs: config.databaseQueryTimeoutMs,
    },
  }
}

interface Parts extends Required<Pick<ComposeOptions, 'config' | 'log' | 'clock'>> {
  readonly pool: pg.Pool
  readonly ruleBook: RuleLibrary
  readonly journal: Journal
  readonly verify: (full: boolean) => Promise<Verification>
  readonly closeDatabase: () => Promise<void>
}

async function assemble(parts: Parts): Promise<Service> {
  const { config, log, clock, pool, closeDatabase } = parts
  let isAccepting = true
  const apiKeys = createApiKeys({ pool, clock })
  const probe = createProbe({ pool, isAccepting: () => isAccepting })
  const userInterface = createUserInterface(assets.webDir)
  const app = await createApp({
    log,
    corsOrigins: config.corsOrigins,
    trustProxy: config.trustProxy,
    requestTimeoutMs: config.requestTimeoutMs,
    authenticator: apiKeys,
    validator: createValidator(),
    registerPages: async (instance) => {
      await registerDocumentation(instance, { version, assetsDir: assets.documentationDir })
      await userInterface.register(instance)
    },
    handlers: {
      ...domainHandlers(parts),
      ...keysHandlers({ apiKeys }),
      ...serviceHandlers({ version, probe, sendUserInterface: userInterface.send }),
    },
  })
  return {
    app,
    apiKeys,
    verify: parts.verify,
    listen: () => app.listen({ host: config.host, port: config.port }),
    drain: () => {
      isAccepting = false
    },
    close: async () => {
      isAccepting = false
      await app.close()
      await closeDatabase()
    },
  }
}

/** The handlers of money, events and rules. */
function domainHandlers({ config, clock, pool, ruleBook, journal, verify }: Parts) {
  const { defaultCurrency } = config
  const validator = createValidator()
  return {
    ...ledgerHandlers({
      journal,
      balances: createBalances({ pool }),
      entries: createEntries({ pool }),
      readTrialBalance: () => readTrialBalance(pool),
      verify,
      defaultCurrency,
      newId,
    }),
    ...statementsHandlers({ statements: createStatements({ pool, clock }), defaultCurrency }),
    ...batchHandlers({ journal, validator, defaultCurrency, newId }),
    ...eventsHandlers({ journal, events: createEvents({ pool }), validator, clock, newId }),
    ...rulesHandlers({
      journal,
      ruleStore: createRuleStore({ pool, clock, defaultCurrency }),
      judgeDry: async (event, ruleId) => (await ruleBook.latest()).judge(event, ruleId),
      clock,
      newId,
    }),
  }
}
