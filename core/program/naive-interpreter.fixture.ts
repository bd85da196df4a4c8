/**
 * How rules judge an event, read from the description of the language alone: no code of the real engine
 * is used, nothing is compiled, indexed or kept. It is slow and easy to check by eye, so that a test can
 * hold the real engine to it.
 */
import { amountOf, withinMax } from './naive-amounts.fixture.ts'
import {
  combine,
  holds,
  instant,
  isUserId,
  type Json,
  type JsonObject,
  list,
  type NaiveTruth,
  type NaiveWorld,
  object,
  owner,
  read,
} from './naive-conditions.fixture.ts'
import { limited } from './naive-limits.fixture.ts'

export interface NaiveInput {
  /** Oldest first. */
  readonly rules: readonly { readonly id: string; readonly json: JsonObject }[]
  readonly event: {
    readonly type: string
    readonly user_id?: string
    readonly occurred_at: string
    readonly data: JsonObject
  }
  readonly history: NaiveWorld['history']
  /** What the events before have used of a limit. `key` is the user, the pair or the action's index, else ''. */
  readonly limitsUsed: (limit: JsonObject, ruleId: string, key: string) => NaiveUse
  readonly timezone: string
  readonly defaultCurrency: string
}
export interface NaiveUse {
  readonly count: number
  readonly amountCents: bigint
}
export interface NaivePayment {
  readonly ruleId: string
  readonly actionIndex: number
  readonly userId: string
  readonly amountCents: bigint
  readonly currency: string
}
export interface NaiveResult {
  readonly ruleId: string
  readonly outcome: NaiveTruth
  readonly standing: 'asked' | 'not_scheduled' | 'not_rolled_out' | 'held_out'
  /** The truth of each condition and each group, by JSON pointer. */
  readonly nodes: Readonly<Record<string, NaiveTruth>>
  readonly payments: readonly NaivePayment[]
}
type Asked = Omit<NaiveResult, 'payments'> & { readonly json: JsonObject; readonly group: Json }
export type World = NaiveWorld & Pick<NaiveInput, 'limitsUsed' | 'timezone' | 'defaultCurrency'>

/** A result for each rule that is asked about the type, the one of highest priority first. */
export function judgeNaively({ rules, event, ...given }: NaiveInput): NaiveResult[] {
  const user: JsonObject = event.user_id === undefined ? {} : { user_id: event.user_id }
  const facts = { event: { type: event.type, ...user }, ...user, ...event.data }
  const world: World = { ...given, facts, occurredAtMs: Number(instant(event.occurred_at)) }
  const asked = rules
    .filter(({ json }) => !json['on'] || list(json['on']).includes(event.type))
    .map((rule) => ask(rule, world))
    .sort((a, b) => Number(b.json['priority'] ?? 0) - Number(a.json['priority'] ?? 0))
  const isShadow = ({ json }: Asked) => json['mode'] === 'shadow'
  const live = asked.filter((rule) => !isShadow(rule))
  // Beside the live ones: shadow rules see all of them, and nothing of what they do is seen.
  const shadowIds = asked.filter(isShadow).map(({ ruleId }) => ruleId)
  const payments = [
    ...paymentsOf(live, world),
    ...paymentsOf(asked, world).filter(({ ruleId }) => shadowIds.includes(ruleId)),
  ]
  return asked.map(({ ruleId, outcome, standing, nodes }) => {
    const own = payments.filter((payment) => payment.ruleId === ruleId)
    return { ruleId, outcome, standing, nodes, payments: own }
  })
}

function ask({ id, json }: NaiveInput['rules'][number], world: World): Asked {
  const nodes: Record<string, NaiveTruth> = {}
  const parts = list(json['conditions']).map((part, index) =>
    holds(object(part), `/conditions/${index}`, { world, nodes }),
  )
  const outcome = json['always'] === true || combine(json['logic'] === 'OR' ? 'any' : 'all', parts)
  const group = object(json['stacking'] ?? {})['group'] ?? null
  return { ruleId: id, json, outcome, nodes, group, standing: standingOf(id, json, world) }
}

function standingOf(id: string, json: JsonObject, world: World): NaiveResult['standing'] {
  const { schedule, rollout, hold_out: holdOut } = json
  if (schedule && !isScheduled(object(schedule), world)) return 'not_scheduled'
  if (rollout && isInShare(object(rollout), id, world) !== true) return 'not_rolled_out'
  // Whom nobody can name has not been shown to be outside.
  return holdOut && isInShare(object(holdOut), id, world) !== false ? 'held_out' : 'asked'
}

function isScheduled(schedule: JsonObject, { occurredAtMs, timezone }: World): boolean {
  const { starts_at: start, ends_at: end, weekdays: days, hours } = schedule
  if (start && occurredAtMs < Number(instant(start))) return false
  if (end && occurredAtMs >= Number(instant(end))) return false
  const clock = new Intl.DateTimeFormat('en-GB', {
    timeZone: String(schedule['timezone'] ?? timezone),
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  }).formatToParts(occurredAtMs)
  const part = (type: string) =>
    clock.find((found) => found.type === type)?.value.toLowerCase() ?? ''
  if (days && !list(days).includes(part('weekday'))) return false
  const now = `${part('hour')}:${part('minute')}`
  const isWithin = ({ from, to }: { from: string; to: string }) =>
    from < to ? now >= from && now < to : now >= from || now < to
  return !hours || list(hours).some((span) => isWithin(span as { from: string; to: string }))
}

