import { access, mkdir, realpath, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { type Account, chooseAccount } from './account.ts'
import { type Binaries, findBinaries } from './binaries.ts'
import {
  type ConnectionDetails,
  clusterOwner,
  connectionStringOf,
  locateCluster,
  prepareCluster,
  readConnection,
} from './cluster.ts'
import { EmbeddedPostgresFailure } from './embedded-postgres-failure.ts'
import {
  answering,
  answers,
  ensureDatabase,
  type PostmasterOptions,
  runningPostmaster,
  startPostmaster,
  stopPostmaster,
} from './postmaster.ts'
import { isAlive } from './process-identity.ts'
import { takeServiceLock } from './service-lock.ts'

export interface EmbeddedPostgres {
  readonly connectionString: string
  /** Such as `18.4`. */
  readonly version: string
  /** Stops the server and gives the directory up; any number of times. */
  stop(): Promise<void>
}

export interface EmbeddedPostgresOptions {
  readonly dataDir: string
  /** Directory of the programs to use in place of those of the package. */
  readonly binDir?: string | undefined
  /** The package's `native` directory, where it is not the installed one. */
  readonly nativeDir?: string | undefined
  /** False keeps nothing safe from a crash of the machine; for tests alone. */
  readonly durable?: boolean
  /** Settings of the server beside those of the supervisor. */
  readonly settings?: Readonly<Record<string, string>>
  readonly log: (message: string) => void
}

const watchIntervalMs = 50
const restartDelayMsFirst = 100
const restartDelayMsMax = 5_000

/**
 * Starts the PostgreSQL of a data directory, or takes over the one that an earlier service left
 * running there, and keeps it running until it is stopped: a server that dies is started again at the
 * same address.
 * Throws EmbeddedPostgresFailure, with what to do about it, where that cannot be.
 */
export async function startEmbeddedPostgres(
  given: EmbeddedPostgresOptions,
): Promise<EmbeddedPostgres> {
  await mkdir(given.dataDir, { recursive: true })
  // The real path is what the system says of processes that work in it.
  const options = { ...given, dataDir: await realpath(given.dataDir) }
  const { dataDir, log } = options
  const lock = await takeServiceLock(dataDir)
  try {
    const account = chooseAccount(await clusterOwner(dataDir))
    const binaries = await findBinaries({ ...options, account })
    const directory = await locateCluster(dataDir, { account, log })
    const { pid, postmaster } = await adoptOrStart(options, { directory, binaries, account })
    await ensureDatabase(postmaster.details)
    const watch = watchPostmaster(pid, postmaster, log)
    return {
      connectionString: connectionStringOf(postmaster.details),
      version: binaries.version,
      stop: once(async () => {
        await watch.stop()
        if (postmaster.details.host.startsWith('/tmp/pineos-')) {
          await rm(postmaster.details.host, { recursive: true, force: true })
        }
        await lock.release()
      }),
    }
  } catch (error) {
    await lock.release()
    throw error
  }
}

/** The server that a running service keeps on the directory; undefined where none answers. */
export async function attachEmbeddedPostgres(options: {
  dataDir: string
  log: (message: string) => void
}): Promise<{ connectionString: string } | undefined> {
  const details = await readConnection(options.dataDir)
  if (!details || !(await answers(details))) return undefined
  options.log(`using the PostgreSQL of the service that runs on ${options.dataDir}`)
  return { connectionString: connectionStringOf(details) }
}

interface Place {
  readonly directory: string
  readonly binaries: Binaries
  readonly account: Account | undefined
}

async function adoptOrStart(
  options: EmbeddedPostgresOptions,
  place: Place,
): Promise<{ pid: number; postmaster: PostmasterOptions }> {
  const { dataDir, durable = true, settings = {}, log } = options
  const postmasterAt = (details: ConnectionDetails): PostmasterOptions => ({
    ...place,
    details,
    durable,
    settings,
    startLog: join(dataDir, 'postgres-start.log'),
  })
  const running = await runningPostmaster(place.directory)
  const known = await readConnection(dataDir)
  if (running !== undefined) {
    const adopted = known && (await canAdopt(running, postmasterAt(known)))
    if (adopted) {
      log('taking over the PostgreSQL that an earlier service left running')
      return { pid: running, postmaster: postmasterAt(known) }
    }
    // It is ours by its directory, and nobody can reach it any more: its socket or password is gone.
    log('stopping a PostgreSQL that an earlier service left running and that does not answer')
    await stopPostmaster(running)
  }
  const details = await prepareCluster(dataDir, { ...place, log })
  const postmaster = postmasterAt(details)
  return { pid: await startPostmaster(postmaster), postmaster }
}

/** True once the running server answers with our password; false where its socket is gone. */
async function canAdopt(pid: number, postmaster: PostmasterOptions): Promise<boolean> {
  const { host } = postmaster.details
  if (
    host.startsWith('/') &&
    !(await access(host).then(
      () => true,
      () => false,
    ))
  )
    return false
  try {
    // It may be recovering from a crash, which takes its time.
    await answering(postmaster, () =>
      isAlive(pid) ? undefined : 'the server that was running has ended',
    )
    return true
  } catch (error) {
    if (error instanceof EmbeddedPostgresFailure) return false
    throw error
  }
}

/**
 * Looks after the server: when it dies, it is started again where it was, for as long as the service
 * runs; starts that fail follow each other ever more slowly. What keeps it from starting, such as a
 * full disk, may take hours to mend, and a service that had given up would not notice.
 */
function watchPostmaster(
  firstPid: number,
  postmaster: PostmasterOptions,
  log: (message: string) => void,
): { stop(): Promise<void> } {
  let pid = firstPid
  const stopping = new AbortController()
  let restarting: Promise<void> | undefined

  const restart = async () => {
    log('PostgreSQL has died; starting it again')
    for (let failures = 0; !stopping.signal.aborted; failures++) {
      try {
        pid = await startPostmaster(postmaster)
        log('PostgreSQL is running again')
        return
      } catch (error) {
        log(`PostgreSQL could not be started again: ${(error as Error).message}`)
        await pause(Math.min(restartDelayMsMax, restartDelayMsFirst * 2 ** failures), undefined, {
          signal: stopping.signal,
        }).catch(() => undefined)
      }
    }
  }
  const timer = setInterval(() => {
    if (stopping.signal.aborted || restarting || isAlive(pid)) return
    restarting = restart().finally(() => {
      restarting = undefined
    })
  }, watchIntervalMs)
  timer.unref()

  return {
    async stop() {
      stopping.abort()
      clearInterval(timer)
      await restarting
      await stopPostmaster(pid)
    },
  }
}

function once(work: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined
  return () => (done ??= work())
}
