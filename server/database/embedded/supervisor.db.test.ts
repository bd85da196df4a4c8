import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import pg from 'pg'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { chooseAccount } from './account.ts'
import { findBinaries } from './binaries.ts'
import { readConnection } from './cluster.ts'
import { startPostmaster, stopPostmaster } from './postmaster.ts'
import { isAlive } from './process-identity.ts'
import {
  attachEmbeddedPostgres,
  type EmbeddedPostgres,
  startEmbeddedPostgres,
} from './supervisor.ts'

const isRoot = process.getuid?.() === 0
const log = () => {}
const waitMs = 20_000

let directory: string
let started: EmbeddedPostgres[]
let children: ChildProcess[]

beforeEach(() => {
  started = []
  children = []
  directory = mkdtempSync(join(tmpdir(), 'pineos-embedded-'))
  // PostgreSQL runs under another account where the tests run as root.
  chmodSync(directory, 0o755)
})
afterEach(async () => {
  for (const child of children) child.kill('SIGKILL')
  for (const postgres of started) await postgres.stop()
  rmSync(directory, { recursive: true, force: true })
})

async function start(
  options: Partial<Parameters<typeof startEmbeddedPostgres>[0]> = {},
): Promise<EmbeddedPostgres> {
  const postgres = await startEmbeddedPostgres({ dataDir: directory, log, ...options })
  started.push(postgres)
  return postgres
}

async function ask(postgres: { connectionString: string }, sql: string): Promise<string> {
  const client = new pg.Client({ connectionString: postgres.connectionString })
  await client.connect()
  try {
    const { rows } = await client.query<Record<string, unknown>>(sql)
    return String(Object.values(rows[0] ?? {})[0])
  } finally {
    await client.end()
  }
}

async function postmasterOf(postgres: EmbeddedPostgres): Promise<{ pid: number; cluster: string }> {
  const cluster = await ask(postgres, 'show data_directory')
  return {
    cluster,
    pid: Number(readFileSync(join(cluster, 'postmaster.pid'), 'utf8').split('\n')[0]),
  }
}

/** The first line that a child prints; the child ends with the test. */
async function firstLineOf(child: ChildProcess): Promise<string> {
  children.push(child)
  let text = ''
  for await (const chunk of child.stdout ?? []) {
    text += String(chunk)
    if (text.includes('\n')) break
  }
  return text.split('\n')[0] ?? ''
}

