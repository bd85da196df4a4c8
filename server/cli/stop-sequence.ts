import process from 'node:process'
import closeWithGrace from 'close-with-grace'
import type { Clock } from '../clock.ts'
import { errorMessage } from './error-message.ts'
import type { Terminal } from './terminal.ts'

/**
 * A second signal within this time is the same wish: Ctrl-C under npm reaches the process twice,
 * once from the terminal and once from npm.
 */
const repeatMsMin = 1_000
const stopSignals = ['SIGINT', 'SIGTERM'] as const

/** What has to be undone when the process stops, in the opposite order. */
export interface StopSequence {
  /** Aborted as soon as the process is to stop; what still starts should give up then. */
  readonly signal: AbortSignal
  /** Adds a step that comes before those added earlier. */
  add(step: () => Promise<void>): void
  /** Runs the steps without ending the process; for a start that failed. */
  abandon(): Promise<void>
}

/**
 * Stops the process in an orderly way on SIGINT, SIGTERM and errors that nobody caught: every step
 * runs, then the process ends with 0, or with 1 after an error or once the time is over. A second
 * signal, a second or more after the first, ends it at once.
 */
export function createStopSequence(options: {
  readonly timeoutMs: number
  readonly clock: Clock
  readonly terminal: Terminal
}): StopSequence {
  const { timeoutMs, clock, terminal } = options
  const steps: (() => Promise<void>)[] = []
  const stopping = new AbortController()

  async function runSteps(): Promise<void> {
    stopping.abort()
    let isClean = true
    for (let step = steps.pop(); step; step = steps.pop()) {
      try {
        await step()
      } catch (error) {
        // The later steps matter even so: the database must not stay behind.
        isClean = false
        terminal.warn(`While stopping: ${errorMessage(error)}`)
      }
    }
    if (!isClean) throw new Error('The service did not stop cleanly.')
  }

  const grace = closeWithGrace(
    {
      delay: timeoutMs,
      logger: false,
      skip: [...stopSignals],
      onTimeout: (delayMs) => terminal.warn(`Not stopped after ${delayMs} ms: ended by force.`),
      onSecondError: (error) => terminal.warn(`While stopping: ${errorMessage(error)}`),
    },
    async ({ err }) => {
      if (err) terminal.warn(`Stopping after an error: ${err.stack ?? err.message}`)
      await runSteps()
    },
  )

  let firstSignalMs: number | undefined
  const onSignal = (name: NodeJS.Signals): void => {
    const nowMs = clock.now().getTime()
    if (firstSignalMs === undefined) {
      firstSignalMs = nowMs
      terminal.print(`Stopping (${name})`)
      grace.close()
    } else if (nowMs - firstSignalMs >= repeatMsMin) {
      terminal.warn(`A second ${name}: ended by force.`)
      process.exit(1)
    }
  }
  for (const name of stopSignals) process.on(name, onSignal)

  return {
    signal: stopping.signal,
    add: (step) => void steps.push(step),
    async abandon() {
      grace.uninstall()
      // The signals stay handled: the steps must run to their end.
      await runSteps()
      for (const name of stopSignals) process.removeListener(name, onSignal)
    },
  }
}
