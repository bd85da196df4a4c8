import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Job } from './job-runner.ts'
import { Worker } from './worker.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

function jobOf(run: () => Promise<boolean>, fields: Partial<Job> = {}): Job {
  return { name: 'the job', intervalMs: 1_000, pauseMs: 100, runsAtStop: false, run, ...fields }
}

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms)

describe('a job of the worker', () => {
  it('is run at the start and after each interval, and no more once it is stopped', async () => {
    const run = vi.fn(async () => false)
    const worker = new Worker(() => {})
    worker.add(jobOf(run))
    await pass(5_000)
    expect(run).toHaveBeenCalledTimes(0)
    worker.start()
    await pass(0)
    expect(run).toHaveBeenCalledTimes(1)
    await pass(3_000)
    expect(run).toHaveBeenCalledTimes(4)
    await worker.stop()
    await pass(5_000)
    expect(run).toHaveBeenCalledTimes(4)
  })

  it('is run at once when it is nudged, but never more often than its pause allows', async () => {
    const run = vi.fn(async () => false)
    const worker = new Worker(() => {})
    const job = worker.add(jobOf(run))
    worker.start()
    await pass(500)
    for (let nudges = 0; nudges < 50; nudges++) job.nudge()
    await pass(0)
    expect(run).toHaveBeenCalledTimes(2)
    // Within the pause: remembered, and done once after it.
    for (let nudges = 0; nudges < 50; nudges++) job.nudge()
    await pass(99)
    expect(run).toHaveBeenCalledTimes(2)
    await pass(1)
    expect(run).toHaveBeenCalledTimes(3)
    await worker.stop()
  })

  it('goes on at once as long as more is left', async () => {
    let left = 5
    const run = vi.fn(async () => --left > 0)
    const worker = new Worker(() => {})
    worker.add(jobOf(run))
    worker.start()
    await pass(10)
    expect(run).toHaveBeenCalledTimes(5)
    await worker.stop()
  })

  it('never runs twice at a time, whoever asks', async () => {
    let running = 0
    let most = 0
    const run = vi.fn(async () => {
      running += 1
      most = Math.max(most, running)
      await new Promise((resolve) => setTimeout(resolve, 300))
      running -= 1
      return false
    })
    const worker = new Worker(() => {})
    const job = worker.add(jobOf(run))
    worker.start()
    const drains = [job.drain(), job.drain()]
    job.nudge()
    await pass(5_000)
    await Promise.all(drains)
    expect(run.mock.calls.length).toBeGreaterThan(3)
    expect(most).toBe(1)
    const stopped = worker.stop()
    await pass(1_000)
    await stopped
    expect(running).toBe(0)
  })

  // A log line for each attempt of a night would hide everything else.
  it('is tried again after a failure, each time later, and tells of the first and of the end alone', async () => {
    const messages: string[] = []
    const times: number[] = []
    let isBroken = true
    const run = vi.fn(async () => {
      times.push(Date.now())
      if (isBroken) throw new Error('no')
      return false
    })
    const worker = new Worker((message) => messages.push(message))
    const job = worker.add(jobOf(run))
    worker.start()
    await pass(100_000)
    const gaps = times.slice(1).map((time, index) => time - (times[index] ?? 0))
    expect(gaps.slice(0, 4)).toEqual([200, 400, 800, 1_600])
    expect(Math.max(...gaps)).toBe(30_000)
    expect(messages).toEqual(['the job has failed and is tried again'])
    isBroken = false
    job.nudge()
    await pass(60_000)
    expect(messages).toEqual(['the job has failed and is tried again', 'the job works again'])
    await worker.stop()
  })

  it('is drained to its end, or fails with what it fails with', async () => {
    let left = 4
    const worker = new Worker(() => {})
    const job = worker.add(
      jobOf(async () => {
        left -= 1
        if (left < 0) throw new Error('nothing is left')
        return left > 0
      }),
    )
    await job.drain()
    expect(left).toBe(0)
    await expect(job.drain()).rejects.toThrow('nothing is left')
  })

  it('has a last run at the stop where it wants one, in order, whatever fails', async () => {
    const order: string[] = []
    const messages: string[] = []
    const worker = new Worker((message) => messages.push(message))
    const add = (name: string, runsAtStop: boolean, fails = false) =>
      worker.add(
        jobOf(
          async () => {
            order.push(name)
            if (fails) throw new Error('no')
            return false
          },
          { name, runsAtStop },
        ),
      )
    add('first', true, true)
    add('never', false)
    add('second', true)
    worker.start()
    await pass(0)
    order.length = 0
    await worker.stop()
    expect(order).toEqual(['first', 'second'])
    expect(messages.at(-1)).toBe('the last run of first has failed')
    await worker.stop()
    expect(order).toEqual(['first', 'second'])
  })
})
