import type { Logger } from 'pino'
import type { Config } from '../config.ts'
import { attachEmbeddedPostgres, startEmbeddedPostgres } from './embedded/supervisor.ts'

/** A database that is there for as long as it is not stopped. */
export interface OpenDatabase {
  readonly connectionString: string
  /** Whether it is the PostgreSQL of the service itself rather than one of somebody else. */
  readonly isEmbedded: boolean
  /** Stops what `openDatabase` started; an external or attached database goes on. */
  stop(): Promise<void>
}

type DatabaseConfig = Pick<Config, 'databaseUrl' | 'dataDir' | 'pgBinDir'>

/**
 * The database that the configuration names, for the service: an external one as it is, otherwise
 * the embedded PostgreSQL, started in the data directory.
 * @throws EmbeddedPostgresFailure where it cannot start, or another service runs it already
 */
export async function openDatabase(config: DatabaseConfig, log: Logger): Promise<OpenDatabase> {
  return external(config) ?? (await startEmbedded(config, log))
}

/**
 * The same database for a command beside the service: uses the embedded PostgreSQL of a service
 * that runs, and starts it only where none does.
 * @throws EmbeddedPostgresFailure where it cannot start
 */
export async function openDatabaseBeside(
  config: DatabaseConfig,
  log: Logger,
): Promise<OpenDatabase> {
  return (
    external(config) ?? (await attachEmbedded(config, log)) ?? (await startEmbedded(config, log))
  )
}

function external({ databaseUrl }: DatabaseConfig): OpenDatabase | undefined {
  if (databaseUrl === undefined) return undefined
  return { connectionString: databaseUrl, isEmbedded: false, stop: async () => undefined }
}

async function attachEmbedded(
  { dataDir }: DatabaseConfig,
  log: Logger,
): Promise<OpenDatabase | undefined> {
  const attached = await attachEmbeddedPostgres({ dataDir, log: (message) => log.info(message) })
  return attached && { ...attached, isEmbedded: true, stop: async () => undefined }
}

async function startEmbedded(
  { dataDir, pgBinDir }: DatabaseConfig,
  log: Logger,
): Promise<OpenDatabase> {
  const { connectionString, stop } = await startEmbeddedPostgres({
    dataDir,
    ...(pgBinDir === undefined ? {} : { binDir: pgBinDir }),
    log: (message) => log.info(message),
  })
  return { connectionString, isEmbedded: true, stop }
}
