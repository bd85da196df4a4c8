import { createWriteStream, existsSync } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import process from 'node:process'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Terminal } from './terminal.ts'
import { withProgress } from './transfer-progress.ts'
import { withService } from './with-service.ts'

/** Writes the whole ledger to a file, or to standard output. */
export async function runLedgerExport(
  { output, force }: { readonly output?: string; readonly force?: true },
  terminal: Terminal,
): Promise<void> {
  if (output !== undefined && !force && existsSync(output))
    throw new Error(`${output} is there already. Name another file, or add --force to replace it.`)
  await withProgress('Exporting the ledger', (progress) =>
    withService(async ({ exportLedger }) => {
      const text = Readable.from(exportLedger(progress))
      if (output === undefined) await pipeline(text, process.stdout, { end: false })
      else await writeWhole(text, output)
    }),
  )
  if (output !== undefined) terminal.warn(`The ledger is in ${output}.`)
}

/** Under another name until it is whole, so that no cut export is taken for one. */
async function writeWhole(text: Readable, path: string): Promise<void> {
  const draft = `${path}.part`
  try {
    // What is in it concerns people.
    await pipeline(text, createWriteStream(draft, { mode: 0o600, flush: true }))
    await rename(draft, path)
  } catch (error) {
    await rm(draft, { force: true })
    throw error
  }
}
