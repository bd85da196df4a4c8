import process from 'node:process'
import type { TransferProgress } from '../export/export.ts'
import { type Progress, startProgress } from '../progress.ts'

/** Shows on standard error how far the work has come: a bar in a terminal, elsewhere a line every tenth. */
export async function withProgress<Answer>(
  task: string,
  work: (progress: TransferProgress) => Promise<Answer>,
): Promise<Answer> {
  let shown: Progress | undefined
  try {
    return await work({
      start: (total) => {
        const isInteractive = process.stderr.isTTY === true
        shown = startProgress({ task, total, output: process.stderr, isInteractive })
      },
      advance: (lines) => shown?.advance(lines),
    })
  } finally {
    shown?.end()
  }
}
