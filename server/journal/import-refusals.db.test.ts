import pg from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { frameLines } from '../export/blocks.ts'
import { createTestDatabase, type TestDatabase } from '../testing/database.ts'
import { writeFullLedger } from '../testing/full-ledger.ts'
import { exportOf, importInto, textOf } from '../testing/transfer.ts'

let target: TestDatabase
let pool: pg.Pool
/** Of an export of a small ledger, without line feeds. */
let lines: string[]

beforeAll(async () => {
  const source = await createTestDatabase()
  const sourcePool = new pg.Pool({ connectionString: source.ownerConnectionString })
  const { connectionString } = source
  await writeFullLedger({ connectionString, pool: sourcePool })
  lines = (await textOf(exportOf(sourcePool, connectionString))).trimEnd().split('\n')
  await sourcePool.end()
  await source.drop()
  target = await createTestDatabase()
  pool = new pg.Pool({ connectionString: target.ownerConnectionString })
})
// Whatever was refused has left nothing.
afterEach(async () => {
  const { rows } = await pool.query(
    'select (select count(*) from ledger_entries) + (select count(*) from idempotency_records) + (select count(*) from log_tiles) as rows',
  )
  expect(rows).toEqual([{ rows: 0n }])
})
afterAll(async () => {
  await pool.end()
  await target.drop()
})

type Change = (lines: string[]) => string[]

const importLines = (changed: readonly string[]) =>
  importInto(target.connectionString, [`${changed.join('\n')}\n`])

/** The line of the first one that begins so, counted from 1. */
const lineOf = (beginning: string) => lines.findIndex((line) => line.startsWith(beginning)) + 1
const lineAt = (line: number) => lines.at(line > 0 ? line - 1 : line) ?? ''
const flipped = (text: string) => text.replace(/\d(?=\D*$)/, (digit) => String((+digit + 1) % 10))

describe('a damaged file is refused with the number of the line', () => {
  const last = -1
  const damages: readonly [what: string, line: (count: number) => number, change: Change][] = [
    ['a byte is changed', () => 9, (all) => all.with(8, flipped(lineAt(9)))],
    ['the header is changed', () => 1, (all) => all.with(0, `${lineAt(1)} `)],
    ['two lines are swapped', () => 4, (all) => all.with(3, lineAt(5)).with(4, lineAt(4))],
    ['a line is taken out', () => 12, (all) => all.toSpliced(11, 1)],
    ['a line is put in', () => 12, (all) => all.toSpliced(11, 0, lineAt(20))],
    [
      'a line is put in at the end',
      (count) => count - 1,
      (all) => all.toSpliced(-2, 0, lineAt(20)),
    ],
    ['the last record is taken out', (count) => count - 2, (all) => all.toSpliced(-3, 1)],
    ['digests are spoilt', (count) => count - 1, (all) => all.with(-2, '{"record":"digests",}')],
    ['digests are taken out', (count) => count - 1, (all) => all.toSpliced(-2, 1)],
    ['the end is cut off', (count) => count, (all) => all.slice(0, last)],
    ['it is cut within a line', () => 6, (all) => [...all.slice(0, 4), lineAt(5).slice(0, 9)]],
    ['the end is spoilt', (count) => count, (all) => all.with(last, '{"record":"end",}')],
    [
      'the end is of another file',
      (count) => count,
      (all) => all.with(last, flipped(lineAt(last))),
    ],
    [
      'the end counts otherwise',
      (count) => count,
      (all) => all.with(last, lineAt(last).replace('"lines":', '"lines":1')),
    ],
    ['something comes after the end', (count) => count + 1, (all) => [...all, lineAt(3)]],
    ['there is nothing in it', () => 1, () => []],
  ]
  it.each(damages)('where %s', async (_what, line, change) => {
    await expect(importLines(change(lines))).rejects.toThrow(`line ${line(lines.length)}: `)
  })
})

