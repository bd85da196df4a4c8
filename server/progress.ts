import { SingleBar } from 'cli-progress'

export interface Progress {
  advance(lines: number): void
  end(): void
}

const tenths = 10

/** A bar in a terminal; elsewhere a line every tenth of the way, which a log file can keep. */
export function startProgress(
  options: ProgressOptions & { readonly isInteractive: boolean },
): Progress {
  return options.isInteractive ? startBar(options) : startLines(options)
}

interface ProgressOptions {
  /** What is being done, such as "Feeding the example events". */
  readonly task: string
  readonly total: number
  readonly output: NodeJS.WritableStream
}

function startBar({ task, total, output }: ProgressOptions): Progress {
  const bar = new SingleBar({
    format: `${task} [{bar}] {percentage}% ({value} of {total})`,
    stream: output,
    // Signals belong to the command that runs; it ends the bar.
    gracefulExit: false,
  })
  bar.start(total, 0)
  return { advance: (lines) => bar.increment(lines), end: () => bar.stop() }
}

function startLines({ task, total, output }: ProgressOptions): Progress {
  let done = 0
  let written = 0
  return {
    advance: (lines) => {
      done += lines
      const reached = Math.floor((done * tenths) / total)
      if (reached === written) return
      written = reached
      output.write(`${task}: ${reached * tenths}% (${done} of ${total})\n`)
    },
    end: () => {},
  }
}