/** A process of PostgreSQL's account that lives, or that ended and is never reaped. */
async function strangerPid(lifeSeconds: number): Promise<number> {
  const account = chooseAccount(undefined)
  // The shell becomes a program that does not reap the child it had.
  const script = `sleep ${lifeSeconds} & echo $!; exec sleep 600`
  const parent = spawn('/bin/sh', ['-c', script], {
    ...(account ? { uid: account.uid, gid: account.gid } : {}),
    cwd: '/',
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  return Number(await firstLineOf(parent))
}

/** The package as npm leaves it where install scripts do not run: without its links. */
async function packageWithoutLinks(): Promise<string> {
  const { directory: bin } = await findBinaries({ account: chooseAccount(undefined), log })
  const native = dirname(bin)
  const copy = join(directory, 'package', 'native')
  cpSync(native, copy, { recursive: true, verbatimSymlinks: true })
  const links = JSON.parse(readFileSync(join(copy, 'pg-symlinks.json'), 'utf8')) as {
    target: string
  }[]
  for (const { target } of links) rmSync(join(copy, '..', target), { force: true })
  writeFileSync(
    join(copy, '..', 'package.json'),
    JSON.stringify({ version: `test-${process.pid}-${Date.now()}` }),
  )
  return copy
}

describe('the embedded PostgreSQL', () => {
  it('is durable, with checksums, and has its data again after a restart', async () => {
    const first = await start()
    expect(first.version).toMatch(/^\d+\.\d+/)
    expect(await ask(first, 'show data_checksums')).toBe('on')
    expect(await ask(first, 'show fsync')).toBe('on')
    expect(await ask(first, 'show synchronous_commit')).toBe('on')
    await ask(first, 'create table kept as select 7 as seven')
    await first.stop()
    expect(await ask(await start(), 'select seven from kept')).toBe('7')
  })

  it('leaves nothing behind when it is stopped, however often it is told to', async () => {
    const postgres = await start()
    const { pid } = await postmasterOf(postgres)
    const socketDirectory = decodeURIComponent(new URL(postgres.connectionString).hostname)
    await Promise.all([postgres.stop(), postgres.stop()])
    expect(isAlive(pid)).toBe(false)
    expect(existsSync(socketDirectory)).toBe(false)
    expect(await attachEmbeddedPostgres({ dataDir: directory, log })).toBeUndefined()
  })

  it('lets commands beside the service in, by the same address', async () => {
    const postgres = await start()
    const attached = await attachEmbeddedPostgres({ dataDir: directory, log })
    expect(attached?.connectionString).toBe(postgres.connectionString)
  })

  it('refuses a second service on its directory, and says so', async () => {
    const postgres = await start()
    await expect(start()).rejects.toThrow(/Another service \(process \d+\) runs on/)
    expect(await ask(postgres, 'select 1')).toBe('1')
  })

  it('comes back by itself, at the same address and with its data, when it is killed', async () => {
    const postgres = await start()
    await ask(postgres, 'create table kept as select 7 as seven')
    const { pid } = await postmasterOf(postgres)
    process.kill(pid, 'SIGKILL')
    await vi.waitFor(
      async () => expect(await ask(postgres, 'select seven from kept')).toBe('7'),
      waitMs,
    )
    expect((await postmasterOf(postgres)).pid).not.toBe(pid)
  })

  // Such a backend does not notice that its server is gone, and holds the shared memory.
  it('comes back though a backend of the killed server is in the middle of a computation', async () => {
    const postgres = await start()
    const { pid, cluster } = await postmasterOf(postgres)
    const busy = new pg.Client({ connectionString: postgres.connectionString })
    busy.on('error', () => {})
    await busy.connect()
    const endless = 'select count(*) from generate_series(1, 1e10) a where md5(a::text) = $1'
    const computing = expect(busy.query(endless, ['none'])).rejects.toThrow()
    await vi.waitFor(async () => {
      const active =
        "select count(*) from pg_stat_activity where query like '%generate_series(1, 1e10)%' and state = 'active' and pid <> pg_backend_pid()"
      expect(await ask(postgres, active)).toBe('1')
    }, waitMs)
    process.kill(pid, 'SIGKILL')
    await computing
    await vi.waitFor(async () => expect(await ask(postgres, 'select 1')).toBe('1'), waitMs)
    expect(await ask(postgres, 'show data_directory')).toBe(cluster)
  })

  it('takes over the server of a service that was killed', async () => {
    const owner = spawn(
      process.execPath,
      ['--import', 'tsx', join(import.meta.dirname, 'owner.fixture.ts'), directory],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    )
    const connectionString = await firstLineOf(owner)
    await ask({ connectionString }, 'create table kept as select 7 as seven')
    const before = await ask({ connectionString }, 'select pg_postmaster_start_time()')
    const ended = once(owner, 'exit')
    owner.kill('SIGKILL')
    await ended
    const postgres = await start()
    expect(postgres.connectionString).toBe(connectionString)
    expect(await ask(postgres, 'select pg_postmaster_start_time()')).toBe(before)
    expect(await ask(postgres, 'select seven from kept')).toBe('7')
  })

  // PostgreSQL itself refuses: to it a process that waits to be reaped is one that runs.
  it.each([
    ['somebody else', 600],
    ['a process that is never reaped', 0],
  ])('starts over lock files, of directory and socket, that name %s', async (_, lifeSeconds) => {
    const first = await start()
    const { cluster } = await postmasterOf(first)
    await first.stop()
    const pid = await strangerPid(lifeSeconds)
    await vi.waitFor(() => expect(isAlive(pid)).toBe(lifeSeconds > 0), waitMs)
    const details = await readConnection(directory)
    if (details === undefined) throw new Error('the connection was not kept')
    const account = chooseAccount(undefined)
    mkdirSync(details.host, { mode: 0o700 })
    for (const path of [
      join(cluster, 'postmaster.pid'),
      join(details.host, `.s.PGSQL.${details.port}.lock`),
    ]) {
      writeFileSync(path, `${pid}\n${cluster}\n`)
      if (account) chownSync(path, account.uid, account.gid)
    }
    if (account) chownSync(details.host, account.uid, account.gid)
    const postmaster = await startPostmaster({
      directory: cluster,
      binaries: await findBinaries({ account, log }),
      account,
      details,
      durable: true,
      settings: {},
      startLog: join(directory, 'postgres-start.log'),
    })
    await stopPostmaster(postmaster)
    rmSync(details.host, { recursive: true })
  })

  it('starts over a lock file that names nobody, or this very service', async () => {
    const first = await start()
    const { cluster } = await postmasterOf(first)
    await first.stop()
    for (const pid of [2 ** 22 - 1, process.pid]) {
      writeFileSync(join(cluster, 'postmaster.pid'), `${pid}\n${cluster}\n`)
      const postgres = await start()
      expect(await ask(postgres, 'select 1')).toBe('1')
      await postgres.stop()
    }
  })

  it('starts where an earlier start was killed while it created the cluster', async () => {
    mkdirSync(join(directory, 'postgres.new', 'base'), { recursive: true })
    writeFileSync(join(directory, 'postgres.new', 'PG_VERSION'), '18\n')
    expect(await ask(await start(), 'select 1')).toBe('1')
  })

  it('keeps its files where its account can go when the data directory is closed to it', async () => {
    const closed = join(directory, 'closed')
    mkdirSync(closed, { mode: 0o700 })
    const first = await start({ dataDir: closed })
    const { cluster } = await postmasterOf(first)
    await ask(first, 'create table kept as select 7 as seven')
    await first.stop()
    const second = await start({ dataDir: closed })
    expect(await ask(second, 'select seven from kept')).toBe('7')
    await second.stop()
    // An ordinary user runs PostgreSQL as itself, and its directory is open to it.
    expect(cluster.startsWith(closed)).toBe(!isRoot)
    if (isRoot) rmSync(cluster, { recursive: true })
  })

  it('refuses a cluster of another major version, and says what to do', async () => {
    const first = await start()
    const { cluster } = await postmasterOf(first)
    await first.stop()
    const version = readFileSync(join(cluster, 'PG_VERSION'), 'utf8')
    writeFileSync(join(cluster, 'PG_VERSION'), '14\n')
    await expect(start()).rejects.toThrow(/was made by PostgreSQL 14.*PG_BIN_DIR/s)
    writeFileSync(join(cluster, 'PG_VERSION'), version)
    expect(await ask(await start(), 'select 1')).toBe('1')
  })
})

describe('the programs of PostgreSQL', () => {
  it('run though the links that an install script makes are missing', async () => {
    const nativeDir = await packageWithoutLinks()
    expect(
      await ask(await start({ nativeDir, dataDir: join(directory, 'data') }), 'select 1'),
    ).toBe('1')
  })

  it('are copied where they cannot be completed or reached in place', async () => {
    const nativeDir = await packageWithoutLinks()
    // As root the account cannot enter it; as an ordinary user nothing can be written to it.
    chmodSync(isRoot ? dirname(nativeDir) : join(nativeDir, 'lib'), isRoot ? 0o700 : 0o555)
    const binaries = await findBinaries({ nativeDir, account: chooseAccount(undefined), log })
    expect(binaries.directory).toContain('pineos-postgres-test-')
    expect(binaries.major).toBeGreaterThanOrEqual(15)
    chmodSync(join(nativeDir, 'lib'), 0o755)
    rmSync(join(binaries.directory, '..', '..'), { recursive: true })
  })

  it('are those of PG_BIN_DIR where it is given, which has to have some', async () => {
    const account = chooseAccount(undefined)
    const found = await findBinaries({ account, log })
    expect(await findBinaries({ binDir: found.directory, account, log })).toEqual(found)
    const missing = findBinaries({ binDir: directory, account, log })
    await expect(missing).rejects.toThrow(/PG_BIN_DIR cannot be used: .*initdb does not run/)
  })
})