/** The records framed again, so that the digests are those of the changed lines. */
async function reframed(change: Change): Promise<string[]> {
  const records = lines.filter((line) => !/^\{"record":"(digests|end)"/.test(line))
  async function* pages(): AsyncGenerator<readonly string[]> {
    yield change(records)
  }
  return (await textOf(frameLines(pages()))).trimEnd().split('\n')
}

/** A change of the one line that begins so. */
const editing =
  (beginning: string, edit: (line: string) => string): Change =>
  (all) =>
    all.with(lineOf(beginning) - 1, edit(lineAt(lineOf(beginning))))
const without =
  (beginning: string): Change =>
  (all) =>
    all.toSpliced(lineOf(beginning) - 1, 1)
const counting =
  (record: string, by: number, change: Change): Change =>
  (all) =>
    change(all).with(
      0,
      lineAt(1).replace(
        new RegExp(`"${record}":(\\d+)`),
        (_all, count) => `"${record}":${+count + by}`,
      ),
    )

const entry = '{"id":'
const position = '{"record":"position"'
const idempotency = '{"record":"idempotency"'
/** That the full ledger is sealed under. */
const headCount = 3

// Whoever edits an export by hand can make its digests fit; the rest of it then contradicts itself.
describe('a file that was edited by hand and framed anew is refused', () => {
  const edits: readonly [what: string, message: () => RegExp, change: Change][] = [
    [
      'an amount',
      () => new RegExp(`line ${lineOf(idempotency)}: the \\d+ entries before are not`),
      editing(entry, (line) => line.replace('"amount_cents":500', '"amount_cents":501')),
    ],
    [
      'the last entry taken out',
      () => new RegExp(`line ${lineOf(idempotency) - 1}: the \\d+ entries before`),
      (all) => all.toSpliced(lineOf(idempotency) - 2, 1),
    ],
    [
      'the order of entries',
      () => /entries before are not/,
      (all) => all.with(2, lineAt(4)).with(3, lineAt(3)),
    ],
    [
      'an entry with a space',
      () => /line 2: the row would be written another way/,
      editing(entry, (line) => line.replace(',', ', ')),
    ],
    [
      'an entry with one field more',
      () => /line 2: the row would be written another way/,
      editing(entry, (line) => line.replace(/}$/, ',"x":1}')),
    ],
    [
      'an entry against a rule of its table',
      () => /line 2: the database refuses it: .*two_accounts/,
      editing(entry, (line) =>
        line.replace(/"debit_account":"[^"]+"/, '"debit_account":"user:alice:available"'),
      ),
    ],
    [
      'a line that is no JSON',
      () => /line 2: the database refuses it: invalid input syntax for type json/,
      editing(entry, () => '{'),
    ],
    [
      'a record twice',
      () =>
        new RegExp(
          `line ${lineOf(idempotency) + 1}: the database refuses it: .*idempotency_records_pk`,
        ),
      (all) => all.toSpliced(lineOf(idempotency), 0, lineAt(lineOf(idempotency))),
    ],
    [
      'an unknown record',
      () => new RegExp(`line ${lineOf(position)}: there is no kind of record "gift"`),
      editing(position, () => '{"record":"gift"}'),
    ],
    [
      'an entry after a record',
      () =>
        new RegExp(
          `line ${lineOf(position) + 1}: a record of entry cannot come after one of position`,
        ),
      (all) => all.toSpliced(lineOf(position), 0, lineAt(2)),
    ],
    [
      'records in another order',
      () => /a record of idempotency cannot come after one of position/,
      (all) => all.toSpliced(lineOf(position), 0, lineAt(lineOf(idempotency))),
    ],
    [
      'a record that the header counts taken out',
      () => /line 1: the header counts \d+ of position, there are \d+/,
      without(position),
    ],
    [
      'a newer version',
      () => /line 1: the export is of format version 2; this service reads up to 1/,
      (all) => all.with(0, lineAt(1).replace('"version":1', '"version":2')),
    ],
    [
      'a header that lacks something',
      () => /line 1: the header does not have/,
      (all) => all.with(0, lineAt(1).replace('"tree_size"', '"size"')),
    ],
    ['no header', () => /line 1: this is not an export/, (all) => all.slice(1)],
  ]
  it.each(edits)('with %s', async (_what, message, change) => {
    await expect(importLines(await reframed(change))).rejects.toThrow(message())
  })

  // These fit the form in every way; that they are not right only the proof over everything can tell.
  const lies: readonly [what: string, check: string, change: Change][] = [
    [
      'what is left of a credit',
      'reversals_and_holds_match',
      (all) => all.map((line) => line.replace('"reversed_cents":100', '"reversed_cents":99')),
    ],
    ['a key forgotten', 'keys_match_entries', counting('idempotency', -1, without(idempotency))],
    [
      'a head signed by somebody else',
      'heads_sign_log',
      editing('{"record":"head"', (line) =>
        line.replace(/"signature":".{8}/, '"signature":"AAAAAAAA'),
      ),
    ],
    [
      'a head forgotten',
      'heads_sign_log',
      counting('head', -headCount, (all) =>
        all.filter((line) => !line.startsWith('{"record":"head"')),
      ),
    ],
  ]
  it.each(lies)('with %s', async (_what, check, change) => {
    const result = await importLines(await reframed(change))
    expect(result.isKept).toBe(false)
    expect(result.verification.checks.filter(({ ok }) => !ok).map(({ name }) => name)).toContain(
      check,
    )
  })
})
