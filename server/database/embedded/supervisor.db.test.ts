import {
  chmodSync,
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

beforeEach(() => {
  started = []
  directory = mkdtempSync(join(tmpdir(), 'pineos-embedded-'))
  // PostgreSQL runs under another account where the tests run as root.
  chmodSync(directory, 0o755)
})
afterEach(async () => {
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

  it('starts over a lock file that names nobody, or somebody else', async () => {
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
