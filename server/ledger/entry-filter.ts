import type { FlowName } from '@pineos/contract/ledger.ts'

/** What entries are asked for: those that match everything that is given. Times are RFC 3339 in UTC. */
export interface EntryFilter {
  readonly userId?: string | undefined
  /** The name of an account that is debited or credited. */
  readonly account?: string | undefined
  readonly currency?: string | undefined
  /** One of these; entry type and reward status follow from the flow. */
  readonly flows?: readonly FlowName[] | undefined
  readonly rewardId?: string | undefined
  /** As `source/id`. */
  readonly sourceEvent?: string | undefined
  /** Whatever the version of the rule. */
  readonly ruleId?: string | undefined
  readonly actor?: string | undefined
  readonly relatedEntryId?: string | undefined
  readonly amountCentsMin?: number | undefined
  readonly amountCentsMax?: number | undefined
  /** From a time on, to before a time. */
  readonly recordedFrom?: string | undefined
  readonly recordedTo?: string | undefined
  readonly effectiveFrom?: string | undefined
  readonly effectiveTo?: string | undefined
  /** What the metadata has to contain. */
  readonly metadata?: Readonly<Record<string, unknown>> | undefined
}

export type FilterName = keyof EntryFilter

/** The condition of each filter on an entry `e`; `?` stands for the value. */
const conditions: Readonly<Record<FilterName, string>> = {
  userId: 'e.user_id = ?::text',
  account: '?::text in (e.debit_account, e.credit_account)',
  currency: 'e.currency = ?::text',
  flows: 'e.flow = any(?::text[])',
  rewardId: 'e.reward_id = ?::text',
  sourceEvent: 'e.source_event = ?::text',
  ruleId: "split_part(e.actor, '@', 1) = 'rule:' || ?::text",
  actor: 'e.actor = ?::text',
  relatedEntryId: 'e.related_entry_id = ?::uuid',
  amountCentsMin: 'e.amount_cents >= ?::bigint',
  amountCentsMax: 'e.amount_cents <= ?::bigint',
  recordedFrom: 'e.recorded_at >= ?::timestamptz',
  recordedTo: 'e.recorded_at < ?::timestamptz',
  effectiveFrom: 'e.effective_at >= ?::timestamptz',
  effectiveTo: 'e.effective_at < ?::timestamptz',
  metadata: 'e.metadata @> ?::jsonb',
}

/** The names of the filters that are given. */
export function givenFilters(filter: EntryFilter): readonly FilterName[] {
  // Object.keys loses the literal type; the table is the only source of its keys.
  return (Object.keys(conditions) as FilterName[]).filter((name) => filter[name] !== undefined)
}

/**
 * The filters as an SQL condition on `e`, but for one that is met anyhow. `add` takes a value and gives
 * the parameter in its place.
 */
export function conditionOf(
  filter: EntryFilter,
  add: (value: unknown) => string,
  met: FilterName | null = null,
): string {
  const given = givenFilters(filter).filter((name) => name !== met)
  if (given.length === 0) return 'true'
  return given.map((name) => conditions[name].replace('?', add(filter[name]))).join(' and ')
}
