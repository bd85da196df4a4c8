import { readFile } from 'node:fs/promises'
import process from 'node:process'
import type { Verification } from '@pineos/contract/ledger.ts'
import { type Head, parseHeads } from '../log/head.ts'
import { formatTable } from './table.ts'
import type { Terminal } from './terminal.ts'
import { startProofProgress } from './verify-progress.ts'
import { withService } from './with-service.ts'

export interface VerifyCommandOptions {
  readonly full?: true
  /** File with tree heads kept from before. */
  readonly head?: string
  readonly dryRun?: true
  readonly json?: true
}

/**
 * Runs the proof of zero, also against the heads of a file. Accounts that contradict themselves go into
 * quarantine, unless it is a dry run. False where it found a fault. In a terminal it shows how far it is.
 */
export async function runVerify(
  options: VerifyCommandOptions,
  terminal: Terminal,
): Promise<boolean> {
  const heads = options.head === undefined ? [] : await readHeadFile(options.head)
  const isInteractive = process.stderr.isTTY === true && options.json !== true
  const progress = startProofProgress({ output: process.stderr, isInteractive })
  const verification = await withService(async (service) => {
    try {
      return await service.prove({
        full: options.full === true,
        quarantines: options.dryRun !== true,
        ...(heads.length === 0 ? {} : { earlierHeads: heads }),
        onProgress: progress.show,
      })
    } finally {
      progress.end()
    }
  })
  terminal.print(
    options.json ? JSON.stringify(verification, null, 2) : formatVerification(verification),
  )
  return verification.ok
}

async function readHeadFile(path: string): Promise<readonly Head[]> {
  const heads = parseHeads(await readFile(path, 'utf8'))
  if (heads) return heads
  throw new Error(`${path} holds no tree heads: it should have one as JSON, or one on each line.`)
}

/** The checks as a table, then each fault on a line of its own, then the verdict. */
export function formatVerification({ ok, checks, tree_size: treeSize }: Verification): string {
  const rows = checks.map((check) => [check.name, check.ok ? 'ok' : 'FAULT', String(check.checked)])
  const faults = checks.flatMap((check) =>
    check.faults.map(({ entry_id: entryId, account, detail }) =>
      [check.name, entryId, account, detail].filter((part) => part !== undefined).join(' · '),
    ),
  )
  return [
    formatTable(['check', 'result', 'checked'], rows),
    ...faults,
    `The log has ${treeSize} entries.`,
    ok ? 'The ledger is right.' : 'The ledger is NOT right.',
  ].join('\n')
}