function isInShare({ percent, by, name }: JsonObject, id: string, { facts }: World): NaiveTruth {
  const userId = owner(facts, by ?? 'referrer')
  if (userId === undefined) return null
  let hash = 0x811c9dc5
  for (const byte of new TextEncoder().encode(`${name ?? id}\0${userId}`))
    hash = Math.imul(hash ^ byte, 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return ((hash ^ (hash >>> 16)) >>> 0) % 10_000 < Math.round(Number(percent) * 100)
}

/** A payment before limits, with the action that asks for it. */
export type Due = NaivePayment & { readonly rule: Asked; readonly action: JsonObject }

/** Guards, amounts, modifiers, stacking and limits, in that order. */
function paymentsOf(asked: readonly Asked[], world: World): NaivePayment[] {
  const standing = asked.filter((rule) => rule.standing === 'asked')
  const denied = standing.flatMap(({ outcome, json }) =>
    actionsOf(json).filter(
      ({ type, on_unknown: unknown }) => type === 'deny' && (outcome ?? unknown === 'deny'),
    ),
  )
  const met = standing.filter(
    ({ outcome, group }) => outcome === true && !denied.some((deny) => concerns(deny, group)),
  )
  const factors = met
    .flatMap(({ json }) => actionsOf(json))
    .filter(({ type }) => type === 'multiply')
  const due = met.flatMap((rule) =>
    actionsOf(rule.json).flatMap((action, index) => dueOf({ rule, action, index, factors, world })),
  )
  return limited(
    due.filter((one) => isStacked(one, due)),
    world,
  )
}

const actionsOf = (json: JsonObject) => list(json['actions']).map(object)
const concerns = (action: JsonObject, group: Json) =>
  action['group'] === undefined || action['group'] === group

interface DueInput {
  readonly rule: Asked
  readonly action: JsonObject
  readonly index: number
  readonly factors: readonly JsonObject[]
  readonly world: World
}

function dueOf({ rule, action, index, factors, world }: DueInput): Due[] {
  if (action['type'] !== 'credit' && action['type'] !== 'debit') return []
  const userId = read(world.facts, action['user'])
  const currency = String(action['currency'] ?? world.defaultCurrency)
  let cents = amountOf(action, currency, world)
  const own = action['type'] === 'credit' ? factors.filter((one) => concerns(one, rule.group)) : []
  if (cents !== null && own.length > 0) {
    const hundredths = own.map(({ factor }) => BigInt(Math.round(Number(factor) * 100)))
    const product = hundredths.reduce((result, factor) => result * factor, cents)
    const bounds = own.flatMap(({ max_cents: max }) =>
      max === undefined ? [] : [BigInt(Number(max))],
    )
    const multiplied = product / 100n ** BigInt(own.length)
    const bounded = bounds.reduce((least, max) => (max < least ? max : least), multiplied)
    // A bound of a modifier never takes from the amount itself.
    const isTaken = bounded < multiplied && bounded < cents
    cents = withinMax(isTaken ? smaller(cents, multiplied) : bounded)
  }
  if (!isUserId(userId) || cents === null || cents === 0n) return []
  // A reward that waits for an event must say by what it will be known.
  const hold = action['hold']
  const waits = typeof hold === 'object' && hold !== null
  if (waits && !isNaming(read(world.facts, object(hold)['match'] ?? 'referred_id'))) return []
  return [
    { ruleId: rule.ruleId, actionIndex: index, userId, amountCents: cents, currency, rule, action },
  ]
}

/** A value by which two events can be known to belong together. */
const isNaming = (value: Json | undefined) =>
  value !== undefined &&
  typeof value !== 'object' &&
  !(typeof value === 'number' && !Number.isFinite(value)) &&
  isUserId(String(value))
const smaller = (a: bigint, b: bigint) => (a < b ? a : b)

/** Whether the payment stands beside the others of its group; `due` is in the order of priority. */
function isStacked({ rule, action, userId, currency }: Due, due: readonly Due[]): boolean {
  const { mode } = object(rule.json['stacking'] ?? { mode: 'all' })
  const rivals = due.filter((one) => one.rule.group === rule.group)
  if (mode === 'first') return rivals[0]?.ruleId === rule.ruleId
  if (mode !== 'highest') return true
  const sums = new Map<string, bigint>()
  const isAlike = (other: Due) =>
    other.userId === userId &&
    other.currency === currency &&
    other.action['type'] === action['type']
  for (const one of rivals.filter(isAlike))
    sums.set(one.ruleId, (sums.get(one.ruleId) ?? 0n) + one.amountCents)
  // A map keeps the order in which its keys came, so that of equals the first wins.
  const best = [...sums].reduce((most, one) => (one[1] > most[1] ? one : most))
  return best[0] === rule.ruleId
}
