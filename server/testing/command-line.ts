import { type ChildProcess, spawn } from 'node:child_process'
import { resolve } from 'node:path'
import process from 'node:process'

const entry = resolve(import.meta.dirname, '../main.ts')
const loader = import.meta.resolve('tsx')

export interface CommandRun {
  readonly child: ChildProcess
  /** What it wrote so far. */
  readonly output: { stdout: string; stderr: string }
  /** The exit code, or the signal that ended it, once it has ended and its output is whole. */
  readonly ended: Promise<number | NodeJS.Signals | null>
  /** Settles once standard output matches; fails when the process ends without. */
  until(pattern: RegExp): Promise<RegExpExecArray>
}

/**
 * Runs the command line as a process of its own, in an environment of nothing but what is given, so
 * that neither the settings nor the `.env` of whoever runs the tests can matter.
 */
export function runCommand(
  args: readonly string[],
  options: { readonly environment?: Readonly<Record<string, string>>; readonly directory: string },
): CommandRun {
  const child = spawn(process.execPath, ['--import', loader, entry, ...args], {
    cwd: options.directory,
    env: { ...options.environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const output = { stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output.stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    output.stderr += text
  })
  const ended = new Promise<number | NodeJS.Signals | null>((settle, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) => settle(code ?? signal))
  })
  return {
    child,
    output,
    ended,
    until: (pattern) =>
      new Promise((settle, reject) => {
        const look = (): void => {
          const match = pattern.exec(output.stdout)
          if (match) settle(match)
        }
        child.stdout.on('data', look)
        look()
        ended.then(
          () => reject(new Error(`ended without ${pattern}:\n${output.stdout}\n${output.stderr}`)),
          reject,
        )
      }),
  }
}
