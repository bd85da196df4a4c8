import { type ChildProcess, spawn } from 'node:child_process'
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createTestDatabase, type TestDatabase } from '@pineos/server/testing/database.ts'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { copiesOf, environmentOf, execFormOf, parseDockerfile } from '../tools/dockerfile.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const runtime = parseDockerfile(readFileSync(join(root, 'deploy/Dockerfile'), 'utf8')).at(-1)
if (!runtime) throw new Error('deploy/Dockerfile has no stage')
const apiKey = 'container-test-key-0123456789'
const readyTimeoutMs = 60_000
/** The user of the image, who owns none of its files. */
const imageUserId = 10_001

let directory: string
let database: TestDatabase
let running: ChildProcess | undefined

beforeEach(async () => {
  database = await createTestDatabase()
  directory = mkdtempSync(join(tmpdir(), 'pineos-container-'))
  chmodSync(directory, 0o755)
})
afterEach(async () => {
  running?.kill('SIGKILL')
  running = undefined
  rmSync(directory, { recursive: true })
  await database.drop()
})

/** Puts into the directory what the image holds beside Node, and nothing else. */
function layOutImage(): void {
  if (!runtime) return
  for (const { sources, target } of copiesOf(runtime)) {
    for (const source of sources) {
      const from = source.replace('/build', root)
      const isIntoDirectory = target.endsWith('/')
      const to = join(directory, target, isIntoDirectory ? basename(source) : '')
      mkdirSync(join(to, '..'), { recursive: true })
      cpSync(from, to, { recursive: true })
    }
  }
}

/** Runs a command of the image with the settings of the image, as its user where that is possible. */
function run([, ...args]: readonly string[], settings: Readonly<Record<string, string>>) {
  if (!runtime) throw new Error('deploy/Dockerfile has no stage')
  const child = spawn(process.execPath, args, {
    cwd: directory,
    env: { ...environmentOf(runtime), ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(process.getuid?.() === 0 ? { uid: ordinaryUserId() } : {}),
  })
  let output = ''
  const closed = new Promise<number | null>((resolve) => child.once('close', resolve))
  const ready = new Promise<string>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`not ready:\n${output}`)), readyTimeoutMs)
    const look = (chunk: unknown) => {
      output += String(chunk)
      const address = /Ready at (http:\S+)/.exec(output)?.[1]
      if (address) resolve(address)
    }
    child.stdout.on('data', look)
    child.stderr.on('data', look)
    void closed.then((code) => {
      clearTimeout(timer)
      reject(new Error(`ended with ${code} before it was ready:\n${output}`))
    })
  })
  // Commands other than the start end without ever being ready.
  ready.catch(() => {})
  return { child, ready, closed, output: () => output }
}

/**
 * Somebody who owns none of the files and still reaches the database: where that listens on a socket,
 * its own account alone does.
 */
function ordinaryUserId(): number {
  const host = decodeURIComponent(new URL(database.ownerConnectionString).hostname)
  const ownerId = host.startsWith('/') ? statSync(host).uid : 0
  return ownerId === 0 ? imageUserId : ownerId
}

it('serves from what the image holds alone, is healthy by its own check, and ends with 0 on SIGTERM', async () => {
  layOutImage()
  const service = run(execFormOf(runtime, 'CMD'), {
    DATABASE_URL: database.ownerConnectionString,
    BOOTSTRAP_API_KEY: apiKey,
    DEMO_DATA: 'true',
    PORT: '0',
  })
  running = service.child
  const { port } = new URL(await service.ready)
  const at = (path: string) => `http://127.0.0.1:${port}${path}`

  expect((await fetch(at('/readyz'))).status).toBe(200)
  const page = await fetch(at('/'), { headers: { accept: 'text/html' } })
  expect(page.headers.get('content-type')).toContain('text/html')
  expect((await fetch(at('/docs'))).status).toBe(200)
  expect(service.output()).toContain('Events accepted')

  const healthCheck = execFormOf(runtime, 'HEALTHCHECK')
  expect(await run(healthCheck, { PORT: port }).closed).toBe(0)
  service.child.kill('SIGTERM')
  expect(await service.closed).toBe(0)
  expect(await run(healthCheck, { PORT: port }).closed).toBe(1)
})
