import { spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import type { Account } from './account.ts'
import type { Binaries } from './binaries.ts'
import { type ConnectionDetails, connectionStringOf, databaseName } from './cluster.ts'
import { awaitCondition } from './deadline.ts'
import { EmbeddedPostgresFailure } from './embedded-postgres-failure.ts'
import { isAlive, serverProcessesIn, servesCluster } from './process-identity.ts'
import { programOptions } from './program.ts'

const pollMs = 20
const readyTimeoutMs = 120_000
// What a killed server leaves has nobody to answer to; it ends by itself unless it computes.
const orphanSteps = [
  [undefined, 500],
  ['SIGQUIT', 1_000],
  ['SIGKILL', 3_000],
] as const
const fastStopMs = 20_000
const immediateStopMs = 5_000
const connectTimeoutMs = 2_000

export interface PostmasterOptions {
  /** The directory of the cluster. */
  readonly directory: string
  readonly binaries: Binaries
  readonly account: Account | undefined
  readonly details: ConnectionDetails
  /** False keeps nothing safe from a crash of the machine; for tests alone. */
  readonly durable: boolean
  readonly settings: Readonly<Record<string, string>>
  /** Where what PostgreSQL says before its own log begins is written. */
  readonly startLog: string
}

/** The pid of a server that runs on the cluster, by its lock file; undefined where none does. */
export async function runningPostmaster(directory: string): Promise<number | undefined> {
  const text = await readFile(join(directory, 'postmaster.pid'), 'utf8').catch(() => '')
  const pid = Number(text.split('\n')[0])
  if (!Number.isInteger(pid) || pid <= 0 || !isAlive(pid)) return undefined
  return servesCluster(pid, directory) ? pid : undefined
}

/**
 * Starts the server and returns its pid once it answers. What an earlier server has left is waited
 * for and cleared first.
 * Throws EmbeddedPostgresFailure with the end of its log where it does not come up.
 */
export async function startPostmaster(options: PostmasterOptions): Promise<number> {
  await clearRemains(options)
  const output = openSync(options.startLog, 'w', 0o600)
  const { env, uid, gid, cwd } = programOptions(options.account)
  const child = spawn(join(options.binaries.directory, 'postgres'), serverArguments(options), {
    cwd,
    ...(env ? { env } : {}),
    ...(uid === undefined || gid === undefined ? {} : { uid, gid }),
    // A group of its own: Ctrl-C at the terminal is for the service, which stops it in its turn.
    detached: true,
    stdio: ['ignore', output, output],
    windowsHide: true,
  })
  closeSync(output)
  let ended: string | undefined
  child.once('error', (error) => (ended = error.message))
  child.once('exit', (code, signal) => (ended = `it ended with ${signal ?? code}`))
  child.unref()
  await answering(options, () => ended)
  if (child.pid === undefined) throw new EmbeddedPostgresFailure('PostgreSQL could not be started.')
  return child.pid
}

/** Waits until the server answers; `ended` tells why it never will. */
export async function answering(
  { details, startLog, directory }: Pick<PostmasterOptions, 'details' | 'startLog' | 'directory'>,
  ended: () => string | undefined,
): Promise<void> {
  const isReady = await awaitCondition(
    async () => {
      const reason = ended()
      if (reason !== undefined) {
        const log = await readFile(startLog, 'utf8').catch(() => '')
        throw new EmbeddedPostgresFailure(
          `PostgreSQL did not start: ${reason}. It said: ${log.slice(-1_500).trim()} (more in ${join(directory, 'log')})`,
        )
      }
      return (await answers(details)) ? true : undefined
    },
    { timeoutMs: readyTimeoutMs, intervalMs: pollMs },
  )
  if (!isReady)
    throw new EmbeddedPostgresFailure(
      `PostgreSQL did not answer within ${readyTimeoutMs / 1_000} seconds.`,
    )
}

/** True where the server takes our password and answers. */
export async function answers(details: ConnectionDetails): Promise<boolean> {
  const client = new pg.Client({
    connectionString: connectionStringOf(details, 'postgres'),
    connectionTimeoutMillis: connectTimeoutMs,
    query_timeout: connectTimeoutMs,
  })
  client.on('error', () => undefined)
  try {
    await client.connect()
    await client.query('select 1')
    return true
  } catch {
    return false
  } finally {
    await client.end().catch(() => undefined)
  }
}

/** Creates the database of the service where it is not there yet. */
export async function ensureDatabase(details: ConnectionDetails): Promise<void> {
  const client = new pg.Client({ connectionString: connectionStringOf(details, 'postgres') })
  await client.connect()
  try {
    const { rowCount } = await client.query('select 1 from pg_database where datname = $1::name', [
      databaseName,
    ])
    if (rowCount === 0) await client.query(`create database ${databaseName}`)
  } finally {
    await client.end()
  }
}

/** Stops the server: fast, then at once, then by force. Returns when it is gone. */
export async function stopPostmaster(pid: number): Promise<void> {
  const steps = [
    ['SIGINT', fastStopMs],
    ['SIGQUIT', immediateStopMs],
    ['SIGKILL', immediateStopMs],
  ] as const
  for (const [signal, timeoutMs] of steps) {
    if (!sendSignal(pid, signal)) return
    const isGone = await awaitCondition(() => (isAlive(pid) ? undefined : true), {
      timeoutMs,
      intervalMs: pollMs,
    })
    if (isGone) return
  }
}

/**
 * Ends the processes that a killed server has left, and removes its lock files, of the directory and
 * of the socket. PostgreSQL would refuse them if their number is somebody else's by now, or a
 * process's that waits to be reaped. It checks for itself that nobody uses the shared memory.
 */
async function clearRemains({ directory, details }: PostmasterOptions): Promise<void> {
  if ((await runningPostmaster(directory)) !== undefined) return
  for (const [signal, timeoutMs] of orphanSteps) {
    if (signal !== undefined) {
      for (const pid of serverProcessesIn(directory)) sendSignal(pid, signal)
    }
    const areGone = await awaitCondition(
      () => (serverProcessesIn(directory).length === 0 ? true : undefined),
      { timeoutMs, intervalMs: pollMs },
    )
    if (areGone) break
  }
  if (serverProcessesIn(directory).length > 0) return
  await rm(join(directory, 'postmaster.pid'), { force: true })
  if (!isSocketDirectory(details.host)) return
  const socket = join(details.host, `.s.PGSQL.${details.port}`)
  await rm(socket, { force: true })
  await rm(`${socket}.lock`, { force: true })
}

/** False where the process is gone or is not ours to stop. */
function sendSignal(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal)
  } catch {
    return false
  }
}

function isSocketDirectory(host: string): boolean {
  return host.startsWith('/')
}

function serverArguments({ directory, details, durable, settings }: PostmasterOptions): string[] {
  const isSocket = isSocketDirectory(details.host)
  const values: Record<string, string> = {
    listen_addresses: isSocket ? '' : details.host,
    ...(isSocket ? { unix_socket_directories: details.host, unix_socket_permissions: '0700' } : {}),
    port: String(details.port),
    max_connections: '100',
    shared_buffers: '256MB',
    // A batch writes some megabytes of log; with less room it would wait for them half-way.
    wal_buffers: '16MB',
    max_wal_size: '2GB',
    checkpoint_timeout: '15min',
    fsync: durable ? 'on' : 'off',
    full_page_writes: durable ? 'on' : 'off',
    synchronous_commit: durable ? 'on' : 'off',
    logging_collector: 'on',
    log_directory: 'log',
    log_filename: 'postgresql-%a.log',
    log_rotation_age: '1d',
    log_rotation_size: '0',
    log_truncate_on_rotation: 'on',
    timezone: 'UTC',
    ...settings,
  }
  return [
    '-D',
    directory,
    ...Object.entries(values).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  ]
}
