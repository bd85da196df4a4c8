import { bucketOf, bucketRange, calendarDays, firstBucket } from '../rules/evaluation/bucket.ts'
import type { CounterIncrement, Owners } from '../rules/evaluation/contribution.ts'
import type { CounterRead, Counters } from '../rules/evaluation/history.ts'
import { localTime } from '../rules/evaluation/time-zone.ts'
import type { Limit, LimitScope } from '../rules/language/rule.ts'
import { moneyText } from '../rules/wording/money-text.ts'
import { perWindowText } from '../rules/wording/window-text.ts'
import { type ActionPlan, type PlanProblem, problemOf } from './plan.ts'

/** Later than every bucket that an instant of an event can fall into. */
const lastBucket = 2_147_483_647

/** The event as limits see it. */
export interface LimitContext {
  readonly owners: Owners
  readonly atMs: number
  readonly timezone: string
}

/** A rule as limits see it. */
export interface LimitedRule {
  readonly id: string
  readonly limits: readonly Limit[]
}

type LimitedAction = Pick<ActionPlan, 'userId' | 'actionIndex'>

/** A reward as limits see it. */
export type LimitedReward = LimitedAction & Pick<ActionPlan, 'amountCents' | 'currency'>

interface Scope {
  /** Who or what is limited, `*` where all share it; undefined where the event does not name them. */
  readonly ownerOf: (action: LimitedAction | undefined, owners: Owners) => string | undefined
  /** Whether its count is one of events, for the rule as a whole, and not of rewards. */
  readonly countsEvents: boolean
  /** Whom it limits, in a sentence. */
  readonly whom: string
}

const everybody = '*'

const scopes: Readonly<Record<LimitScope, Scope>> = {
  user: {
    ownerOf: (action) => action?.userId ?? undefined,
    countsEvents: false,
    whom: 'this user',
  },
  action: {
    ownerOf: (action) => String(action?.actionIndex ?? 0),
    countsEvents: false,
    whom: 'this action',
  },
  pair: {
    ownerOf: (_action, { referrer, referred }) =>
      referrer === null || referred === null ? undefined : pairName(referrer, referred),
    countsEvents: true,
    whom: 'this referrer and referred user',
  },
  rule: {
    ownerOf: () => everybody,
    countsEvents: true,
    whom: 'this rule',
  },
  program: {
    ownerOf: () => everybody,
    countsEvents: true,
    whom: 'the program',
  },
}

/** One name for two users, never the same for two others. */
function pairName(referrer: string, referred: string): string {
  return `${referrer.length}:${referrer}:${referred}`
}

/** Everything that must be read to hold the limits of a rule for these of its actions. */
export function limitReads(
  rule: LimitedRule,
  actions: readonly LimitedAction[],
  context: LimitContext,
): readonly CounterRead[] {
  return rule.limits.flatMap((limit) => {
    const isOfRule = scopes[limit.per].countsEvents
    const asked = isOfRule ? [undefined] : actions
    const units = [
      ...(limit.maxCount === null ? [] : [countUnit]),
      ...(limit.currency === null ? [] : [limit.currency]),
    ]
    return asked.flatMap((action) =>
      units.flatMap((unit) => readOf(limit, { ruleId: rule.id, action, unit, context }) ?? []),
    )
  })
}

/** How much of a limit was used before the event, by what it goes. */
export interface LimitUse {
  /** The JSON pointer of the limit. */
  readonly node: string
  /** Of an amount; null where it is a count. */
  readonly currency: string | null
  readonly max: bigint
  /** Null where it is not known. */
  readonly used: bigint | null
  /** The same in words: `2 of 3 rewards for this user`. */
  readonly detail: string
}

