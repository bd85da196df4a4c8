import { readFile } from 'node:fs/promises'
import type { Verification } from '@pineos/contract/ledger.ts'
import { type Head, parseHeads } from '../log/head.ts'
import { formatTable } from './table.ts'
import type { Terminal } from './terminal.ts'
import { withService } from './with-service.ts'

/** Runs the proof of zero, also against the heads of a file. False where it found a fault. */
export async function runVerify(
  options: { readonly full?: true; readonly head?: string; readonly json?: true },
  terminal: Terminal,
): Promise<boolean> {
  const heads = options.head === undefined ? [] : await readHeadFile(options.head)
  const verification = await withService((service) =>
    service.verify({
      full: options.full === true,
      ...(heads.length === 0 ? {} : { earlierHeads: heads }),
    }),
  )
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
