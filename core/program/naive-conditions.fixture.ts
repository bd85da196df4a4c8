/**
 * The conditions of rules, read from the description of the language alone: no code of `core/rules` is
 * used, nothing is compiled or prepared. It is slow and easy to check by eye, so that a test can hold the
 * real engine to it. Taken as given: rules that the parser accepts, and the values of history.
 */
export type Json = string | number | boolean | null | readonly Json[] | JsonObject
export interface JsonObject {
  readonly [name: string]: Json
}
/** true, false, or null for unknown. */
export type NaiveTruth = boolean | null

export interface NaiveWorld {
  readonly facts: JsonObject
  readonly occurredAtMs: number
  /** What a count, sum, … comes to for its owner, the event included where that is asked. */
  readonly history: (fn: string, aggregate: JsonObject, ownerId: string) => Json | undefined
}

export const object = (value: Json | undefined) => value as JsonObject
export const list = (value: Json | undefined) => (value ?? []) as readonly Json[]

export function read(value: Json | undefined, path: Json | undefined): Json | undefined {
  let found = value
  for (const name of String(path).split('.')) {
    const isObject = typeof found === 'object' && found !== null && !Array.isArray(found)
    if (!isObject || !Object.hasOwn(found as JsonObject, name)) return undefined
    found = object(found)[name]
  }
  return found
}

/** The user in that part of the event. */
export function owner(facts: JsonObject, role: Json | undefined): string | undefined {
  const long = role === 'user' ? undefined : read(facts, `${role}.id`)
  const id = read(facts, `${role}_id`) ?? long
  return isUserId(id) ? id : undefined
}

export function isUserId(id: Json | undefined): id is string {
  return (
    typeof id === 'string' && id !== '' && [...id].length <= 255 && !/[\0\ud800-\udfff]/u.test(id)
  )
}

const aggregates = ['count', 'sum', 'distinct', 'min', 'max']
const groups = ['all', 'any', 'none']

/** The name of the function and the value over history that is written in the object, if it holds one. */
export function aggregated(written: JsonObject, world: NaiveWorld): Json | undefined {
  const fn = aggregates.find((name) => Object.hasOwn(written, name)) as string
  const ownerId = owner(world.facts, object(written[fn])['for'])
  return ownerId === undefined ? undefined : world.history(fn, object(written[fn]), ownerId)
}

/** Whether the condition holds; what it and all in it came to is added to `nodes` by JSON pointer. */
export function holds(
  condition: JsonObject,
  pointer: string,
  { world, nodes }: { world: NaiveWorld; nodes: Record<string, NaiveTruth> },
): NaiveTruth {
  const mode = groups.find((name) => Object.hasOwn(condition, name))
  const truth =
    mode === undefined
      ? compare(condition, world)
      : combine(
          mode,
          list(condition[mode]).map((part, index) =>
            holds(object(part), `${pointer}/${mode}/${index}`, { world, nodes }),
          ),
        )
  nodes[pointer] = truth
  return truth
}

export function combine(mode: string, parts: readonly NaiveTruth[]): NaiveTruth {
  const isOneEnough = mode !== 'all'
  if (parts.includes(isOneEnough)) return mode === 'any'
  if (parts.includes(null)) return null
  return mode !== 'any'
}

const negate = (truth: NaiveTruth): NaiveTruth => (truth === null ? null : !truth)

function compare(condition: JsonObject, world: NaiveWorld): NaiveTruth {
  const { field, operator, value } = condition
  const actual = field === undefined ? aggregated(condition, world) : read(world.facts, field)
  const isPresent = actual !== undefined && actual !== null
  if (operator === 'exists') return isPresent
  if (operator === 'missing') return !isPresent
  const isReference = typeof value === 'object' && value !== null && !Array.isArray(value)
  const expected = isReference ? read(world.facts, object(value)['field']) : value
  if (actual === undefined || expected === undefined) return null
  if (isReference && !isWritable(String(operator), expected)) return null
  return tests[String(operator)]?.(actual, expected, world.occurredAtMs) ?? null
}

/** Whether the value of another fact could have been written down in its place. */
function isWritable(operator: string, value: Json): boolean {
  if (operator.endsWith('contains') || operator.endsWith('_with')) return value !== ''
  const isOrder = ['<', '>', '<=', '>='].includes(operator)
  return !isOrder || typeof value !== 'string' || Number.isNaN(Number(value || 'none'))
}

