import { SingleBar } from 'cli-progress'
import type { ProofProgress } from '../ledger/verify.ts'

export interface ShownProgress {
  show(progress: ProofProgress): void
  end(): void
}

/** A bar in a terminal: which check of how many, what was compared so far, and for how long. */
export function startProofProgress(options: {
  readonly output: NodeJS.WritableStream
  readonly isInteractive: boolean
}): ShownProgress {
  if (!options.isInteractive) return { show: () => {}, end: () => {} }
  const bar = new SingleBar({
    format:
      'Proof of zero [{bar}] check {step} of {total}: {name} · {checked} compared · {duration_formatted}',
    stream: options.output,
    etaBuffer: 1,
    // What is shown last is the outcome, not the bar.
    clearOnComplete: true,
    // Signals belong to the command that runs; it ends the bar.
    gracefulExit: false,
  })
  let isStarted = false
  return {
    show({ name, done, total, checked }) {
      const shown = { name, step: done + 1, checked }
      if (!isStarted) bar.start(total, done, shown)
      else bar.update(done, shown)
      isStarted = true
    },
    end() {
      if (isStarted) bar.stop()
    },
  }
}
