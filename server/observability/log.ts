import pino, { type DestinationStream, type Logger } from 'pino'
import type { Config } from '../config.ts'

/**
 * The log of the process: JSON lines, on standard error because standard output belongs to the
 * answers of commands. Headers and fields that hold secrets are cut out wherever they are logged.
 */
export function createLog(
  level: Config['logLevel'],
  destination: DestinationStream = pino.destination({ dest: 2, sync: true }),
): Logger {
  return pino({ level, base: null, redact: { paths: [...secretPaths], remove: true } }, destination)
}

const secretFields = [
  'authorization',
  'cookie',
  'secret',
  'password',
  'connectionString',
  'bootstrapApiKey',
  'databaseUrl',
  'migrationDatabaseUrl',
  'logSigningKey',
] as const

/** Each field at the top, one level down, and among the headers of a request. */
const secretPaths = secretFields.flatMap((field) => [field, `*.${field}`, `*.headers.${field}`])
