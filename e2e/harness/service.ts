import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { attachEmbeddedPostgres } from '@pineos/server/database/embedded/supervisor.ts'
import { createTestDatabase } from '@pineos/server/testing/database.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const bundle = fileURLToPath(new URL('../../server/dist/main.js', import.meta.url))
/** One key for all processes of a test, so that none is made in the working directory. */
const signingSeed = Buffer.alloc(32, 'a test seed').toString('base64')
const readyTimeoutMs = 60_000

export interface ServiceOptions {
  /** Settings beside those of the harness. */
  readonly env?: Readonly<Record<string, string>>
  /** The database to use; a fresh one, dropped at the end, where it is absent. */
  readonly databaseUrl?: string
  /** Run on an embedded PostgreSQL of its own in this directory instead. */
  readonly embeddedIn?: string
  /** What starts it: a command that ends by running the one that follows its own arguments. */
  readonly startedBy?: readonly string[]
  /** The key that it accepts; a random one where it is absent. */
  readonly apiKey?: string
}

/** A real service in a process of its own, as a person would start it. */
export interface RunningService {
  readonly baseUrl: string
  readonly apiKey: string
  readonly databaseUrl: string
  /** Where the tests reach the directory that it was given, if any. */
  readonly dataDir: string
  readonly process: ChildProcess
  /** Everything that it has printed so far, standard error included. */
  output(): string
  /** SIGTERM; resolves with the exit code once the process has ended. */
  stop(): Promise<number | null>
  /** SIGKILL; resolves once the process has ended. */
  kill(): Promise<void>
}

/** Starts the built service and waits until it says that it is ready. */
export async function startService(options: ServiceOptions = {}): Promise<RunningService> {
  const { embeddedIn } = options
  const isFresh = options.databaseUrl === undefined && embeddedIn === undefined
  const database = isFresh ? await createTestDatabase() : undefined
  const externalUrl = options.databaseUrl ?? database?.connectionString
  const apiKey = options.apiKey ?? `test-key-${randomUUID()}`
  const [program = '', ...programArguments] = [
    ...(options.startedBy ?? []),
    process.execPath,
    bundle,
    'start',
  ]
  const child = spawn(program, programArguments, {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      ...(externalUrl === undefined ? {} : { DATABASE_URL: externalUrl }),
      ...(embeddedIn === undefined ? {} : { DATA_DIR: embeddedIn }),
      BOOTSTRAP_API_KEY: apiKey,
      PORT: '0',
      DEMO_DATA: 'false',
      LOG_LEVEL: 'warn',
      LOG_SIGNING_KEY: signingSeed,
      ...options.env,
    },
  })
  let output = ''
  child.stdout.on('data', (chunk) => (output += String(chunk)))
  child.stderr.on('data', (chunk) => (output += String(chunk)))
  const exit = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)))
  const baseUrl = await readyAddress(child, () => output)
  // The service may have been started with a filesystem of its own at that place.
  const dataDir = `${options.startedBy ? `/proc/${child.pid}/root` : ''}${embeddedIn ?? ''}`
  const databaseUrl = externalUrl ?? (await embeddedUrl(dataDir))

  const end = async (signal: NodeJS.Signals) => {
    child.kill(signal)
    const code = await exit
    await database?.drop()
    return code
  }
  return {
    baseUrl,
    apiKey,
    databaseUrl,
    dataDir,
    process: child,
    output: () => output,
    stop: () => end('SIGTERM'),
    kill: async () => {
      await end('SIGKILL')
    },
  }
}

async function embeddedUrl(dataDir: string): Promise<string> {
  const attached = await attachEmbeddedPostgres({ dataDir, log: () => {} })
  if (!attached) throw new Error(`no embedded PostgreSQL runs in ${dataDir}`)
  return attached.connectionString
}

function readyAddress(child: ChildProcess, output: () => string): Promise<string> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      child.kill('SIGKILL')
      reject(new Error(`the service was not ready within ${readyTimeoutMs} ms:\n${output()}`))
    }, readyTimeoutMs)
    const look = () => {
      const address = /Ready at (http:\S+)/.exec(output())?.[1]
      if (!address) return
      clearTimeout(timer)
      resolve(address)
    }
    child.stdout?.on('data', look)
    child.once('exit', (code) => {
      clearTimeout(timer)
      reject(new Error(`the service ended with ${code} before it was ready:\n${output()}`))
    })
  })
}