/** text, number or boolean; null for what cannot be compared. */
function kind(value: Json): string | null {
  if (typeof value === 'object') return null
  return typeof value === 'number' && !Number.isFinite(value) ? null : typeof value
}

const isAlike = (a: Json, b: Json) => kind(a) !== null && kind(a) === kind(b)
const equal: Test = (a, b) => (isAlike(a, b) ? a === b : null)
const isOrdered = (a: Json, b: Json) => isAlike(a, b) && typeof a !== 'boolean'
const less: Test = (a, b) => (isOrdered(a, b) ? (a as number) < (b as number) : null)

const isIn: Test = (a, items) => {
  const alike = list(items).filter((item) => isAlike(a, item))
  return alike.length === 0 ? null : alike.includes(a)
}

const contains: Test = (a, b) => {
  if (typeof a === 'string') return typeof b === 'string' ? a.includes(b) : null
  if (!Array.isArray(a) || a.length > 10_000 || kind(b) === null) return null
  return combine(
    'any',
    a.map((item: Json) => equal(item, b, 0)),
  )
}

const ofText =
  (test: (a: string, b: string) => boolean): Test =>
  (a, b) =>
    typeof a === 'string' && typeof b === 'string' ? test(a, b) : null

const ofTimes =
  (test: (a: number, b: number) => boolean): Test =>
  (a, b) => {
    const [first, second] = [instant(a), instant(b)]
    return first === null || second === null ? null : test(first, second)
  }

const between: Test = (a, bounds) => {
  const [low = null, high = null] = list(bounds)
  if (instant(low) === null || instant(high) === null)
    return combine('all', [negate(less(a, low, 0)), negate(less(high, a, 0))])
  return combine('all', [negate(isBefore(a, low, 0)), negate(isBefore(high, a, 0))])
}

type Test = (actual: Json, expected: Json, occurredAtMs: number) => NaiveTruth
const not =
  (test: Test): Test =>
  (...given) =>
    negate(test(...given))
const isBefore = ofTimes((a, b) => a < b)

const tests: Readonly<Record<string, Test>> = {
  '==': equal,
  '!=': not(equal),
  '<': less,
  '>': (a, b) => less(b, a, 0),
  '>=': not(less),
  '<=': (a, b) => negate(less(b, a, 0)),
  in: isIn,
  not_in: not(isIn),
  contains,
  not_contains: not(contains),
  starts_with: ofText((a, b) => a.startsWith(b)),
  ends_with: ofText((a, b) => a.endsWith(b)),
  // Right for patterns that mean the same in RE2 and here, but for how they say that case does not matter.
  matches: ofText((a, b) =>
    (b.startsWith('(?i)') ? new RegExp(b.slice(4), 'iu') : new RegExp(b, 'u')).test(a),
  ),
  between,
  before: isBefore,
  after: ofTimes((a, b) => a > b),
  within_last: (a, duration, nowMs) => {
    const ms = instant(a)
    return ms === null ? null : ms > earlier(nowMs, String(duration)) && ms <= nowMs
  },
}

/** A date (its midnight in UTC) or a date-time of RFC 3339, in milliseconds. */
export function instant(text: Json): number | null {
  const time =
    /^(\d{4}-\d\d-\d\d)(T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d+)?(Z|[+-]([01]\d|2[0-3]):[0-5]\d))?$/
  const date = typeof text === 'string' ? time.exec(text)?.[1] : undefined
  if (date === undefined || Number.isNaN(Date.parse(date))) return null
  // A day that its month does not have turns into one of the next.
  return new Date(date).toISOString().startsWith(date) ? Date.parse(String(text)) : null
}

/** The time that lies a duration before: months by the calendar in UTC, the last day of a shorter one. */
function earlier(ms: number, duration: string): number {
  const [, years, months, weeks, days, hours] =
    /^P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(\d+)H)?$/.exec(duration) ?? []
  const back = new Date(ms)
  const day = back.getUTCDate()
  back.setUTCDate(1)
  back.setUTCMonth(back.getUTCMonth() - 12 * Number(years ?? 0) - Number(months ?? 0))
  const lastDay = new Date(Date.UTC(back.getUTCFullYear(), back.getUTCMonth() + 1, 0)).getUTCDate()
  back.setUTCDate(Math.min(day, lastDay))
  const dayHours = 24 * (7 * Number(weeks ?? 0) + Number(days ?? 0))
  return back.getTime() - 3_600_000 * (dayHours + Number(hours ?? 0))
}
