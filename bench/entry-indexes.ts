/**
 * `npx tsx bench/entry-indexes.ts`: what each index costs an entry that is written, in CPU time of
 * PostgreSQL, so that what else the machine does counts little. `--entries 1000000` is how many there
 * are before. Linux only: the time is that of `/proc`.
 */
import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import type pg from 'pg'
import { fillEntries } from './entry-fill.ts'
import { printHeading, printLine } from './report.ts'
import { onScratchCluster } from './scratch-cluster.ts'

const { values: options } = parseArgs({
  options: { entries: { type: 'string', default: '1000000' } },
})
const entriesBefore = Number(options.entries)
const statementsPerStep = 150
const entriesPerStatement = 1_000
const total = 10 * entriesBefore

// Dropped one after the other: what a statement takes less each time is what the index had cost.
const steps: readonly (readonly [string, string])[] = [
  ['all indexes', 'select'],
  ['strays, none has it', 'drop index ledger_entries_stray'],
  ['backdated, 0.1 % have it', 'drop index ledger_entries_backdated'],
  ['metadata, 70 % have it', 'drop index ledger_entries_metadata'],
  ['rule, 35 % have it', 'drop index ledger_entries_rule'],
  ['event, 35 % have it', 'drop index ledger_entries_source_event'],
  ['reward, 70 % have it', 'drop index ledger_entries_reward'],
  ['related entry, 10 % have it', 'drop index ledger_entries_related_entry'],
  ['id', 'drop index ledger_entries_id'],
  ['user and id (primary key)', 'alter table ledger_entries drop constraint ledger_entries_pk'],
  [
    'user, currency and sequence',
    'alter table ledger_entries drop constraint ledger_entries_sequence_unique',
  ],
]

await onScratchCluster((inDatabase) =>
  inDatabase(async ({ owner: pool }) => {
    const owner = await pool.connect()
    await fillEntries(owner, { to: entriesBefore, total })
    await owner.query('vacuum analyze ledger_entries')
    await owner.query('checkpoint')
    printHeading(`CPU microseconds an entry, after ${entriesBefore.toLocaleString('en')}`)
    printLine('| index | an entry without it | its cost |')
    printLine('| --- | --- | --- |')
    let from = entriesBefore + 1
    let before: number | undefined
    for (const [name, statement] of steps) {
      await owner.query(statement)
      const us = await usPerEntry(owner, from)
      from += statementsPerStep * entriesPerStatement
      const cost = before === undefined ? '' : (before - us).toFixed(1)
      printLine(`| ${name} | ${us.toFixed(1)} | ${cost} |`)
      before = us
    }
    owner.release()
  }),
)

async function usPerEntry(owner: pg.PoolClient, from: number): Promise<number> {
  const { rows } = await owner.query<{ id: number }>('select pg_backend_pid() as id')
  const processId = rows[0]?.id ?? 0
  const usBefore = cpuUs(processId)
  for (let statement = 0; statement < statementsPerStep; statement++) {
    const first = from + statement * entriesPerStatement
    await fillEntries(owner, { from: first, to: first + entriesPerStatement - 1, total })
  }
  return (cpuUs(processId) - usBefore) / (statementsPerStep * entriesPerStatement)
}

/** User and system time of a process: fields 14 and 15 in ticks of 10 ms, after its name in brackets. */
function cpuUs(processId: number): number {
  const stat = readFileSync(`/proc/${processId}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) * 10_000
}
