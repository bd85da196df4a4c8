import type { Adjustments } from './adjustments.ts'

export interface RecoveryOptions {
  readonly adjustments: Pick<Adjustments, 'finishInterrupted'>
  readonly intervalMs: number
  readonly log: (message: string, error: unknown) => void
}

/** Finishes approved adjustments whose posting was interrupted: at start, and from then on. */
export interface AdjustmentRecovery {
  start(): void
  /** Resolves once nothing is under way any more. */
  stop(): Promise<void>
}

export function createAdjustmentRecovery(options: RecoveryOptions): AdjustmentRecovery {
  const { adjustments, intervalMs, log } = options
  let timer: NodeJS.Timeout | undefined
  let underWay = Promise.resolve()
  let isStopped = false
  let isFailing = false

  async function run(): Promise<void> {
    try {
      await adjustments.finishInterrupted()
      isFailing = false
    } catch (error) {
      // Told once, not at every try until it works again.
      if (!isFailing) log('approved adjustments could not be finished; it is tried again', error)
      isFailing = true
    }
    if (!isStopped) timer = setTimeout(begin, intervalMs).unref()
  }
  function begin(): void {
    underWay = run()
  }

  return {
    start: begin,
    async stop() {
      isStopped = true
      clearTimeout(timer)
      await underWay
    },
  }
}
