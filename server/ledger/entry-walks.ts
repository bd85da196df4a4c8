import type { EntryFilter, FilterName } from './entry-filter.ts'
import { allIds, type IdBounds, type IdRange } from './recording-times.ts'

/**
 * A walk reads entries newest first from one index, without sorting, and can stop anywhere. It meets
 * every entry that the filters let through, and others.
 */
export interface Walk {
  /** The filter that lets through everything the walk meets; null where it meets all entries. */
  readonly filter: FilterName | null
  /** Selects the entries as rows of the table, in this order; `add` gives the parameter of a value. */
  readonly sql: (ids: IdRange, add: (value: unknown) => string) => string
  /** How its rows are ordered, for the queries around it. */
  readonly order: string
}

interface WalkedColumn {
  readonly filter: FilterName
  readonly column: string
  readonly type: 'text' | 'uuid'
  readonly valueOf: (filter: EntryFilter) => string | undefined
  /** The condition of the index, where it does not follow from the value. */
  readonly partial?: string
}

// The filters with an index of their own, those that let the fewest through first.
const walkedColumns: readonly WalkedColumn[] = [
  {
    filter: 'sourceEvent',
    column: 'e.source_event',
    type: 'text',
    valueOf: ({ sourceEvent }) => sourceEvent,
  },
  {
    filter: 'relatedEntryId',
    column: 'e.related_entry_id',
    type: 'uuid',
    valueOf: ({ relatedEntryId }) => relatedEntryId,
  },
  { filter: 'userId', column: 'e.user_id', type: 'text', valueOf: ({ userId }) => userId },
  {
    filter: 'ruleId',
    column: "split_part(e.actor, '@', 1)",
    type: 'text',
    valueOf: ({ ruleId }) => (ruleId === undefined ? undefined : `rule:${ruleId}`),
    partial: "e.actor like 'rule:%'",
  },
  { filter: 'rewardId', column: 'e.reward_id', type: 'text', valueOf: ({ rewardId }) => rewardId },
]

/** The ways to the entries that match, the most promising first; there is always one. */
export function walksFor(filter: EntryFilter, bounds: IdBounds): readonly [Walk, ...Walk[]] {
  const [first, ...others] = walkedColumns.flatMap((walked) => {
    const value = walked.valueOf(filter)
    return value === undefined ? [] : [walkAlong(walked, value)]
  })
  if (first) return [first, ...others]
  return [bounds.effectiveEnd === allIds.to ? walkAll : walkEffectiveTo(bounds.effectiveEnd)]
}

/**
 * The value is asked for as a range, and the order begins with it, though it is one value: the planner
 * would otherwise take the index of all ids where the value is frequent, and read all entries that
 * were written since it last occurred.
 */
function walkAlong({ filter, column, type, partial }: WalkedColumn, value: string): Walk {
  return {
    filter,
    sql: (ids, add) => {
      const sought = `${add(value)}::${type}`
      return `
        select e.*, ${column} as walked
        from ledger_entries e
        where ${column} between ${sought} and ${sought} ${partial === undefined ? '' : `and ${partial}`}
          and ${within(ids, add)}
        order by walked desc, id desc`
    },
    order: 'e.walked desc, e.id desc',
  }
}

const walkAll: Walk = {
  filter: null,
  sql: (ids, add) => `
    select e.* from ledger_entries e where ${within(ids, add)} order by id desc`,
  order: 'e.id desc',
}

/** From `end` on only the entries that count from an earlier time than they were written. */
function walkEffectiveTo(end: string): Walk {
  return {
    filter: null,
    sql: (ids, add) => `
      select e.* from (
        (
          select e.* from ledger_entries e
          where e.effective_at < e.recorded_at
            and ${within({ ...ids, from: later(ids.from, end) }, add)}
          order by id desc
        )
        union all
        (
          select e.* from ledger_entries e
          where ${within({ ...ids, to: earlier(ids.to, end) }, add)}
          order by id desc
        )
      ) e
      order by id desc`,
    order: 'e.id desc',
  }
}

function within(ids: IdRange, add: (value: unknown) => string): string {
  return `e.id >= ${add(ids.from)}::uuid and e.id < ${add(ids.to)}::uuid`
}

/** Of two ids in lower case: their order as text is their order. */
export function earlier(a: string, b: string): string {
  return a < b ? a : b
}

function later(a: string, b: string): string {
  return a < b ? b : a
}
