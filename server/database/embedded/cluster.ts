import { createHash, randomBytes } from 'node:crypto'
import {
  chmod,
  chown,
  mkdir,
  mkdtemp,
  readFile,
  realpath,
  rename,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Account } from './account.ts'
import type { Binaries } from './binaries.ts'
import { EmbeddedPostgresFailure } from './embedded-postgres-failure.ts'
import { runProgram } from './program.ts'

/** How the server of a data directory is reached; kept in it for whoever may read it. */
export interface ConnectionDetails {
  /** A private directory for the Unix socket; an address where there are no such sockets. */
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password: string
}

const connectionFile = 'postgres-connection.json'
const pointerFile = 'postgres-location'
const unreachableParent = '/var/lib/pineos-referral'
const initTimeoutMs = 120_000
const superuser = 'pineos'
export const databaseName = 'pineos'

/**
 * The directory of the cluster that belongs to a data directory. Where the account of PostgreSQL
 * cannot enter the data directory, which only root may do, the cluster is kept where it can, and a
 * file in the data directory says where.
 */
export async function locateCluster(
  dataDir: string,
  { account, log }: { account: Account | undefined; log: (message: string) => void },
): Promise<string> {
  const pointed = await readFile(join(dataDir, pointerFile), 'utf8').catch(() => undefined)
  if (pointed !== undefined) return pointed.trim()
  const inside = join(dataDir, 'postgres')
  if (account === undefined || (await canEnter(dataDir, account))) return inside
  const name = createHash('sha256')
    .update(await realpath(dataDir))
    .digest('hex')
    .slice(0, 16)
  const outside = join(unreachableParent, name)
  await mkdir(unreachableParent, { recursive: true, mode: 0o755 })
  await writeFile(join(dataDir, pointerFile), `${outside}\n`)
  log(
    `the account ${account.name}, under which PostgreSQL runs, cannot enter ${dataDir}: its files are in ${outside}`,
  )
  return outside
}

async function canEnter(directory: string, account: Account): Promise<boolean> {
  const { code } = await runProgram('/bin/sh', ['-c', 'cd "$0"', directory], {
    account,
    timeoutMs: 5_000,
  })
  return code === 0
}

/** Who owns the cluster, if there is one: PostgreSQL then runs under that account again. */
export async function clusterOwner(dataDir: string): Promise<number | undefined> {
  const pointed = await readFile(join(dataDir, pointerFile), 'utf8').catch(() => undefined)
  const found = await stat(pointed?.trim() ?? join(dataDir, 'postgres')).catch(() => undefined)
  return found?.uid
}

/**
 * Makes sure that there is a cluster of the right version, and gives its connection details, with a
 * socket or a port of its own for this start.
 * Throws EmbeddedPostgresFailure where the cluster belongs to another major version.
 */
export async function prepareCluster(
  dataDir: string,
  options: {
    directory: string
    binaries: Binaries
    account: Account | undefined
    log: (message: string) => void
  },
): Promise<ConnectionDetails> {
  const { directory, binaries, account, log } = options
  const version = await readFile(join(directory, 'PG_VERSION'), 'utf8').catch(() => undefined)
  const known = await readConnection(dataDir)
  if (version !== undefined && Number(version) !== binaries.major) {
    throw new EmbeddedPostgresFailure(
      `${directory} was made by PostgreSQL ${version.trim()}, and the programs here are of ${binaries.version}. ` +
        'Set PG_BIN_DIR to programs of that version, or move the data with pg_dump.',
    )
  }
  if (version !== undefined && !known) {
    throw new EmbeddedPostgresFailure(
      `${join(dataDir, connectionFile)}, which holds the password of the database in ${directory}, is missing. Restore it from the backup of the data directory.`,
    )
  }
  const password = known?.password ?? randomBytes(24).toString('base64url')
  const details = { ...(await freshAddress(account)), user: superuser, password }
  // Before the cluster: a start that is interrupted in between finds the password of what it made.
  await writeConnection(dataDir, details)
  if (version === undefined) {
    log(`creating a PostgreSQL ${binaries.version} database in ${directory}`)
    await initialise(directory, { binaries, account, details })
  }
  return details
}

export async function readConnection(dataDir: string): Promise<ConnectionDetails | undefined> {
  try {
    return JSON.parse(await readFile(join(dataDir, connectionFile), 'utf8')) as ConnectionDetails
  } catch {
    return undefined
  }
}

async function writeConnection(dataDir: string, details: ConnectionDetails): Promise<void> {
  const path = join(dataDir, connectionFile)
  await writeFile(`${path}.new`, JSON.stringify(details), { mode: 0o600, flush: true })
  await rename(`${path}.new`, path)
}

/** A connection string that `pg` takes; the database is that of the service unless another is named. */
export function connectionStringOf(
  details: ConnectionDetails,
  database: string = databaseName,
): string {
  const { host, port, user, password } = details
  return `postgres://${user}:${encodeURIComponent(password)}@${encodeURIComponent(host)}:${port}/${database}`
}

/** A new private place to listen at, which nobody else can have. */
async function freshAddress(account: Account | undefined): Promise<{ host: string; port: number }> {
  if (process.platform === 'win32') return { host: '127.0.0.1', port: await freePort() }
  // The path of a socket has room for some hundred characters, so TMPDIR is not asked.
  const host = await mkdtemp('/tmp/pineos-')
  if (account) await chown(host, account.uid, account.gid)
  await chmod(host, 0o700)
  return { host, port: 5_432 }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}

/** Runs initdb beside the place and moves the result there, so that half a cluster is never found. */
async function initialise(
  directory: string,
  {
    binaries,
    account,
    details,
  }: { binaries: Binaries; account: Account | undefined; details: ConnectionDetails },
): Promise<void> {
  const fresh = `${directory}.new`
  await rm(fresh, { recursive: true, force: true })
  await mkdir(dirname(directory), { recursive: true })
  await mkdir(fresh, { mode: 0o700 })
  const passwordDirectory = await mkdtemp(
    join(process.platform === 'win32' ? tmpdir() : '/tmp', 'pineos-init-'),
  )
  const passwordFile = join(passwordDirectory, 'password')
  await writeFile(passwordFile, details.password, { mode: 0o600 })
  if (account) {
    for (const path of [fresh, passwordDirectory, passwordFile])
      await chown(path, account.uid, account.gid)
  }
  try {
    const { code, output } = await runProgram(
      join(binaries.directory, 'initdb'),
      initArguments(fresh, passwordFile),
      {
        account,
        timeoutMs: initTimeoutMs,
      },
    )
    if (code !== 0)
      throw new EmbeddedPostgresFailure(`The database could not be created: ${output}`)
  } finally {
    await rm(passwordDirectory, { recursive: true, force: true })
  }
  await rename(fresh, directory)
}

function initArguments(directory: string, passwordFile: string): string[] {
  return [
    `--pgdata=${directory}`,
    `--username=${superuser}`,
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale=C',
    '--data-checksums',
  ]
}
