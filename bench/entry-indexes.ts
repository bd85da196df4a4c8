/**
 * `npx tsx bench/entry-indexes.ts`: what each index costs an entry that is written, in CPU time of
 * PostgreSQL and as the least of several rounds, so that what else the machine does counts little.
 * `--entries 1000000` is how many there are before. Linux only: the time is that of `/proc`.
 */
import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import type pg from 'pg'
import { fillEmptyTable, fillEntries } from './entry-fill.ts'
import { printHeading, printLine } from './report.ts'
import { onScratchCluster } from './scratch-cluster.ts'

const { values: options } = parseArgs({
  options: { entries: { type: 'string', default: '1000000' } },
})
const entriesBefore = Number(options.entries)
const roundsCount = 3
const statementsPerRound = 60
const entriesPerStatement = 1_000
const total = 10 * entriesBefore

interface Variant {
  readonly name: string
  readonly make: string
  readonly undo: string
}

const keys = 'ledger_entries_pk primary key'
const swapKey = (columns: string) =>
  `alter table ledger_entries drop constraint ledger_entries_pk, add constraint ${keys} (${columns})`

// Against the two constraints and the index of ids.
const variants: readonly Variant[] = [
  { name: 'the least that is needed', make: 'select', undo: 'select' },
  {
    name: 'primary key (id, user) for both that of (user, id) and the index of ids',
    make: `${swapKey('id, user_id')}; drop index ledger_entries_id`,
    undo: `${swapKey('user_id, id')}; create index ledger_entries_id on ledger_entries (id)`,
  },
]

await onScratchCluster((inDatabase) =>
  inDatabase(async ({ owner }) => {
    await fillEmptyTable(owner, entriesBefore)
    const client = await owner.connect()
    const all = [...variants, ...(await dropOthers(client))]
    const least = new Map<string, number>()
    let from = entriesBefore + 1
    for (let round = 0; round < roundsCount; round++) {
      for (const { name, make, undo } of all) {
        await client.query(make)
        const us = await usPerEntry(client, from)
        from += statementsPerRound * entriesPerStatement
        await client.query(undo)
        least.set(name, Math.min(us, least.get(name) ?? us))
      }
    }
    client.release()
    print(least)
  }),
)

/** Drops the indexes that only look-ups need; each is a variant to measure. */
async function dropOthers(client: pg.ClientBase): Promise<readonly Variant[]> {
  const { rows } = await client.query<{ name: string; definition: string }>(`
    select c.relname as name, pg_get_indexdef(c.oid) as definition
    from pg_index i join pg_class c on c.oid = i.indexrelid
    where i.indrelid = 'ledger_entries'::regclass and not i.indisunique
      and c.relname <> 'ledger_entries_id'
    order by c.relname`)
  for (const { name } of rows) await client.query(`drop index ${name}`)
  return rows.map(({ name, definition }) => ({
    name,
    make: definition,
    undo: `drop index ${name}`,
  }))
}

async function usPerEntry(client: pg.ClientBase, from: number): Promise<number> {
  const { rows } = await client.query<{ id: number }>('select pg_backend_pid() as id')
  const processId = rows[0]?.id ?? 0
  const usBefore = cpuUs(processId)
  for (let statement = 0; statement < statementsPerRound; statement++) {
    const first = from + statement * entriesPerStatement
    await fillEntries(client, { from: first, to: first + entriesPerStatement - 1, total })
  }
  return (cpuUs(processId) - usBefore) / (statementsPerRound * entriesPerStatement)
}

/** User and system time of a process: fields 14 and 15 in ticks of 10 ms, after its name in brackets. */
function cpuUs(processId: number): number {
  const stat = readFileSync(`/proc/${processId}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) * 10_000
}

function print(least: ReadonlyMap<string, number>): void {
  printHeading(`CPU microseconds an entry, after ${entriesBefore.toLocaleString('en')}`)
  printLine('| indexes | an entry | more |')
  printLine('| --- | --- | --- |')
  const [plain = 0] = least.values()
  for (const [name, us] of least) {
    printLine(`| ${name} | ${us.toFixed(1)} | ${(us - plain).toFixed(1)} |`)
  }
}
