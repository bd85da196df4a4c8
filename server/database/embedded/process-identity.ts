import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'

/** Tells whether a process runs. A zombie, which only waits to be reaped, does not. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
  } catch (error) {
    // EPERM: it is there and belongs to someone else.
    if (!(error instanceof Error && 'code' in error && error.code === 'EPERM')) return false
  }
  const state = linuxStat(pid)?.[0]
  return state !== 'Z' && state !== 'X'
}

/**
 * When a process started, as an opaque text: two processes that had the same pid one after the
 * other differ in it. Undefined where the system does not tell.
 */
export function startOf(pid: number): string | undefined {
  if (process.platform === 'linux') return linuxStat(pid)?.[19]
  if (process.platform === 'win32') return undefined
  try {
    const started = execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' })
    return started.trim() || undefined
  } catch {
    return undefined
  }
}

/**
 * Names the space in which a pid means something: one boot of one machine, one pid namespace.
 * A pid from another container or from before a restart says nothing about a process here.
 */
export function pidSpace(): string {
  if (process.platform !== 'linux') return hostname()
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
    return `${boot} ${readlinkSync('/proc/self/ns/pid')}`
  } catch {
    return hostname()
  }
}

/**
 * Tells whether a process serves the cluster in `directory`, its real path. The number of a server
 * that died may belong to anybody now, and what is taken for a server here may be stopped.
 */
export function servesCluster(pid: number, directory: string): boolean {
  const workingDirectory = directoryOf(pid)
  if (workingDirectory !== undefined) return workingDirectory === directory
  const command = commandOf(pid)
  // The server is started with its directory on the command line; Windows tells the program alone.
  return process.platform === 'win32'
    ? /\bpostgres\.exe\b/i.test(command)
    : command.includes('postgres') && command.includes(directory)
}

/**
 * Live processes of PostgreSQL that work in `directory` (Linux; elsewhere none are found). Every
 * process of a server has its data directory as working directory, orphans included; a shell that
 * somebody left there is not one.
 */
export function serverProcessesIn(directory: string): readonly number[] {
  if (process.platform !== 'linux') return []
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => directoryOf(pid) === directory && nameOf(pid) === 'postgres' && isAlive(pid))
}

/** The working directory of a process, where the system tells it (Linux), else undefined. */
function directoryOf(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/cwd`)
  } catch {
    return undefined
  }
}

/** The name of a process's program, as the Linux kernel keeps it. */
function nameOf(pid: number): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim()
  } catch {
    return undefined
  }
}

/** What a process was started as; empty where it is gone. */
function commandOf(pid: number): string {
  try {
    if (process.platform === 'linux') {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
    }
    const [file, args] =
      process.platform === 'win32'
        ? ['tasklist', ['/FI', `PID eq ${pid}`, '/FO', 'CSV', '/NH']]
        : ['ps', ['-ww', '-o', 'command=', '-p', String(pid)]]
    return execFileSync(file, args, { encoding: 'utf8', stdio: 'pipe' })
  } catch {
    return ''
  }
}

/** The fields of /proc/PID/stat after the name, which may itself hold spaces and brackets. */
function linuxStat(pid: number): readonly string[] | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return text.slice(text.lastIndexOf(')') + 2).split(' ')
  } catch {
    return undefined
  }
}
