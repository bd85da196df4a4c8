import { isStorableText } from '@pineos/contract/formats.ts'
import type { Scalar } from './facts.ts'
import { listItemsMax, textCharactersMax } from './limits.ts'
import { kindOf, type Operand } from './operand.ts'
import { any, not, type Truth, truthOf } from './truth.ts'

/** Tests a fact. What is missing, null or of another kind than the operand is unknown. */
export type Test = (actual: unknown, operand: Operand, atMs: number) => Truth

/** One operator: what it may be compared with, how it is tested, how it is said. */
interface Operator {
  /** Why the value cannot stand on the right of it, in a sentence; undefined where it can. */
  readonly refuse: (expected: unknown) => string | undefined
  readonly test: Test
  readonly phrase: string
}

const equals: Test = (actual, { scalar, kinds }) => {
  if (actual === scalar) return 'true'
  return (kindOf(actual) & kinds) === 0 ? 'unknown' : 'false'
}

const isIn: Test = (actual, { listed, kinds }) => {
  // A set finds a value only where it is the same scalar of the same kind.
  if (listed.has(actual as Scalar)) return 'true'
  return (kindOf(actual) & kinds) === 0 ? 'unknown' : 'false'
}

/** Of a text, a part of it; of a list, one of its values, each compared as `==` does. */
const contains: Test = (actual, operand) => {
  const { scalar } = operand
  if (typeof actual === 'string')
    return typeof scalar === 'string' ? truthOf(actual.includes(scalar)) : 'unknown'
  if (!Array.isArray(actual) || actual.length > listItemsMax) return 'unknown'
  return any(actual.map((item: unknown) => equals(item, operand, 0)))
}

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

const negated =
  (test: Test): Test =>
  (actual, operand, atMs) =>
    not(test(actual, operand, atMs))

export const operators = {
  '==': { refuse: refuseNonScalar, test: equals, phrase: 'is' },
  '!=': { refuse: refuseNonScalar, test: negated(equals), phrase: 'is not' },
  '>': { refuse: refuseUnordered, test: isMore, phrase: 'is more than' },
  '<': { refuse: refuseUnordered, test: isLess, phrase: 'is less than' },
  '>=': { refuse: refuseUnordered, test: negated(isLess), phrase: 'is at least' },
  '<=': { refuse: refuseUnordered, test: negated(isMore), phrase: 'is at most' },
  in: { refuse: refuseNonList, test: isIn, phrase: 'is one of' },
  not_in: { refuse: refuseNonList, test: negated(isIn), phrase: 'is none of' },
  contains: { refuse: refuseNonPart, test: contains, phrase: 'contains' },
} as const satisfies Record<string, Operator>

export type OperatorName = keyof typeof operators

// Object.keys loses the literal type; the table above is the only source of its keys.
export const operatorNames = Object.keys(operators) as readonly OperatorName[]

export function isOperatorName(name: unknown): name is OperatorName {
  return typeof name === 'string' && Object.hasOwn(operators, name)
}

function isScalar(value: unknown): value is Scalar {
  if (typeof value === 'string') return value.length <= textCharactersMax && isStorableText(value)
  return kindOf(value) !== 0
}

const scalarExpected = `Give a text of at most ${textCharactersMax} characters, a number, true or false.`

function refuseNonScalar(expected: unknown): string | undefined {
  return isScalar(expected) ? undefined : scalarExpected
}

function refuseUnordered(expected: unknown): string | undefined {
  if (!isScalar(expected) || typeof expected === 'boolean')
    return `Give a number, or a text of at most ${textCharactersMax} characters.`
  // Text is ordered by its characters, "90" after "100": who writes this means the number.
  return typeof expected === 'string' && looksLikeNumber(expected)
    ? 'A number in quotes is text, and as text "90" comes after "100". Give the number without quotes.'
    : undefined
}

function looksLikeNumber(text: string): boolean {
  return text.trim() !== '' && Number.isFinite(Number(text))
}

function refuseNonList(expected: unknown): string | undefined {
  if (!Array.isArray(expected) || expected.length === 0) return 'Give a list of at least one value.'
  if (expected.length > listItemsMax) return `A list has at most ${listItemsMax} values.`
  const index = expected.findIndex((item) => !isScalar(item))
  return index === -1
    ? undefined
    : `Value ${index} of the list cannot be compared. ${scalarExpected}`
}

function refuseNonPart(expected: unknown): string | undefined {
  return expected === ''
    ? 'Every text contains the empty text. Give the text to look for.'
    : refuseNonScalar(expected)
}
