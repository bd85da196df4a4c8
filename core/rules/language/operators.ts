import { instantBefore } from './duration.ts'
import type { Scalar } from './facts.ts'
import { timeMs } from './instant.ts'
import { listItemsMax, matchedTextCodeUnitsMax } from './limits.ts'
import { kindOf, type Operand } from './operand.ts'
import { isRefusal, type OperandFormName, operandForms } from './operand-forms.ts'
import { any, not, type Truth, truthOf } from './truth.ts'

/**
 * Tests a fact. What is missing, null or of another kind than the operand is unknown. `atMs` is the time
 * of the event, in milliseconds since 1970 UTC.
 */
export type Test = (actual: unknown, operand: Operand, atMs: number) => Truth

/** One operator: what it may be compared with, how it is tested, how it is said. */
interface Operator {
  readonly takes: OperandFormName
  readonly test: Test
  readonly phrase: string
}

const equals: Test = (actual, { scalar, kinds }) => {
  // Where nothing is expected, what is missing is not equal to it.
  if (actual === scalar) return scalar === undefined ? 'unknown' : 'true'
  return (kindOf(actual) & kinds) === 0 ? 'unknown' : 'false'
}

const isIn: Test = (actual, { listed, kinds }) => {
  // A set finds a value only where it is the same scalar of the same kind.
  if (listed.has(actual as Scalar)) return 'true'
  return (kindOf(actual) & kinds) === 0 ? 'unknown' : 'false'
}

/** Of a text, a part of it; of a list, one of its values, each compared as `==` does. */
const contains: Test = (actual, operand, atMs) => {
  const { scalar } = operand
  if (typeof actual === 'string')
    return typeof scalar === 'string' ? truthOf(actual.includes(scalar)) : 'unknown'
  if (!Array.isArray(actual) || actual.length > listItemsMax) return 'unknown'
  // Even an empty list has not been shown to lack what nobody knows.
  if (scalar === undefined) return 'unknown'
  return any(actual.map((item: unknown) => equals(item, operand, atMs)))
}

const startsWith: Test = (actual, { scalar }) =>
  typeof actual === 'string' && typeof scalar === 'string'
    ? truthOf(actual.startsWith(scalar))
    : 'unknown'

const endsWith: Test = (actual, { scalar }) =>
  typeof actual === 'string' && typeof scalar === 'string'
    ? truthOf(actual.endsWith(scalar))
    : 'unknown'

const isMore: Test = (actual, { scalar }) => {
  if (typeof actual === 'number' && typeof scalar === 'number')
    return Number.isFinite(actual) ? truthOf(actual > scalar) : 'unknown'
  // Text is ordered by its code units.
  const isText = typeof actual === 'string' && typeof scalar === 'string'
  return isText ? truthOf(actual > scalar) : 'unknown'
}

const isLess: Test = (actual, { scalar }) => {
  if (typeof actual === 'number' && typeof scalar === 'number')
    return Number.isFinite(actual) ? truthOf(actual < scalar) : 'unknown'
  const isText = typeof actual === 'string' && typeof scalar === 'string'
  return isText ? truthOf(actual < scalar) : 'unknown'
}

const isBetween: Test = (actual, { range }) => {
  if (range?.kind === 'text')
    return typeof actual === 'string'
      ? truthOf(range.low <= actual && actual <= range.high)
      : 'unknown'
  const found = range?.kind === 'time' ? timeOf(actual) : actual
  // Infinity, which JSON writes as 1e999, is no number to compare with; NaN is no time.
  return range && typeof found === 'number' && Number.isFinite(found)
    ? truthOf(range.low <= found && found <= range.high)
    : 'unknown'
}

const isBefore: Test = (actual, { timeMs: expectedMs }) => {
  const actualMs = timeOf(actual)
  const isKnown = !Number.isNaN(actualMs) && !Number.isNaN(expectedMs)
  return isKnown ? truthOf(actualMs < expectedMs) : 'unknown'
}

const isAfter: Test = (actual, { timeMs: expectedMs }) => {
  const actualMs = timeOf(actual)
  const isKnown = !Number.isNaN(actualMs) && !Number.isNaN(expectedMs)
  return isKnown ? truthOf(actualMs > expectedMs) : 'unknown'
}

/** After the beginning of the time that ends with the event, and not after the event. */
const isWithinLast: Test = (actual, { duration }, atMs) => {
  const actualMs = timeOf(actual)
  if (duration === null || Number.isNaN(actualMs) || Number.isNaN(atMs)) return 'unknown'
  return truthOf(instantBefore(atMs, duration) < actualMs && actualMs <= atMs)
}

const matches: Test = (actual, { pattern }) =>
  typeof actual === 'string' && actual.length <= matchedTextCodeUnitsMax && pattern !== null
    ? truthOf(pattern.isFoundIn(actual))
    : 'unknown'

/** Never unknown. */
const exists: Test = (actual) => truthOf(actual !== undefined && actual !== null)

const negated =
  (test: Test): Test =>
  (actual, operand, atMs) =>
    not(test(actual, operand, atMs))

export const operators = {
  '==': { takes: 'scalar', test: equals, phrase: 'is' },
  '!=': { takes: 'scalar', test: negated(equals), phrase: 'is not' },
  '>': { takes: 'ordered', test: isMore, phrase: 'is more than' },
  '<': { takes: 'ordered', test: isLess, phrase: 'is less than' },
  '>=': { takes: 'ordered', test: negated(isLess), phrase: 'is at least' },
  '<=': { takes: 'ordered', test: negated(isMore), phrase: 'is at most' },
  in: { takes: 'list', test: isIn, phrase: 'is one of' },
  not_in: { takes: 'list', test: negated(isIn), phrase: 'is none of' },
  contains: { takes: 'part', test: contains, phrase: 'contains' },
  not_contains: { takes: 'part', test: negated(contains), phrase: 'does not contain' },
  starts_with: { takes: 'affix', test: startsWith, phrase: 'starts with' },
  ends_with: { takes: 'affix', test: endsWith, phrase: 'ends with' },
  matches: { takes: 'pattern', test: matches, phrase: 'matches' },
  between: { takes: 'range', test: isBetween, phrase: 'is between' },
  exists: { takes: 'nothing', test: exists, phrase: 'is given' },
  missing: { takes: 'nothing', test: negated(exists), phrase: 'is not given' },
  before: { takes: 'time', test: isBefore, phrase: 'is before' },
  after: { takes: 'time', test: isAfter, phrase: 'is after' },
  within_last: { takes: 'duration', test: isWithinLast, phrase: 'is within the last' },
} as const satisfies Record<string, Operator>

export type OperatorName = keyof typeof operators

// Object.keys loses the literal type; the table above is the only source of its keys.
export const operatorNames = Object.keys(operators) as readonly OperatorName[]

export function isOperatorName(name: unknown): name is OperatorName {
  return typeof name === 'string' && Object.hasOwn(operators, name)
}

/**
 * The operand of an operator whose value is that of another fact; undefined, and the comparison
 * unknown, where the fact holds what could not be written in its place.
 */
export function operandOfFact(operator: OperatorName, fact: unknown): Operand | undefined {
  const { prepare, isReferable } = operandForms[operators[operator].takes]
  if (!isReferable) return undefined
  const prepared = prepare(fact)
  return isRefusal(prepared) ? undefined : prepared
}

/** Milliseconds since 1970 UTC; NaN for all that is no time in a text. */
function timeOf(actual: unknown): number {
  return typeof actual === 'string' ? timeMs(actual) : Number.NaN
}
