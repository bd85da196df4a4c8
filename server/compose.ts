import type { FastifyBaseLogger, FastifyInstance } from 'fastify'
import type pg from 'pg'
import { type ApiKeys, createApiKeys } from './access/api-keys.ts'
import { assets } from './assets.ts'
import { type Clock, systemClock } from './clock.ts'
import type { Config } from './config.ts'
import { migrate } from './database/migrate.ts'
import { answerInTime, createProbe } from './database/probe.ts'
import { createPool, type SessionOptions } from './database/session.ts'
import { createEvents } from './events/events.ts'
import { createApp } from './http/app.ts'
import { registerDocumentation } from './http/documentation.ts'
import { batchHandlers } from './http/handlers/batch.ts'
import { eventsHandlers } from './http/handlers/events.ts'
import { keysHandlers } from './http/handlers/keys.ts'
import { ledgerHandlers } from './http/handlers/ledger.ts'
import { quarantinesHandlers } from './http/handlers/quarantines.ts'
import { rulesHandlers } from './http/handlers/rules.ts'
import { serviceHandlers } from './http/handlers/service.ts'
import { registerMetrics } from './http/metrics.ts'
import { createValidator } from './http/validation.ts'
import { createUserInterface } from './http/web-ui.ts'
import { newId } from './id.ts'
import { Journal } from './journal/journal.ts'
import { createBalances } from './ledger/balances.ts'
import { createEntries } from './ledger/entries.ts'
import { countAllEntries } from './ledger/entry-count.ts'
import { readTrialBalance } from './ledger/trial-balance.ts'
import { createMetrics, type Metrics } from './observability/metrics.ts'
import { createProver, type Prover } from './proof/complete-proof.ts'
import { IncrementalCheck } from './proof/incremental-check.ts'
import { readProofStatus } from './proof/proof-status.ts'
import { createQuarantines, type Quarantines } from './proof/quarantines.ts'
import { createRuleBook, type RuleLibrary } from './rules/rule-book.ts'
import { createRuleStore } from './rules/rule-store.ts'
import { version } from './version.ts'
import { proofJob } from './worker/proof-jobs.ts'
import { Worker } from './worker/worker.ts'

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
  readonly quarantines: Quarantines
  prove: Prover['prove']
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
  const metrics = createMetrics({
    clock,
    version,
    journal: {
      queueMax: config.journalQueueMax,
      get queueLength() {
        return journal.queueLength
      },
    },
    readLedger: () => readLedgerFigures(pool),
  })
  const journal = new Journal({
    session: { ...session, applicationName: 'pineos-journal' },
    ruleBook,
    newId,
    clock,
    log: (message, error) => log.error({ err: error }, message),
    observer: metrics.journal,
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
    const quarantines = createQuarantines({
      pool,
      clock,
      newId,
      onQuarantined: ({ userId, currency }, faults) =>
        log.error({ user_id: userId, currency, faults }, 'an account was put in quarantine'),
    })
    const prover = createProver({ pool, clock, quarantines })
    return await assemble({
      ...{ config, log, clock, pool, ruleBook, metrics, journal, quarantines, prover },
      closeDatabase,
    })
  } catch (error) {
    await closeDatabase()
    throw error
  }
}

async function readLedgerFigures(pool: pg.Pool) {
  return answerInTime(async () => {
    const [entries, proof] = await Promise.all([countAllEntries(pool), readProofStatus(pool)])
    return { entries, proof }
  }, null)
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
  readonly metrics: Metrics
  readonly journal: Journal
  readonly quarantines: Quarantines
  readonly prover: Prover
  readonly closeDatabase: () => Promise<void>
}

async function assemble(parts: Parts): Promise<Service> {
  const { config, log, clock, pool, metrics, journal, closeDatabase } = parts
  let isAccepting = true
  const worker = createWorker(parts)
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
    answered: metrics.answered,
    registerPages: async (instance) => {
      registerMetrics(instance, { metrics, authenticator: apiKeys, isPublic: config.metricsPublic })
      await registerDocumentation(instance, { version, assetsDir: assets.documentationDir })
      await userInterface.register(instance)
    },
    handlers: {
      ...domainHandlers(parts),
      ...keysHandlers({ apiKeys }),
      ...serviceHandlers({
        version,
        probe,
        journal,
        readProofStatus: () => answerInTime(() => readProofStatus(pool), null),
        sendUserInterface: userInterface.send,
      }),
    },
  })
  return {
    app,
    apiKeys,
    quarantines: parts.quarantines,
    prove: parts.prover.prove,
    listen: async () => {
      const address = await app.listen({ host: config.host, port: config.port })
      worker.start()
      return address
    },
    drain: () => {
      isAccepting = false
    },
    close: async () => {
      isAccepting = false
      await app.close()
      await worker.stop()
      await closeDatabase()
    },
  }
}

/** How much later than its id an entry may still be committed, beyond the deadline of its caller. */
const lateCommitMs = 5_000

/** What is done beside the requests, from when the service listens. */
function createWorker({ config, log, clock, pool, quarantines }: Parts): Worker {
  const worker = new Worker((message, error) => log.error({ err: error }, message))
  if (config.proofEntriesMax > 0) {
    const check = new IncrementalCheck({
      pool,
      clock,
      quarantines,
      entriesPerLookMax: config.proofEntriesMax,
      roundMs: config.proofRoundMs,
      settledMs: config.journalDeadlineMs + lateCommitMs,
      onSumsFaulty: (details) => log.error({ details }, 'the sums of the ledger are not right'),
    })
    worker.add(proofJob(check))
  }
  return worker
}

/** The handlers of money, events and rules. */
function domainHandlers({ config, clock, pool, ruleBook, journal, prover, quarantines }: Parts) {
  const { defaultCurrency } = config
  const validator = createValidator()
  return {
    ...ledgerHandlers({
      journal,
      balances: createBalances({ pool }),
      entries: createEntries({ pool }),
      readTrialBalance: () => readTrialBalance(pool),
      verify: prover.verify,
      defaultCurrency,
      newId,
    }),
    ...quarantinesHandlers({ quarantines, defaultCurrency }),
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
