import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes, randomUUID } from 'node:crypto'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startEmbeddedPostgres } from '@pineos/server/database/embedded/supervisor.ts'
import { build } from 'esbuild'
import { type ProcessorTime, postmasterOf, processorTime } from './processor-time.ts'

/** The service under measurement, in processes of its own, on a durable embedded PostgreSQL. */
export interface BenchService {
  /** The addresses of its processes; the first is `baseUrl`. */
  readonly baseUrls: readonly string[]
  readonly baseUrl: string
  readonly apiKey: string
  readonly postgresVersion: string
  readonly cpus: string
  countEntries(): Promise<number>
  /** What its processes and its PostgreSQL have spent so far. */
  processorTime(): ProcessorTime
  post(path: string, body: unknown): Promise<void>
  stop(): Promise<void>
}

interface BenchOptions {
  readonly processes?: number
  /** Settings of the service beside those of the bench. */
  readonly settings?: Readonly<Record<string, string>>
}

export async function startBenchService(
  directory: string,
  { processes = 1, settings = {} }: BenchOptions = {},
): Promise<BenchService> {
  const postgres = await startEmbeddedPostgres({ dataDir: join(directory, 'data'), log: () => {} })
  const postmaster = await postmasterOf(postgres.connectionString)
  const apiKey = `bench-${randomUUID()}`
  const bundlePath = await bundle()
  const env = {
    ...process.env,
    DATABASE_URL: postgres.connectionString,
    BOOTSTRAP_API_KEY: apiKey,
    PORT: '0',
    LOG_SIGNING_KEY: randomBytes(32).toString('base64'),
    ...settings,
  }
  const running: BenchProcess[] = []
  for (let index = 0; index < processes; index++) {
    running.push(await startProcess(bundlePath, env))
  }
  const baseUrl = running[0]?.baseUrl ?? ''
  const headers = { authorization: `Bearer ${apiKey}` }
  const processor = cpus()[0]?.model.trim() ?? 'unknown processor'
  return {
    baseUrls: running.map(({ baseUrl: url }) => url),
    baseUrl,
    apiKey,
    postgresVersion: postgres.version,
    cpus: `${cpus().length} × ${processor}`,
    async countEntries() {
      const answer = await fetch(`${baseUrl}/api/v1/ledger/entries?limit=1`, { headers })
      return ((await answer.json()) as { total: number }).total
    },
    processorTime: () =>
      processorTime(
        running.map(({ pid }) => pid),
        postmaster,
      ),
    async post(path, body) {
      const answer = await fetch(`${baseUrl}${path}`, {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      })
      if (!answer.ok) throw new Error(`POST ${path} gave ${answer.status}: ${await answer.text()}`)
      await answer.arrayBuffer()
    },
    async stop() {
      await Promise.all(running.map((each) => each.stop()))
      await postgres.stop()
    },
  }
}

/** As `npm start` and the image have it. */
const semiSpace = '--max-semi-space-size=64'

interface BenchProcess {
  readonly pid: number
  readonly baseUrl: string
  stop(): Promise<void>
}

async function startProcess(bundlePath: string, env: NodeJS.ProcessEnv): Promise<BenchProcess> {
  const child = spawn(process.execPath, [semiSpace, '--enable-source-maps', bundlePath], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env,
  })
  const baseUrl = await readyAddress(child)
  return {
    pid: child.pid ?? 0,
    baseUrl,
    async stop() {
      const ended = new Promise((resolve) => child.once('exit', resolve))
      child.kill('SIGTERM')
      await ended
    },
  }
}

/** Bundled as the service itself is, so that nothing is compiled while it is measured. */
async function bundle(): Promise<string> {
  const outfile = fileURLToPath(new URL('../server/dist/bench-server.js', import.meta.url))
  await build({
    entryPoints: [fileURLToPath(new URL('bench-server.ts', import.meta.url))],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    sourcemap: true,
    external: ['pg-native'],
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    },
    logLevel: 'error',
  })
  return outfile
}

function readyAddress(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = ''
    child.stdout?.on('data', (chunk) => {
      output += String(chunk)
      const address = /Ready at (http:\S+)/.exec(output)?.[1]
      if (address) resolve(address)
    })
    child.once('exit', (code) => reject(new Error(`the service ended with ${code}: ${output}`)))
  })
}
