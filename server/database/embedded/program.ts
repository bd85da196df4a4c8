import { spawn } from 'node:child_process'
import type { Account } from './account.ts'

/** How a program ended; `code` is undefined when it could not be started or was killed. */
export interface ProgramResult {
  readonly code: number | undefined
  readonly output: string
}

/** Output kept of a program; what exceeds it is dropped, the end is what tells the reason. */
const outputBytesMax = 64 * 1024

/**
 * Options that every program of PostgreSQL is started with: the account, a directory that every
 * account may enter, and an environment in which no PG* variable of the caller has a say.
 */
export function programOptions(account: Account | undefined): {
  cwd: string
  uid?: number
  gid?: number
  env?: Record<string, string>
} {
  // Windows programs do not start without the variables of the system, so they inherit them.
  if (process.platform === 'win32') return { cwd: '/' }
  const env = { PATH: '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' }
  if (account === undefined) return { cwd: '/', env }
  return { cwd: '/', env, uid: account.uid, gid: account.gid }
}

/** Runs a program to its end and gives its exit code and what it printed. Never throws. */
export function runProgram(
  file: string,
  args: readonly string[],
  options: { readonly account?: Account | undefined; readonly input?: string; timeoutMs: number },
): Promise<ProgramResult> {
  return new Promise((resolve) => {
    let output = ''
    const take = (chunk: Buffer): void => {
      output = (output + chunk.toString('utf8')).slice(-outputBytesMax)
    }
    const child = spawn(file, args, {
      ...programOptions(options.account),
      timeout: options.timeoutMs,
      killSignal: 'SIGKILL',
      windowsHide: true,
    })
    child.stdout.on('data', take)
    child.stderr.on('data', take)
    child.on('error', (error) => resolve({ code: undefined, output: error.message }))
    child.on('close', (code) => resolve({ code: code ?? undefined, output: output.trim() }))
    // A program that ends without reading its input closes the pipe; its exit code says the rest.
    child.stdin.on('error', () => undefined)
    child.stdin.end(options.input ?? '')
  })
}
