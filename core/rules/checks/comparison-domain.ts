import type { Comparison, Subject } from '../language/condition.ts'
import type { Scalar } from '../language/facts.ts'
import { kindOf, type Operand, type Range } from '../language/operand.ts'
import type { OperatorName } from '../language/operators.ts'
import { anyPresent, anyValue, type Domain, domainOf, noValue } from './domain.ts'
import { above, below, between, complement, everything, type IntervalSet } from './interval-set.ts'

/** For which values a comparison is true and for which it is false; for all others it is unknown. */
export interface ComparisonDomain {
  readonly whenTrue: Domain
  readonly whenFalse: Domain
  /** Whether these are all of them and no more; else they can be more. */
  readonly isExact: boolean
}

/** Operators that are the negation of another. */
const negations: Partial<Readonly<Record<OperatorName, OperatorName>>> = {
  '!=': '==',
  '>=': '<',
  '<=': '>',
  not_in: 'in',
  not_contains: 'contains',
  missing: 'exists',
}

/** The operator without its negation, and whether it had one. */
export function positive(operator: OperatorName): {
  readonly operator: OperatorName
  readonly isNegated: boolean
} {
  const negated = negations[operator]
  return { operator: negated ?? operator, isNegated: negated !== undefined }
}

/** Values of a list that are told apart; of a longer one only their kinds are known. */
export const valuesComparedMax = 500

/** A rule is read many times over, and never changed. */
const remembered = new WeakMap<Comparison, ComparisonDomain>()

/** The values for which the comparison is true or false. */
export function comparisonDomain(comparison: Comparison): ComparisonDomain {
  const known = remembered.get(comparison)
  if (known) return known
  const found = readingOf(comparison)
  remembered.set(comparison, found)
  return found
}

function readingOf(comparison: Comparison): ComparisonDomain {
  const { operator, isNegated } = positive(comparison.operator)
  const found = comparison.reference
    ? anything
    : (readings[operator]?.(comparison.operand) ?? anything)
  return isNegated ? { ...found, whenTrue: found.whenFalse, whenFalse: found.whenTrue } : found
}

type Reading = (operand: Operand) => ComparisonDomain

const anything: ComparisonDomain = {
  whenTrue: anyPresent,
  whenFalse: anyPresent,
  isExact: false,
}
const text: Domain = { ...noValue, texts: everything }
const time: Domain = { ...text, times: everything }

const readings: Partial<Readonly<Record<OperatorName, Reading>>> = {
  '==': ({ scalar }) => listed(scalar === undefined ? [] : [scalar]),
  in: ({ listed: values }) => listed([...values]),
  '>': ({ scalar }) =>
    ordered(scalar, (value) => [above(value, false), below(value, true)] as const),
  '<': ({ scalar }) =>
    ordered(scalar, (value) => [below(value, false), above(value, true)] as const),
  between: ({ range }) => (range ? ranged(range) : anything),
  exists: () => ({
    whenTrue: anyPresent,
    whenFalse: { ...noValue, absent: true },
    isExact: true,
  }),
  before: ({ timeMs }) => timed(below(timeMs, false)),
  after: ({ timeMs }) => timed(above(timeMs, false)),
  within_last: () => ({ whenTrue: time, whenFalse: time, isExact: false }),
  // A list can contain anything; a text only text.
  contains: ({ scalar }) => {
    const found = { ...noValue, texts: typeof scalar === 'string' ? everything : [], others: true }
    return { whenTrue: found, whenFalse: found, isExact: false }
  },
  starts_with: ({ scalar }) => (typeof scalar === 'string' ? beginning(scalar) : anything),
  ends_with: () => ({ whenTrue: text, whenFalse: text, isExact: false }),
  matches: () => ({ whenTrue: text, whenFalse: text, isExact: false }),
}

function listed(values: readonly Scalar[]): ComparisonDomain {
  const kinds = new Set(values.map(kindOf))
  if (values.length > valuesComparedMax) {
    const ofKinds = {
      ...noValue,
      numbers: kinds.has(kindOf(0)) ? everything : [],
      texts: kinds.has(kindOf('')) ? everything : [],
      truths: kinds.has(kindOf(true)) ? [false, true] : [],
    }
    return { whenTrue: ofKinds, whenFalse: ofKinds, isExact: false }
  }
  const whenTrue = domainOf(values)
  return {
    whenTrue,
    whenFalse: {
      ...noValue,
      numbers: kinds.has(kindOf(0)) ? complement(whenTrue.numbers) : [],
      texts: kinds.has(kindOf('')) ? complement(whenTrue.texts) : [],
      truths: kinds.has(kindOf(true))
        ? [false, true].filter((truth) => !values.includes(truth))
        : [],
    },
    isExact: true,
  }
}

function ordered(
  scalar: Scalar | undefined,
  parts: <Value extends number | string>(
    value: Value,
  ) => readonly [IntervalSet<Value>, IntervalSet<Value>],
): ComparisonDomain {
  if (typeof scalar === 'number') {
    const [yes, no] = parts(scalar)
    const numbers = (set: IntervalSet<number>) => ({ ...noValue, numbers: set })
    return { whenTrue: numbers(yes), whenFalse: numbers(no), isExact: true }
  }
  if (typeof scalar !== 'string') return anything
  const [yes, no] = parts(scalar)
  const texts = (set: IntervalSet<string>) => ({ ...noValue, texts: set })
  return { whenTrue: texts(yes), whenFalse: texts(no), isExact: true }
}

function ranged(range: Range): ComparisonDomain {
  if (range.kind === 'time') return timed(between(range.low, range.high))
  if (range.kind === 'number') {
    const numbers = between(range.low, range.high)
    return {
      whenTrue: { ...noValue, numbers },
      whenFalse: { ...noValue, numbers: complement(numbers) },
      isExact: true,
    }
  }
  return textual(between(range.low, range.high))
}

function textual(texts: IntervalSet<string>): ComparisonDomain {
  return {
    whenTrue: { ...noValue, texts },
    whenFalse: { ...noValue, texts: complement(texts) },
    isExact: true,
  }
}

function timed(times: IntervalSet<number>): ComparisonDomain {
  return {
    whenTrue: { ...text, times },
    whenFalse: { ...text, times: complement(times) },
    isExact: true,
  }
}

/** In the order of code units, all texts that begin with another follow it up to its successor. */
function beginning(start: string): ComparisonDomain {
  const last = start.charCodeAt(start.length - 1)
  if (last === 0xffff) return { whenTrue: text, whenFalse: text, isExact: false }
  const successor = start.slice(0, -1) + String.fromCharCode(last + 1)
  const [interval] = between(start, successor)
  return textual(interval ? [{ ...interval, includesHigh: false }] : [])
}

/** What a fact over history can be: a whole number, of what is counted none below zero. */
export function baseDomain(subject: Subject): Domain {
  if (subject.kind === 'fact') return anyValue
  const { function: name } = subject.aggregate.metric
  const isCount = name === 'count' || name === 'distinct'
  return {
    ...noValue,
    absent: true,
    isWhole: true,
    numbers: isCount ? above(0, true) : everything,
  }
}
