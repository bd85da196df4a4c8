import type { FastifyBaseLogger, FastifyInstance } from 'fastify'
import { type ApiKeys, createApiKeys } from './access/api-keys.ts'
import { createAdjustmentStore } from './adjustments/adjustment-store.ts'
import { createAdjustments } from './adjustments/adjustments.ts'
import { assets } from './assets.ts'
import { type Clock, systemClock } from './clock.ts'
import { domainHandlers } from './composition/handlers.ts'
import { addLedgerJobs } from './composition/ledger-jobs.ts'
import { createLedgerMetrics } from './composition/metrics.ts'
import type { Foundation, Parts } from './composition/parts.ts'
import { addProof, createProof } from './composition/proof.ts'
import { addRuleJobs } from './composition/rule-jobs.ts'
import { createRules } from './composition/rules.ts'
import { addSealing, type Sealing } from './composition/sealing.ts'
import { addSimulations, type Simulating } from './composition/simulating.ts'
import type { Config } from './config.ts'
import { migrate } from './database/migrate.ts'
import { answerInTime, createProbe } from './database/probe.ts'
import { connectSession, createPool, type SessionOptions } from './database/session.ts'
import { type ExportLedger, type ExportOptions, exportLedger } from './export/export.ts'
import { createApp } from './http/app.ts'
import { registerDocumentation } from './http/documentation.ts'
import { keysHandlers } from './http/handlers/keys.ts'
import { serviceHandlers } from './http/handlers/service.ts'
import { simulationsHandlers } from './http/handlers/simulations.ts'
import { registerMetrics } from './http/metrics.ts'
import { createValidator } from './http/validation.ts'
import { createUserInterface } from './http/web-ui.ts'
import { newId } from './id.ts'
import { Journal } from './journal/journal.ts'
import type { Prover } from './proof/complete-proof.ts'
import { readProofStatus } from './proof/proof-status.ts'
import type { Quarantines } from './proof/quarantines.ts'
import { createRuleBook } from './rules/rule-book.ts'
import { assertTimezone } from './rules/rule-metrics.ts'
import { version } from './version.ts'
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
  readonly prove: Prover['prove']
  readonly exportLedger: ExportLedger
}

const dayMs = 86_400_000

/** Migrates the database and puts the service together: here and in `composition/` its parts are constructed. */
export async function compose(options: ComposeOptions): Promise<Service> {
  const { config, log, clock = systemClock } = options
  const session = await prepareSession(options)
  const pool = createPool({
    ...session,
    connectionsMax: config.databasePoolMax,
    onError: (error) => log.warn({ err: error }, 'a database connection was lost'),
  })
  const foundation = { config, log, clock, pool }
  const worker = createWorker(foundation)
  const sealing = addSealing(worker, foundation)
  const onCommit = () => {
    sealing.job.nudge()
    if (parts.ruleBook.pausingRules().length > 0) ruleJobs.budgets.nudge()
  }
  const parts = createParts(foundation, { session, onCommit })
  addLedgerJobs(worker, parts)
  const ruleJobs = addRuleJobs(worker, parts)
  const simulating = addSimulations(worker, parts)
  addProof(worker, parts)
  const closeDatabase = async () => {
    await worker.stop(async () => {
      await simulating.release()
      // What the jobs have posted is sealed too.
      await parts.journal.close()
    })
    await pool.end()
  }
  try {
    await assertTimezone(pool, config.programTimezone)
    await parts.journal.open()
    return await assemble(parts, { worker, sealing, simulating, session, closeDatabase })
  } catch (error) {
    await closeDatabase()
    throw error
  }
}

function createWorker({ log }: Foundation): Worker {
  return new Worker((message, error) =>
    error === undefined ? log.warn(message) : log.error({ err: error }, message),
  )
}

function createParts(
  foundation: Foundation,
  { session, onCommit }: { session: SessionOptions; onCommit: () => void },
): Parts {
  const { config, log, clock, pool } = foundation
  const ruleBook = createRuleBook({
    pool,
    defaultCurrency: config.defaultCurrency,
    timezone: config.programTimezone,
  })
  const metrics = createLedgerMetrics(foundation, () => journal.queueLength)
  const journal = new Journal({
    session: { ...session, applicationName: 'pineos-journal' },
    ruleBook,
    newId,
    clock,
    log: (message, error) => log.error({ err: error }, message),
    onCommit,
    observer: metrics.journal,
    batchMax: config.journalBatchMax,
    queueMax: config.journalQueueMax,
    deadlineMs: config.journalDeadlineMs,
  })
  const adjustments = createAdjustments({
    store: createAdjustmentStore({ pool }),
    journal,
    clock,
    newId,
    defaultCurrency: config.defaultCurrency,
    threshold: config.adjustmentApprovalCents,
    lapseMs: config.adjustmentLapseDays * dayMs,
  })
  const rules = createRules(foundation)
  return {
    ...foundation,
    ruleBook,
    rules,
    metrics,
    journal,
    adjustments,
    ...createProof(foundation),
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

interface Running {
  readonly worker: Worker
  readonly sealing: Sealing
  readonly simulating: Simulating
  readonly session: SessionOptions
  readonly closeDatabase: () => Promise<void>
}

async function assemble(parts: Parts, running: Running): Promise<Service> {
  const { config, log, clock, pool, journal, metrics, quarantines, prover } = parts
  let isAccepting = true
  const apiKeys = createApiKeys({ pool, clock })
  const probe = createProbe({ pool, health: journal.health, isAccepting: () => isAccepting })
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
      ...simulationsHandlers(running.simulating),
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
    quarantines,
    prove: prover.prove,
    exportLedger: (progress) => exportLedger(exportOptions(parts, running), progress),
    listen: async () => {
      await startWork(parts, running)
      return app.listen({ host: config.host, port: config.port })
    },
    drain: () => {
      isAccepting = false
    },
    close: async () => {
      isAccepting = false
      await app.close()
      await running.closeDatabase()
    },
  }
}

function exportOptions({ clock }: Parts, { sealing, session }: Running): ExportOptions {
  return {
    connect: () => connectSession({ ...session, applicationName: 'pineos-export' }),
    sealNow: sealing.sealNow,
    clock,
    serviceVersion: version,
  }
}

/** Nothing is signed before the key is there: a key that cannot be read stops the start. */
async function startWork({ config, log }: Parts, { worker, sealing }: Running): Promise<void> {
  await sealing.ownKey()
  if (config.databaseUrl !== undefined && config.logSigningKey === undefined) {
    log.warn(
      `tree heads are signed with a key of ${config.dataDir} alone: give every process on this database the same LOG_SIGNING_KEY`,
    )
  }
  worker.start()
}
