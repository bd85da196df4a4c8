import { chmod, cp, lstat, mkdtemp, readdir, readFile, rename, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { basename, dirname, join, relative } from 'node:path'
import type { Account } from './account.ts'
import { EmbeddedPostgresFailure } from './embedded-postgres-failure.ts'
import { runProgram } from './program.ts'

/** Programs of a PostgreSQL server that run here, under the account they were tried with. */
export interface Binaries {
  readonly directory: string
  /** Such as `18.4`. */
  readonly version: string
  readonly major: number
}

export interface BinariesOptions {
  /** The one directory to take them from; otherwise the package, then the system. */
  readonly binDir?: string | undefined
  /** The package's `native` directory, where it is not the installed one. */
  readonly nativeDir?: string | undefined
  readonly account: Account | undefined
  readonly log: (message: string) => void
}

const majorMin = 15
const programTimeoutMs = 20_000

/**
 * Finds programs that really run: those of `binDir` if given, else of the npm package for this
 * platform, else of the system.
 * Throws EmbeddedPostgresFailure, naming what was tried, where none do.
 */
export async function findBinaries(options: BinariesOptions): Promise<Binaries> {
  const { binDir, account, log } = options
  if (binDir !== undefined) {
    const found = await tryDirectory(binDir, account)
    if (typeof found !== 'string') return found
    throw new EmbeddedPostgresFailure(`PG_BIN_DIR cannot be used: ${found}`)
  }
  const reasons: string[] = []
  const nativeDir = options.nativeDir ?? packagedNativeDir()
  if (nativeDir === undefined) {
    reasons.push(`there is no package for ${process.platform}-${process.arch}`)
  } else {
    const packaged = await tryPackage(nativeDir, { account, log })
    if (typeof packaged !== 'string') return packaged
    reasons.push(packaged)
  }
  for (const directory of await systemBinDirectories()) {
    const found = await tryDirectory(directory, account)
    if (typeof found !== 'string') {
      log(`using PostgreSQL ${found.version} of the system in ${directory}`)
      return found
    }
    reasons.push(found)
  }
  throw new EmbeddedPostgresFailure(
    `No PostgreSQL can be started here: ${reasons.join('; ')}. ` +
      `Set DATABASE_URL to a PostgreSQL server of version ${majorMin} or later, or PG_BIN_DIR to the directory of its programs.`,
  )
}

/** Where npm has put the programs for this platform; undefined where there are none for it. */
function packagedNativeDir(): string | undefined {
  const platform = process.platform === 'win32' ? 'windows' : process.platform
  try {
    const entry = createRequire(import.meta.url).resolve(
      `@embedded-postgres/${platform}-${process.arch}`,
    )
    return join(dirname(entry), '..', 'native')
  } catch {
    return undefined
  }
}

/**
 * The package in its place or, where it cannot be completed there or the account cannot reach it, a
 * copy of it. Its libraries have links that only an install script makes, which may not have run.
 */
async function tryPackage(
  nativeDir: string,
  { account, log }: Pick<BinariesOptions, 'account' | 'log'>,
): Promise<Binaries | string> {
  try {
    await makeLinks(nativeDir)
    const inPlace = await tryDirectory(join(nativeDir, 'bin'), account)
    if (typeof inPlace !== 'string') return inPlace
  } catch {
    // A directory that cannot be written: the copy below is complete.
  }
  try {
    const copy = await copyToCache(nativeDir)
    log(`using a copy of the PostgreSQL programs in ${copy}`)
    return await tryDirectory(join(copy, 'bin'), account)
  } catch (error) {
    return `${nativeDir} could not be copied (${(error as Error).message})`
  }
}

interface Link {
  readonly source: string
  readonly target: string
}

/** Makes the links that the package lists and that are not there; any number of times. */
async function makeLinks(nativeDir: string): Promise<void> {
  const links = JSON.parse(
    await readFile(join(nativeDir, 'pg-symlinks.json'), 'utf8'),
  ) as readonly Link[]
  for (const { source, target } of links) {
    // The list names paths from the root of the package.
    const at = join(nativeDir, '..', target)
    const to = relative(dirname(at), join(nativeDir, '..', source))
    try {
      await symlink(to, at)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
  }
}

/** A complete copy for this user, made once for each version, whole or not at all. */
async function copyToCache(nativeDir: string): Promise<string> {
  const { version } = JSON.parse(await readFile(join(nativeDir, '..', 'package.json'), 'utf8')) as {
    version: string
  }
  const parent = process.platform === 'win32' ? tmpdir() : '/var/tmp'
  const cache = join(parent, `pineos-postgres-${version}-${process.getuid?.() ?? 'user'}`)
  // Anybody may write to the parent: a directory that is not ours is not to be run.
  const known = await lstat(cache).catch(() => undefined)
  const isOurs =
    known?.isDirectory() && (process.getuid === undefined || known.uid === process.getuid())
  if (isOurs) return join(cache, 'native')
  const fresh = await mkdtemp(join(parent, `${basename(cache)}-`))
  await cp(nativeDir, join(fresh, 'native'), { recursive: true, verbatimSymlinks: true })
  await cp(join(nativeDir, '..', 'package.json'), join(fresh, 'package.json'))
  await openDirectories(fresh)
  await makeLinks(join(fresh, 'native'))
  if (known === undefined) {
    try {
      await rename(fresh, cache)
      return join(cache, 'native')
    } catch {
      // Another process was first; its copy is as good, but this one is at hand.
    }
  }
  return join(fresh, 'native')
}

/** A copy of a directory that cannot be written cannot be either; and the account has to read it. */
async function openDirectories(directory: string): Promise<void> {
  await chmod(directory, 0o755)
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    if (entry.isDirectory()) await openDirectories(join(directory, entry.name))
  }
}

/** The programs of the directory, or why they cannot be used. */
async function tryDirectory(
  directory: string,
  account: Account | undefined,
): Promise<Binaries | string> {
  const suffix = process.platform === 'win32' ? '.exe' : ''
  for (const program of ['initdb', 'postgres']) {
    const { code, output } = await runProgram(join(directory, program + suffix), ['--version'], {
      account,
      timeoutMs: programTimeoutMs,
    })
    const version = /\) (\d+)(\S*)/.exec(output)
    if (code !== 0 || !version)
      return `${join(directory, program)} does not run (${output.split('\n')[0] || 'no output'})`
    const major = Number(version[1])
    if (major < majorMin)
      return `${directory} has PostgreSQL ${major}, and ${majorMin} is the oldest that will do`
    if (program === 'postgres') return { directory, version: `${version[1]}${version[2]}`, major }
  }
  return `${directory} has no programs`
}

// Where distributions put a directory for each version: Debian, Red Hat, Homebrew on both processors.
const systemDirectories: readonly (readonly [parent: string, name: RegExp])[] = [
  ['/usr/lib/postgresql', /^\d+$/],
  ['/usr', /^pgsql-\d+$/],
  ['/opt/homebrew/opt', /^postgresql@\d+$/],
  ['/usr/local/opt', /^postgresql@\d+$/],
]

/** Directories of the system in which PostgreSQL is found, the newest version first. */
async function systemBinDirectories(): Promise<readonly string[]> {
  const found: string[] = []
  for (const [parent, pattern] of systemDirectories) {
    const names = await readdir(parent).catch(() => [])
    found.push(
      ...names.filter((name) => pattern.test(name)).map((name) => join(parent, name, 'bin')),
    )
  }
  const versionOf = (directory: string) => Number(/(\d+)\/bin$/.exec(directory)?.[1] ?? 0)
  return found.sort((a, b) => versionOf(b) - versionOf(a))
}
