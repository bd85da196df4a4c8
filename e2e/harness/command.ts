import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const bundle = fileURLToPath(new URL('../../server/dist/main.js', import.meta.url))

export interface CommandAnswer {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs a command of the built service as a process of its own, on a database. */
export async function runCommand(
  args: readonly string[],
  databaseUrl: string,
  env: Readonly<Record<string, string>> = {},
): Promise<CommandAnswer> {
  const child = spawn(process.execPath, [bundle, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      DATABASE_URL: databaseUrl,
      LOG_SIGNING_KEY: Buffer.alloc(32, 'a test seed').toString('base64'),
      ...env,
    },
  })
  const output = { stdout: '', stderr: '' }
  child.stdout.on('data', (chunk) => (output.stdout += String(chunk)))
  child.stderr.on('data', (chunk) => (output.stderr += String(chunk)))
  const status = await new Promise<number | null>((resolve) => child.once('close', resolve))
  return { status, ...output }
}
