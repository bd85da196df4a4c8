import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from 'pino'
import { type Clock, systemClock } from '../clock.ts'
import { compose, type Service } from '../compose.ts'
import { type Config, loadConfig, readEnvironment } from '../config.ts'
import { type OpenDatabase, openDatabase } from '../database/connection.ts'
import { isDemoFed, runDemo } from '../demo/demo.ts'
import { createLog } from '../observability/log.ts'
import { demoOutput } from './demo.ts'
import { readOrMakeFirstKey } from './first-key.ts'
import { createStopSequence, type StopSequence } from './stop-sequence.ts'
import type { Terminal } from './terminal.ts'

/**
 * Starts the service and returns once it is ready; the process then lives until it is told to stop.
 * On SIGTERM and SIGINT: readiness says no, DRAIN_DELAY_MS passes, listening stops, requests and the
 * journal finish, the embedded database stops, and the process ends with 0.
 * @throws ConfigFailure, EmbeddedPostgresFailure; whatever was started is stopped again
 */
export async function runStart(terminal: Terminal, clock: Clock = systemClock): Promise<void> {
  const config = loadConfig(readEnvironment())
  const log = createLog(config.logLevel)
  const stopSequence = createStopSequence({
    timeoutMs: config.drainDelayMs + config.shutdownTimeoutMs,
    clock,
    terminal,
  })
  try {
    await startUp({ config, log, terminal, stopSequence })
  } catch (error) {
    // A signal during the start makes its next step fail; the sequence then ends the process.
    if (stopSequence.signal.aborted) return
    await stopSequence.abandon()
    throw error
  }
}

interface Start {
  readonly config: Config
  readonly log: Logger
  readonly terminal: Terminal
  readonly stopSequence: StopSequence
}

async function startUp(start: Start): Promise<void> {
  const { config, log, terminal, stopSequence } = start
  const { signal } = stopSequence

  if (config.databaseUrl === undefined) {
    terminal.print(`Starting the embedded PostgreSQL in ${config.dataDir}`)
  }
  const opening = openDatabase(config, log)
  // A signal may come while it starts: then it is stopped as soon as it has started.
  stopSequence.add(async () => (await settled(opening))?.stop())
  const database = await opening
  signal.throwIfAborted()

  terminal.print('Preparing the database')
  const composing = compose({ config, connectionString: database.connectionString, log })
  stopSequence.add(async () => {
    const service = await settled(composing)
    if (service) await stopService(service, config)
  })
  const service = await composing
  signal.throwIfAborted()

  const { secret, firstKey } = await prepareKeys(start, database, service)
  const address = await service.listen()
  signal.throwIfAborted()
  if (config.demoData) await feedDemo(start, address, secret)
  signal.throwIfAborted()
  printWelcome({ address: config.publicUrl ?? address, firstKey, terminal })
  terminal.print(`Ready at ${address}`)
}

async function stopService(service: Service, config: Config): Promise<void> {
  service.drain()
  await delay(config.drainDelayMs)
  await service.close()
}

/**
 * Feeds the example events through the service's own address, unless an earlier start has. The
 * service is good without them, so a failure is told and the start goes on.
 */
async function feedDemo(
  { log, terminal, stopSequence: { signal } }: Start,
  baseUrl: string,
  apiKey: string | undefined,
): Promise<void> {
  if (apiKey === undefined) {
    terminal.warn('The demo needs an API key to feed its events with; later: npm run demo')
    return
  }
  const options = { baseUrl, apiKey, log, signal, ...demoOutput }
  try {
    if (!(await isDemoFed(options))) await runDemo(options)
  } catch (error) {
    if (signal.aborted) return
    log.error({ err: error }, 'the demo could not be fed')
    terminal.warn('The demo could not be fed to its end. To try again: npm run demo')
  }
}

interface KnownKeys {
  /** The bootstrap key that works here, given or our own. */
  readonly secret?: string
  /** The key to print: only ever the one we made ourselves. */
  readonly firstKey?: string
}

/** Makes the bootstrap key known. */
async function prepareKeys(
  { config, log, terminal }: Start,
  database: OpenDatabase,
  service: Service,
): Promise<KnownKeys> {
  const own =
    config.bootstrapApiKey === undefined && database.isEmbedded
      ? await readOrMakeFirstKey(config.dataDir)
      : undefined
  const secret = config.bootstrapApiKey ?? own
  if (secret !== undefined) {
    const key = await service.apiKeys.ensureBootstrap(secret)
    if (key.revoked_at === null) {
      return own === undefined ? { secret } : { secret, firstKey: own }
    }
    log.warn({ keyId: key.id }, 'the bootstrap API key was revoked and stays revoked')
    terminal.warn(
      `The bootstrap API key was revoked at ${key.revoked_at} and stays revoked. Give another one, or run: ${createKeyCommand}`,
    )
    return {}
  }
  const keys = await service.apiKeys.list()
  if (!keys.some((key) => key.revoked_at === null)) {
    terminal.warn(`There is no API key yet. Create one with: ${createKeyCommand}`)
  }
  return {}
}

const createKeyCommand = 'npm run keys -- create --name "First key" --scopes all'

function printWelcome(welcome: {
  readonly address: string
  readonly firstKey: string | undefined
  readonly terminal: Terminal
}): void {
  const { address, firstKey, terminal } = welcome
  terminal.print('')
  terminal.print(`  Overview       ${address}/`)
  terminal.print(`  API reference  ${address}/docs`)
  if (firstKey !== undefined) terminal.print(`  API key        ${firstKey}`)
  terminal.print('')
}

/** What a promise gives, or undefined where it fails: its own caller hears of the failure. */
async function settled<Value>(promise: Promise<Value>): Promise<Value | undefined> {
  try {
    return await promise
  } catch {
    return undefined
  }
}
