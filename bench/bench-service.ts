import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes, randomUUID } from 'node:crypto'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startEmbeddedPostgres } from '@pineos/server/database/embedded/supervisor.ts'
import { build } from 'esbuild'

/** The service under measurement, in its own process, on a durable embedded PostgreSQL. */
export interface BenchService {
  readonly baseUrl: string
  readonly apiKey: string
  readonly postgresVersion: string
  readonly cpus: string
  countEntries(): Promise<number>
  post(path: string, body: unknown): Promise<void>
  stop(): Promise<void>
}

export async function startBenchService(
  directory: string,
  settings: Readonly<Record<string, string>> = {},
): Promise<BenchService> {
  const postgres = await startEmbeddedPostgres({ dataDir: join(directory, 'data'), log: () => {} })
  const apiKey = `bench-${randomUUID()}`
  const child = spawn(process.execPath, ['--enable-source-maps', await bundle()], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      ...process.env,
      DATABASE_URL: postgres.connectionString,
      BOOTSTRAP_API_KEY: apiKey,
      PORT: '0',
      LOG_SIGNING_KEY: randomBytes(32).toString('base64'),
      ...settings,
    },
  })
  const baseUrl = await readyAddress(child)
  const headers = { authorization: `Bearer ${apiKey}` }
  const processor = cpus()[0]?.model.trim() ?? 'unknown processor'
  return {
    baseUrl,
    apiKey,
    postgresVersion: postgres.version,
    cpus: `${cpus().length} × ${processor}`,
    async countEntries() {
      const answer = await fetch(`${baseUrl}/api/v1/ledger/entries?limit=1`, { headers })
      return ((await answer.json()) as { total: number }).total
    },
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
      const ended = new Promise((resolve) => child.once('exit', resolve))
      child.kill('SIGTERM')
      await ended
      await postgres.stop()
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
