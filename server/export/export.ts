import type pg from 'pg'
import type { Clock } from '../clock.ts'
import { longQuery } from '../database/long-query.ts'
import { GrowingTree } from '../log/growing-tree.ts'
import { type Head, headToWire, readNewestHead } from '../log/head.ts'
import { leafHash, leafJoin, leafText } from '../log/leaf.ts'
import { tileHashes } from '../log/tiles.ts'
import { frameLines } from './blocks.ts'
import { countedLines, type HeaderContent, headerLine } from './header.ts'
import { recordJoin, type Section, sections } from './sections.ts'
import { openSnapshot, type SnapshotOptions } from './snapshot.ts'

export interface ExportOptions extends SnapshotOptions {
  readonly clock: Clock
  readonly serviceVersion: string
}

/** Is told how far an export or an import has come, in lines. */
export interface TransferProgress {
  start(total: number): void
  advance(lines: number): void
}

export type ExportLedger = (progress: TransferProgress) => AsyncGenerator<string, void>

/** Tiles of the log whose entries are read at once: up to 1,024 entries. */
const tilesPerRead = 4
const rowsPerRead = 200

/**
 * The text of an export of the whole ledger, piece by piece, all of it as it was at one moment. Whoever
 * stops taking pieces ends it. Throws where the log cannot be sealed or does not have the entries.
 */
export async function* exportLedger(
  options: ExportOptions,
  progress: TransferProgress,
): AsyncGenerator<string, void> {
  const client = await openSnapshot(options)
  try {
    yield* frameLines(pagesOf(client, options, progress))
  } finally {
    await client.end()
  }
}

async function* pagesOf(
  client: pg.Client,
  { clock, serviceVersion }: ExportOptions,
  progress: TransferProgress,
): AsyncGenerator<readonly string[]> {
  const head = await readNewestHead(client)
  const treeSize = head?.treeSize ?? 0
  const content: HeaderContent = {
    exported_at: clock.now().toISOString(),
    service_version: serviceVersion,
    tree_size: treeSize,
    head: head ? headToWire(head) : null,
    counts: { entry: treeSize, ...(await countSections(client)) },
  }
  progress.start(countedLines(content))
  yield [headerLine(content)]
  for await (const page of recordPages(client, head)) {
    yield page
    progress.advance(page.length)
  }
}

async function* recordPages(
  client: pg.Client,
  head: Head | undefined,
): AsyncGenerator<readonly string[]> {
  yield* entryPages(client, head)
  for (const section of sections) yield* sectionPages(client, section)
}

async function countSections(client: pg.Client): Promise<Readonly<Record<string, number>>> {
  const counts: Record<string, number> = {}
  for (const { record, table, where = 'true' } of sections) {
    const { rows } = await longQuery<{ lines: bigint }>(
      client,
      `select count(*) as lines from ${table} t where ${where}`,
    )
    counts[record] = Number(rows[0]?.lines ?? 0)
  }
  return counts
}

/** The leaves in the order of the log, which must come to the root that the newest head has signed. */
async function* entryPages(
  client: pg.Client,
  head: Head | undefined,
): AsyncGenerator<readonly string[]> {
  const tree = new GrowingTree()
  const treeSize = head?.treeSize ?? 0
  for (let tile = 0; tile * tileHashes < treeSize; tile += tilesPerRead) {
    const { rows } = await longQuery<{ line: string; hash: Buffer }>(
      client,
      `select ${leafText} as line, ${leafHash} as hash
       from log_tile_entries t
       cross join lateral unnest(t.entry_ids) with ordinality as n (entry_id, position)
       join ledger_entries e on e.id = n.entry_id
       ${leafJoin}
       where t.tile_index >= $1::bigint and t.tile_index < $2::bigint
       order by t.tile_index, n.position`,
      [tile, tile + tilesPerRead],
    )
    for (const { hash } of rows) tree.append(hash, () => {})
    yield rows.map(({ line }) => line)
  }
  if (head && !tree.root.equals(head.rootHash))
    throw new Error(
      'the entries are not those that were sealed, so that this is no export: npm run verify -- --full tells which',
    )
}

async function* sectionPages(
  client: pg.Client,
  section: Section,
): AsyncGenerator<readonly string[]> {
  const { table, where = 'true', orderBy } = section
  await client.query(
    `declare exported_rows no scroll cursor for
     select row_to_json(l)::text as line from ${table} t ${recordJoin(section, 't')}
     where ${where} order by ${orderBy.replaceAll(/\w+/g, 't.$&')}`,
  )
  for (;;) {
    const { rows } = await longQuery<{ line: string }>(
      client,
      `fetch ${rowsPerRead} from exported_rows`,
    )
    if (rows.length === 0) break
    yield rows.map(({ line }) => line)
  }
  await client.query('close exported_rows')
}
