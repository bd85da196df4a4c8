import type pg from 'pg'
import { conditionOf, type EntryFilter } from './entry-filter.ts'
import { entryColumns } from './entry-row.ts'
import type { Walk } from './entry-walks.ts'
import type { IdRange } from './recording-times.ts'

// One snapshot for all that a page needs. The walks are written so that an index gives their order;
// nothing else may be chosen, or a page could cost as much as all the entries there are.
export const readingSettings = `
  set transaction isolation level repeatable read, read only;
  set local enable_seqscan = off;
  set local enable_bitmapscan = off;
  set local enable_sort = off;
  set local enable_incremental_sort = off;
  set local max_parallel_workers_per_gather = 0;
  set local jit = off`

/** What the statements of a walk are made of. */
export interface WalkRequest {
  readonly walk: Walk
  readonly ids: IdRange
  readonly filter: EntryFilter
  /** How many entries are looked at, at most. */
  readonly examinedMax: number
}

/** The first `count` matches among the next entries of the walk. */
export function matchesStatement(request: WalkRequest, count: number): pg.QueryConfig {
  const { walk, ids, filter, examinedMax } = request
  const { values, add } = parameters()
  return {
    text: `
      select ${entryColumns}
      from (${walk.sql(ids, add)} limit ${add(examinedMax)}::integer) e
      where ${conditionOf(filter, add, walk.filter)}
      order by ${walk.order}
      limit ${add(count)}::integer`,
    values,
  }
}

/** How many of the first `count` matches there are, as `skipped`, and the id of the `last` of them. */
export function skipStatement(request: WalkRequest, count: number): pg.QueryConfig {
  const { walk, ids, filter, examinedMax } = request
  const { values, add } = parameters()
  return {
    text: `
      select count(*)::integer as skipped, min(m.id::text) as last
      from (
        select e.id
        from (${walk.sql(ids, add)} limit ${add(examinedMax)}::integer) e
        where ${conditionOf(filter, add, walk.filter)}
        order by ${walk.order}
        limit ${add(count)}::integer
      ) m`,
    values,
  }
}

/** The `id` of the last entry that the walk may look at; no row where it comes to its end before. */
export function endStatement({ walk, ids, examinedMax }: WalkRequest): pg.QueryConfig {
  const { values, add } = parameters()
  return {
    text: `
      select e.id from (${walk.sql(ids, add)}) e
      order by ${walk.order}
      offset ${add(examinedMax - 1)}::integer limit 1`,
    values,
  }
}

/** Those of the entries with these ids that match. */
export function entriesStatement(
  matches: readonly string[],
  { ids, filter }: Pick<WalkRequest, 'ids' | 'filter'>,
  count: number,
): pg.QueryConfig {
  const { values, add } = parameters()
  return {
    text: `
      select ${entryColumns} from ledger_entries e
      where e.id = any(${add(matches)}::uuid[]) and e.id < ${add(ids.to)}::uuid
        and ${conditionOf(filter, add)}
      order by e.id desc
      limit ${add(count)}::integer`,
    values,
  }
}

/** Gathers the values of a statement; `add` gives the parameter that stands for one. */
function parameters(): { values: unknown[]; add: (value: unknown) => string } {
  const values: unknown[] = []
  return { values, add: (value) => `$${values.push(value)}` }
}
