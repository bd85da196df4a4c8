import { fork } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'

const fixture = join(import.meta.dirname, 'stop-sequence.fixture.ts')

/** Runs the fixture with these steps and gives its output and its end. */
async function runFixture(timeoutMs: number, ...steps: readonly string[]) {
  const child = fork(fixture, [String(timeoutMs), ...steps], {
    execArgv: ['--import', import.meta.resolve('tsx')],
    silent: true,
  })
  let printed = ''
  let warned = ''
  const seen = (pattern: RegExp) =>
    new Promise<void>((settle) => {
      const look = () => pattern.test(printed) && settle()
      child.stdout?.on('data', look)
      look()
    })
  child.stdout?.on('data', (text: Buffer) => {
    printed += text
  })
  child.stderr?.on('data', (text: Buffer) => {
    warned += text
  })
  const ended = new Promise((settle) => {
    child.on('close', (code, signal) => settle(code ?? signal))
  })
  await seen(/running/)
  return { child, ended, seen, printed: () => printed, warned: () => warned }
}

describe('on a signal', { timeout: 20_000 }, () => {
  test.each(['SIGTERM', 'SIGINT'] as const)(
    '%s runs every step, the last added first, and ends with 0',
    async (signal) => {
      const { child, ended, printed } = await runFixture(5_000, 'works', 'works too')
      child.kill(signal)
      expect(await ended).toBe(0)
      expect(printed()).toBe(`running\nStopping (${signal})\nstep works too\nstep works\n`)
    },
  )

  // The database must be stopped even when the service before it would not stop cleanly.
  test('runs the later steps after one that failed, tells of it and ends with 1', async () => {
    const { child, ended, printed, warned } = await runFixture(5_000, 'works', 'fails')
    child.kill('SIGTERM')
    expect(await ended).toBe(1)
    expect(printed()).toContain('step fails\nstep works\n')
    expect(warned()).toContain('While stopping: this step failed\n')
  })

  test('ends with 1 once the time is over', async () => {
    const { child, ended, warned } = await runFixture(200, 'hangs')
    child.kill('SIGTERM')
    expect(await ended).toBe(1)
    expect(warned()).toContain('Not stopped after 200 ms')
  })

  test('is ended by force by a second one that comes later', async () => {
    const { child, ended, seen, warned } = await runFixture(60_000, 'hangs')
    child.kill('SIGINT')
    await seen(/step hangs/)
    child.kill('SIGINT')
    // Signals go on until one of them is late enough to count.
    const repeating = setInterval(() => child.kill('SIGINT'), 100)
    expect(await ended).toBe(1)
    clearInterval(repeating)
    expect(warned()).toContain('A second SIGINT: ended by force.')
  })
})

test('an error that nobody caught runs every step and ends with 1', {
  timeout: 20_000,
}, async () => {
  const { child, ended, printed, warned } = await runFixture(5_000, 'works')
  child.send('go')
  expect(await ended).toBe(1)
  expect(warned()).toContain('Stopping after an error: Error: nobody caught this')
  expect(printed()).toContain('step works')
})
