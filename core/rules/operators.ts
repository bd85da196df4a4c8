import type { Scalar } from './facts.ts'
import { listItemsMax, textCharactersMax } from './limits.ts'
import { type Truth, truthOf } from './truth.ts'

/** One operator: what it may be compared with, how it is tested, how it is said. */
interface Operator {
  /** Why the value cannot stand on the right of it, in a sentence; undefined where it can. */
  readonly refuse: (expected: unknown) => string | undefined
  /** `actual` is never undefined or null here; of another type than asked for, it is unknown. */
  readonly test: (actual: unknown, expected: Scalar | readonly Scalar[]) => Truth
  readonly phrase: string
}

const equals = (actual: unknown, expected: Scalar | readonly Scalar[]): Truth =>
  typeof actual === typeof expected && !Array.isArray(expected)
    ? truthOf(actual === expected)
    : 'unknown'

const ordered =
  (holds: (order: number) => boolean) =>
  (actual: unknown, expected: Scalar | readonly Scalar[]): Truth => {
    if (typeof actual === 'number' && typeof expected === 'number')
      return truthOf(holds(actual - expected))
    // Text is ordered by code units; of RFC 3339 times in UTC that is the order of time.
    if (typeof actual === 'string' && typeof expected === 'string')
      return truthOf(holds(compareText(actual, expected)))
    return 'unknown'
  }

const isIn = (actual: unknown, expected: Scalar | readonly Scalar[]): Truth => {
  if (!Array.isArray(expected) || !expected.some((item) => typeof item === typeof actual))
    return 'unknown'
  return truthOf(expected.includes(actual as Scalar))
}

const negated =
  (test: Operator['test']): Operator['test'] =>
  (actual, expected) => {
    const truth = test(actual, expected)
    if (truth === 'unknown') return truth
    return truthOf(truth === 'false')
  }

const contains = (actual: unknown, expected: Scalar | readonly Scalar[]): Truth => {
  if (typeof actual === 'string' && typeof expected === 'string')
    return truthOf(actual.includes(expected))
  return Array.isArray(actual) ? truthOf(actual.includes(expected)) : 'unknown'
}

export const operators = {
  '==': { refuse: refuseNonScalar, test: equals, phrase: 'is' },
  '!=': { refuse: refuseNonScalar, test: negated(equals), phrase: 'is not' },
  '>': { refuse: refuseUnordered, test: ordered((order) => order > 0), phrase: 'is more than' },
  '<': { refuse: refuseUnordered, test: ordered((order) => order < 0), phrase: 'is less than' },
  '>=': { refuse: refuseUnordered, test: ordered((order) => order >= 0), phrase: 'is at least' },
  '<=': { refuse: refuseUnordered, test: ordered((order) => order <= 0), phrase: 'is at most' },
  in: { refuse: refuseNonList, test: isIn, phrase: 'is one of' },
  not_in: { refuse: refuseNonList, test: negated(isIn), phrase: 'is none of' },
  contains: { refuse: refuseNonScalar, test: contains, phrase: 'contains' },
} as const satisfies Record<string, Operator>

export type OperatorName = keyof typeof operators

// Object.keys loses the literal type; the table above is the only source of its keys.
export const operatorNames = Object.keys(operators) as readonly OperatorName[]

export function isOperatorName(name: unknown): name is OperatorName {
  return typeof name === 'string' && Object.hasOwn(operators, name)
}

/** Tests a fact. Missing and null facts are unknown under every operator. */
export function testFact(
  name: OperatorName,
  actual: unknown,
  expected: Scalar | readonly Scalar[],
): Truth {
  if (actual === undefined || actual === null) return 'unknown'
  return operators[name].test(actual, expected)
}

function compareText(first: string, second: string): number {
  if (first === second) return 0
  return first < second ? -1 : 1
}

function isScalar(value: unknown): value is Scalar {
  if (typeof value === 'string') return value.length <= textCharactersMax
  return typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value))
}

const scalarExpected = `Give a text of at most ${textCharactersMax} characters, a number, true or false.`

function refuseNonScalar(expected: unknown): string | undefined {
  return isScalar(expected) ? undefined : scalarExpected
}

function refuseUnordered(expected: unknown): string | undefined {
  const isOrdered = isScalar(expected) && typeof expected !== 'boolean'
  return isOrdered
    ? undefined
    : `Give a number, or a text of at most ${textCharactersMax} characters.`
}

function refuseNonList(expected: unknown): string | undefined {
  if (!Array.isArray(expected) || expected.length === 0) return 'Give a list of at least one value.'
  if (expected.length > listItemsMax) return `A list has at most ${listItemsMax} values.`
  const index = expected.findIndex((item) => !isScalar(item))
  return index === -1
    ? undefined
    : `Value ${index} of the list cannot be compared. ${scalarExpected}`
}
