import { Readable } from 'node:stream'
import pg from 'pg'
import { exportLedger, type TransferProgress } from '../export/export.ts'
import { type ImportResult, importLedger } from '../journal/import.ts'
import { openSealer } from './log.ts'

export const unwatched: TransferProgress = { start: () => {}, advance: () => {} }

/** Exports a test database, as the service would at this time. */
export function exportOf(
  pool: pg.Pool,
  connectionString: string,
  progress: TransferProgress = unwatched,
): AsyncGenerator<string, void> {
  return exportLedger(
    {
      connect: async () => {
        const client = new pg.Client({ connectionString })
        await client.connect()
        return client
      },
      sealNow: () => openSealer(pool).sealNow(),
      clock: { now: () => new Date(Date.UTC(2027, 11, 31)) },
      serviceVersion: 'test',
    },
    progress,
  )
}

export async function textOf(pieces: AsyncIterable<string>): Promise<string> {
  let text = ''
  for await (const piece of pieces) text += piece
  return text
}

/** Imports text, in pieces that end anywhere, into a test database. */
export async function importInto(
  connectionString: string,
  pieces: AsyncIterable<string> | Iterable<string>,
  options: { readonly isDryRun?: boolean; readonly progress?: TransferProgress } = {},
): Promise<ImportResult> {
  const client = new pg.Client({ connectionString })
  // Tests end its session on purpose.
  client.on('error', () => {})
  await client.connect()
  try {
    return await importLedger({
      client,
      source: Readable.from(bytesOf(pieces)),
      isDryRun: options.isDryRun ?? false,
      progress: options.progress ?? unwatched,
    })
  } finally {
    await client.end()
  }
}

const pieceBytes = 10_007

async function* bytesOf(
  pieces: AsyncIterable<string> | Iterable<string>,
): AsyncGenerator<Uint8Array> {
  for await (const piece of pieces) {
    const bytes = Buffer.from(piece)
    for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes)
  }
}