/** What the counters say of each limit of a rule, for these of its actions. */
export function limitUses(
  rule: LimitedRule,
  actions: readonly LimitedAction[],
  { context, counters }: { context: LimitContext; counters: Counters },
): readonly LimitUse[] {
  const uses = rule.limits.flatMap((limit) =>
    limitReads({ ...rule, limits: [limit] }, actions, context).map((read) => {
      const isCount = read.owner.startsWith(`${countUnit}:`)
      const totals = counters(read)
      const used = (totals && (isCount ? BigInt(totals.count) : totals.sum)) ?? null
      const max = isCount ? BigInt(limit.maxCount ?? 0) : (limit.maxAmountCents ?? 0n)
      const currency = isCount ? null : limit.currency
      return {
        node: limit.id,
        currency,
        max,
        used,
        detail: useText(limit, { currency, max, used }),
      }
    }),
  )
  // Two actions for the same user go by the same use.
  return [...new Map(uses.map((use) => [JSON.stringify([use.node, use.detail]), use])).values()]
}

function useText(
  limit: Limit,
  { currency, max, used }: Pick<LimitUse, 'currency' | 'max' | 'used'>,
): string {
  const { countsEvents, whom } = scopes[limit.per]
  const said = (amount: bigint) => (currency === null ? `${amount}` : moneyText(amount, currency))
  const counted = countsEvents ? ' events' : ' rewards'
  const what = currency === null ? counted : ''
  const known = used === null ? 'It is not known how much' : said(used)
  return `${known} of ${said(max)}${what} for ${whom}${perWindowText(limit.window)} ${used === null ? 'was' : 'were'} used before.`
}

/** What the limits leave of the rewards of one event, one rule after the other. */
export class LimitBook {
  readonly #counters: Counters
  readonly #context: LimitContext
  /** Limits of any rule on what the whole program pays: every reward counts in them. */
  readonly #programLimits: readonly Limit[]
  /** What this event has used so far, by counter and owner. */
  readonly #used = new Map<string, { count: number; sum: bigint }>()
  readonly increments: CounterIncrement[] = []

  constructor(counters: Counters, context: LimitContext, programLimits: readonly Limit[]) {
    this.#counters = counters
    this.#context = context
    this.#programLimits = programLimits
  }

  /** Why the rule may pay nothing for the event; null where its counts leave room. */
  refusalOf(rule: LimitedRule): PlanProblem | null {
    for (const limit of rule.limits) {
      if (limit.maxCount === null || !scopes[limit.per].countsEvents) continue
      const refusal = this.#countRefusal(limit, rule, undefined)
      if (refusal) return refusal
    }
    return null
  }

  /** The plan as far as the limits leave room for it. */
  admit(plan: ActionPlan, rule: LimitedRule): ActionPlan {
    let admitted = plan
    for (const limit of rule.limits) {
      if (admitted.problem) return admitted
      if (limit.maxCount !== null && !scopes[limit.per].countsEvents) {
        const refusal = this.#countRefusal(limit, rule, plan)
        if (refusal) return { ...admitted, problem: refusal }
      }
      if (limit.maxAmountCents !== null && limit.currency === plan.currency)
        admitted = this.#clip(admitted, limit, rule)
    }
    return admitted
  }

  /** Takes note of a reward that was paid; `isFirst` where it is the first of its rule for the event. */
  paid(plan: LimitedReward, rule: LimitedRule, isFirst: boolean): void {
    const own = rule.limits.filter(({ per }) => per !== 'program')
    const noted = new Set<string>()
    for (const limit of [...own, ...this.#programLimits]) {
      const units = [
        ...(isFirst || !scopes[limit.per].countsEvents ? [countUnit] : []),
        plan.currency,
      ]
      for (const unit of units) this.#note(limit, { rule, plan, unit, noted })
    }
  }

  #note(
    limit: Limit,
    noting: { rule: LimitedRule; plan: LimitedReward; unit: string; noted: Set<string> },
  ): void {
    const { rule, plan, unit, noted } = noting
    const read = readOf(limit, { ruleId: rule.id, action: plan, unit, context: this.#context })
    // Two limits may go by the same counter; a reward counts once in it.
    if (!read || noted.has(useKey(read))) return
    noted.add(useKey(read))
    const { atMs, timezone } = this.#context
    const bucket = bucketOf(bucketKind(limit), atMs, timezone)
    const value = unit === countUnit ? null : plan.amountCents
    const { metricId, owner } = read
    this.increments.push({ metricId, owner, bucket, value, distinct: null })
    const used = this.#used.get(useKey(read)) ?? { count: 0, sum: 0n }
    this.#used.set(useKey(read), { count: used.count + 1, sum: used.sum + (value ?? 0n) })
  }

  #countRefusal(
    limit: Limit,
    rule: LimitedRule,
    action: LimitedAction | undefined,
  ): PlanProblem | null {
    const used = this.#usedOf(limit, rule, { action, unit: countUnit })
    if (!used) return untold(limit)
    if (used.count < (limit.maxCount ?? 0)) return null
    const what = scopes[limit.per].countsEvents ? 'events' : 'rewards'
    return reached(limit, `${used.count} of ${limit.maxCount} ${what}`)
  }

  #clip(plan: ActionPlan, limit: Limit, rule: LimitedRule): ActionPlan {
    const used = this.#usedOf(limit, rule, { action: plan, unit: plan.currency })
    if (!used) return { ...plan, problem: untold(limit) }
    const max = limit.maxAmountCents ?? 0n
    const room = max - used.sum
    if (plan.amountCents <= room) return plan
    const how = `${used.sum} of ${max} in ${plan.currency}`
    if (room <= 0n || limit.whenShort === 'refuse') return { ...plan, problem: reached(limit, how) }
    const note = `${plan.amountCents} became ${room}: the limit for ${scopes[limit.per].whom} had used ${how}.`
    return { ...plan, amountCents: room, notes: [...plan.notes, note] }
  }

