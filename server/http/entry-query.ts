import type { EntryQuery } from '@pineos/contract/entries.ts'
import { type FlowName, flowNames } from '@pineos/contract/ledger.ts'
import type { ValidationError } from '@pineos/contract/primitives.ts'
import { accountKinds } from '@pineos/core/ledger/accounts.ts'
import { flows } from '@pineos/core/ledger/flows.ts'
import secureJsonParse from 'secure-json-parse'
import { Failure } from '../failure.ts'
import type { EntryFilter } from '../ledger/entry-filter.ts'
import { checkJson } from './json-body.ts'

const metadataDepthMax = 8

/** Pairs of parameters of which the first may not be above the second. */
const ranges = [
  ['amount_cents_min', 'amount_cents_max'],
  ['recorded_from', 'recorded_to'],
  ['effective_from', 'effective_to'],
] as const satisfies readonly (readonly [keyof EntryQuery, keyof EntryQuery])[]

/**
 * The entries that the query asks for. Fails with `validation_failed` where a range ends before it
 * begins, where the account is none, and where the metadata is not a JSON object.
 */
export function entryFilterOf(query: EntryQuery): EntryFilter {
  const faults: ValidationError[] = ranges.flatMap(([from, to]) => rangeFault(query, from, to))
  const metadata = query.metadata === undefined ? undefined : metadataOf(query.metadata, faults)
  const account = query.account === undefined ? undefined : accountOf(query.account, faults)
  if (faults.length > 0) {
    throw new Failure('validation_failed', faults[0]?.detail, { errors: faults })
  }
  return {
    userId: query.user_id ?? account?.userId,
    account: query.account,
    currency: query.currency,
    flows: flowsOf(query),
    rewardId: query.reward_id,
    sourceEvent: query.source_event,
    // As they are written: ids of rules are kept in lower case.
    ruleId: query.rule_id?.toLowerCase(),
    actor: query.actor,
    relatedEntryId: query.related_entry_id,
    amountCentsMin: query.amount_cents_min,
    amountCentsMax: query.amount_cents_max,
    recordedFrom: instantOf(query.recorded_from),
    recordedTo: instantOf(query.recorded_to),
    effectiveFrom: instantOf(query.effective_from),
    effectiveTo: instantOf(query.effective_to),
    metadata,
  }
}

/** The flows that have the type and the status asked for; undefined where none of it is. */
function flowsOf(query: EntryQuery): readonly FlowName[] | undefined {
  const { flow, entry_type: entryType, reward_status: rewardStatus } = query
  if ((flow ?? entryType ?? rewardStatus) === undefined) return undefined
  return flowNames.filter(
    (name) =>
      (flow === undefined || flow === name) &&
      (entryType === undefined || flows[name].entryType === entryType) &&
      (rewardStatus === undefined || flows[name].rewardStatus === rewardStatus),
  )
}

function rangeFault(
  query: EntryQuery,
  from: keyof EntryQuery,
  to: keyof EntryQuery,
): ValidationError[] {
  const [low, high] = [orderOf(query[from]), orderOf(query[to])]
  if (low === undefined || high === undefined || low <= high) return []
  return [
    { pointer: `/query/${to}`, code: 'range_contradictory', detail: `${to} is below ${from}.` },
  ]
}

/** Numbers as they are, times as milliseconds. */
function orderOf(value: string | number | undefined): number | undefined {
  return typeof value === 'string' ? Date.parse(value) : value
}

/** In UTC and in milliseconds, as entries are recorded; what is finer lies after the millisecond. */
function instantOf(value: string | undefined): string | undefined {
  if (value === undefined) return undefined
  const isFiner = /\.\d{3}\d*[1-9]/.test(value)
  return new Date(Date.parse(value) + (isFiner ? 1 : 0)).toISOString()
}

const accountPatterns = Object.values(accountKinds).map(({ owner, pattern }) => {
  const [before = '', after = ''] = pattern.split('*')
  return { owner, before, after }
})

/** Whose account it is, where it is one of a user. */
function accountOf(account: string, faults: ValidationError[]): { userId?: string } | undefined {
  for (const { owner, before, after } of accountPatterns) {
    const isOfKind =
      account.length > before.length + after.length &&
      account.startsWith(before) &&
      account.endsWith(after)
    if (!isOfKind) continue
    return owner === 'user' ? { userId: account.slice(before.length, -after.length) } : {}
  }
  faults.push({
    pointer: '/query/account',
    code: 'account_unknown',
    detail: `account has to be one of ${Object.values(accountKinds)
      .map(({ pattern }) => pattern.replace('*', '<id>'))
      .join(', ')}.`,
  })
  return undefined
}

function metadataOf(
  text: string,
  faults: ValidationError[],
): Readonly<Record<string, unknown>> | undefined {
  const fault = (detail: string) => {
    faults.push({ pointer: '/query/metadata', code: 'metadata_invalid', detail })
    return undefined
  }
  let value: unknown
  try {
    value = secureJsonParse.parse(text, { protoAction: 'error', constructorAction: 'error' })
    checkJson(value, { depthMax: metadataDepthMax, refusal: (reason) => new Error(reason) })
  } catch (error) {
    return fault(`metadata has to be percent-encoded JSON: ${(error as Error).message}.`)
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return fault('metadata has to be a JSON object.')
  }
  if (Object.keys(value).length === 0) return fault('metadata has to name a member.')
  // It is an object and no list, as was just seen.
  return value as Readonly<Record<string, unknown>>
}
