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
import { logHandlers } from './http/handlers/log.ts'
import { rulesHandlers } from './http/handlers/rules.ts'
import { serviceHandlers } from './http/handlers/service.ts'
import { createValidator } from './http/validation.ts'
import { createUserInterface } from './http/web-ui.ts'
import { newId } from './id.ts'
import { Journal } from './journal/journal.ts'
import { createBalances } from './ledger/balances.ts'
import { createEntries } from './ledger/entries.ts'
import { readTrialBalance } from './ledger/trial-balance.ts'
import { createVerifier, type Verify } from './ledger/verify.ts'
import { headToWire, readNewestHead } from './log/head.ts'
import { createOwnKey } from './log/own-key.ts'
import { createLogProofs } from './log/proofs.ts'
import { createSealer } from './log/sealer.ts'
import type { SigningKey } from './log/signing-key.ts'
import { createWitnessing, fileWitness, urlWitness } from './log/witness.ts'
import { createRuleBook, type RuleLibrary } from './rules/rule-book.ts'
import { createRuleStore } from './rules/rule-store.ts'
import { version } from './version.ts'
import { sealingJob, witnessJob } from './worker/log-jobs.ts'
import { type JobHandle, Worker } from './worker/worker.ts'

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
  readonly verify: Verify
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
  const work = createWork({ config, log, clock, pool })
  const journal = new Journal({
    session: { ...session, applicationName: 'pineos-journal' },
    ruleBook,
    newId,
    clock,
    log: (message, error) => log.error({ err: error }, message),
    onCommit: () => work.sealing.nudge(),
    batchMax: config.journalBatchMax,
    queueMax: config.journalQueueMax,
    deadlineMs: config.journalDeadlineMs,
  })
  const closeDatabase = async () => {
    await journal.close()
    await work.worker.stop()
    await pool.end()
  }
  try {
    await journal.open()
    const verify = createVerifier(pool)
    const parts = { config, log, clock, pool, ruleBook, journal, verify, work, closeDatabase }
    return await assemble(parts)
  } catch (error) {
    await closeDatabase()
    throw error
  }
}

/** What goes on beside the requests, once the service listens. */
interface Work {
  readonly worker: Worker
  readonly sealing: JobHandle
  readonly ownKey: () => Promise<SigningKey>
}

function createWork({
  config,
  log,
  clock,
  pool,
}: Pick<Parts, 'config' | 'log' | 'clock' | 'pool'>): Work {
  const tell = (message: string, error?: unknown) =>
    error === undefined ? log.warn(message) : log.error({ err: error }, message)
  const { logSigningKey: given, dataDir, logOrigin: origin } = config
  const ownKey = createOwnKey({ pool, clock, given, dataDir })
  const sealer = createSealer({ pool, clock, origin, ownKey, log: tell })
  const worker = new Worker(tell)
  const sealing = worker.add(sealingJob({ sealer, pauseMs: config.logSealIntervalMs }))
  const readHead = async () => {
    const head = await readNewestHead(pool)
    return head && headToWire(head)
  }
  const { logWitnessFile: file, logWitnessUrl: url, logWitnessIntervalMs: intervalMs } = config
  const witnesses = [
    ...(file === undefined ? [] : [fileWitness(file)]),
    ...(url === undefined ? [] : [urlWitness(url)]),
  ]
  for (const witness of witnesses) {
    worker.add(
      witnessJob({ name: witness.name, intervalMs, run: createWitnessing(witness, readHead) }),
    )
  }
  return { worker, sealing, ownKey }
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
  readonly verify: Verify
  readonly work: Work
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
    listen: async () => {
      await startWork(parts)
      return app.listen({ host: config.host, port: config.port })
    },
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

/** Nothing is signed before the key is there: a key that cannot be read stops the start. */
async function startWork({ config, log, work }: Parts): Promise<void> {
  await work.ownKey()
  if (config.databaseUrl !== undefined && config.logSigningKey === undefined) {
    log.warn(
      `tree heads are signed with a key of ${config.dataDir} alone: give every process on this database the same LOG_SIGNING_KEY`,
    )
  }
  work.worker.start()
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
    ...batchHandlers({ journal, validator, defaultCurrency, newId }),
    ...eventsHandlers({ journal, events: createEvents({ pool }), validator, clock, newId }),
    ...logHandlers({ proofs: createLogProofs({ pool }) }),
    ...rulesHandlers({
      journal,
      ruleStore: createRuleStore({ pool, clock, defaultCurrency }),
      judgeDry: async (event, ruleId) => (await ruleBook.latest()).judge(event, ruleId),
      clock,
      newId,
    }),
  }
}