  #usedOf(
    limit: Limit,
    rule: LimitedRule,
    { action, unit }: { action: LimitedAction | undefined; unit: string },
  ): { count: number; sum: bigint } | undefined {
    const read = readOf(limit, { ruleId: rule.id, action, unit, context: this.#context })
    const totals = read && this.#counters(read)
    if (!totals) return undefined
    const used = this.#used.get(useKey(read)) ?? { count: 0, sum: 0n }
    return { count: totals.count + used.count, sum: totals.sum + used.sum }
  }
}

const countUnit = 'count'

function useKey({ metricId, owner }: CounterRead): string {
  return `${metricId}\0${owner}`
}

function reached(limit: Limit, how: string): PlanProblem {
  return problemOf('limit_reached', `The limit for ${scopes[limit.per].whom} is reached: ${how}.`)
}

function untold(limit: Limit): PlanProblem {
  const detail = `The limit for ${scopes[limit.per].whom} cannot be told for this event.`
  return problemOf('limit_reached', detail)
}

/** What the rewards of a rule are counted under for a limit; limits that count the same share it. */
export function limitMetricId(limit: Limit, ruleId: string): string {
  const counted = limit.per === 'program' ? '' : `:${ruleId}`
  return `limit:${limit.per}:${bucketKind(limit)}${counted}`
}

/** Rewards are counted by the day; where a window has hours, by the hour. */
function bucketKind({ window }: Limit): 'day' | 'hour' {
  return window.kind === 'rolling' && window.duration.hours > 0 ? 'hour' : 'day'
}

interface LimitRead {
  readonly ruleId: string
  readonly action: LimitedAction | undefined
  /** `count`, or the currency of the amounts. */
  readonly unit: string
  readonly context: LimitContext
}

/**
 * What to read for a limit: the counter of its scope over every bucket that shares a window with the
 * event, those after it too, so that an event that comes late finds no room that is taken.
 */
function readOf(
  limit: Limit,
  { ruleId, action, unit, context }: LimitRead,
): CounterRead | undefined {
  const owner = scopes[limit.per].ownerOf(action, context.owners)
  if (owner === undefined) return undefined
  const range = limitRange(limit, context)
  return {
    metricId: limitMetricId(limit, ruleId),
    owner: `${unit}:${owner}`,
    isDistinct: false,
    ...range,
  }
}

function limitRange(limit: Limit, { atMs, timezone }: LimitContext): { from: number; to: number } {
  const { window } = limit
  switch (window.kind) {
    case 'lifetime':
      return { from: firstBucket, to: lastBucket }
    case 'calendar':
      return calendarDays(window.unit, localTime(atMs, timezone).dayNumber)
    case 'rolling': {
      const { from, to } = bucketRange(window, { bucket: bucketKind(limit), atMs, timezone })
      return { from, to: to + (to - from) }
    }
  }
}
