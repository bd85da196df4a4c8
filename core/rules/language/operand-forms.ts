import { isStorableText } from '@pineos/contract/formats.ts'
import { parseDuration } from './duration.ts'
import type { Scalar } from './facts.ts'
import type { FaultCode } from './fault.ts'
import { timeMs } from './instant.ts'
import { listItemsMax, textCharactersMax } from './limits.ts'
import { kindOf, noOperand, type Operand, operandOf, type Range } from './operand.ts'
import { compilePattern } from './pattern.ts'

/** Why a value cannot stand on the right of an operator. */
export interface Refusal {
  readonly refusal: FaultCode
  readonly detail: string
}

/** A kind of value that an operator takes. */
interface OperandForm {
  /** Makes the value ready, or says why it cannot. */
  readonly prepare: (expected: unknown) => Operand | Refusal
  /** Whether the value of another fact can stand in its place. */
  readonly isReferable: boolean
}

export const operandForms = {
  /** Any one value. */
  scalar: { prepare: prepareScalar, isReferable: true },
  /** One value that has an order. */
  ordered: { prepare: prepareOrdered, isReferable: true },
  /** One value that can be a part of a text or of a list. */
  part: { prepare: preparePart, isReferable: true },
  /** A text that another can begin or end with. */
  affix: { prepare: prepareAffix, isReferable: true },
  time: { prepare: prepareTime, isReferable: true },
  list: { prepare: prepareList, isReferable: false },
  range: { prepare: prepareRange, isReferable: false },
  duration: { prepare: prepareDuration, isReferable: false },
  pattern: { prepare: preparePattern, isReferable: false },
  nothing: { prepare: prepareNothing, isReferable: false },
} as const satisfies Record<string, OperandForm>

export type OperandFormName = keyof typeof operandForms

export function isRefusal(prepared: Operand | Refusal): prepared is Refusal {
  return 'refusal' in prepared
}

function refuse(detail: string, refusal: FaultCode = 'type'): Refusal {
  return { refusal, detail }
}

function isScalar(value: unknown): value is Scalar {
  if (typeof value === 'string') return value.length <= textCharactersMax && isStorableText(value)
  return kindOf(value) !== 0
}

const scalarExpected = `Give a text of at most ${textCharactersMax} characters, a number, true or false.`

function prepareScalar(expected: unknown): Operand | Refusal {
  return isScalar(expected) ? operandOf(expected) : refuse(scalarExpected)
}

function prepareOrdered(expected: unknown): Operand | Refusal {
  if (!isScalar(expected) || typeof expected === 'boolean')
    return refuse(`Give a number, or a text of at most ${textCharactersMax} characters.`)
  return isNumberInQuotes(expected) ? refuse(numberInQuotes) : operandOf(expected)
}

// Text is ordered by its characters, "90" after "100": who writes this means the number.
const numberInQuotes =
  'A number in quotes is text, and as text "90" comes after "100". Give the number without quotes.'

function isNumberInQuotes(value: Scalar): boolean {
  return typeof value === 'string' && value.trim() !== '' && Number.isFinite(Number(value))
}

function preparePart(expected: unknown): Operand | Refusal {
  return expected === ''
    ? refuse('Every text contains the empty text. Give the text to look for.')
    : prepareScalar(expected)
}

function prepareAffix(expected: unknown): Operand | Refusal {
  if (typeof expected !== 'string' || !isScalar(expected) || expected === '')
    return refuse(`Give a text of 1 to ${textCharactersMax} characters.`)
  return operandOf(expected)
}

function prepareTime(expected: unknown): Operand | Refusal {
  const ms = typeof expected === 'string' ? timeMs(expected) : Number.NaN
  return Number.isNaN(ms)
    ? refuse(
        'Give a time with its offset, such as "2027-01-31T12:00:00Z", or a date, such as "2027-01-31".',
        typeof expected === 'string' ? 'format' : 'type',
      )
    : { ...noOperand, timeMs: ms }
}

function prepareList(expected: unknown): Operand | Refusal {
  if (!Array.isArray(expected) || expected.length === 0)
    return refuse('Give a list of at least one value.')
  if (expected.length > listItemsMax) return refuse(`A list has at most ${listItemsMax} values.`)
  const index = expected.findIndex((item) => !isScalar(item))
  return index === -1
    ? operandOf(expected)
    : refuse(`Value ${index} of the list cannot be compared. ${scalarExpected}`)
}

function prepareRange(expected: unknown): Operand | Refusal {
  const [low, high]: readonly unknown[] =
    Array.isArray(expected) && expected.length === 2 ? expected : []
  const range = rangeOf(low, high)
  if (!range)
    return refuse(
      'Give a list of two values, the lowest and the highest: two numbers, two times or two texts.',
    )
  if (range.kind === 'text' && (isNumberInQuotes(range.low) || isNumberInQuotes(range.high)))
    return refuse(numberInQuotes)
  return range.low > range.high
    ? refuse('The lowest value comes first.', 'range')
    : { ...noOperand, range }
}

function rangeOf(low: unknown, high: unknown): Range | undefined {
  if (!isScalar(low) || !isScalar(high)) return undefined
  if (typeof low === 'number' && typeof high === 'number') return { kind: 'number', low, high }
  if (typeof low !== 'string' || typeof high !== 'string') return undefined
  const [lowMs, highMs] = [timeMs(low), timeMs(high)]
  if (Number.isNaN(lowMs) && Number.isNaN(highMs)) return { kind: 'text', low, high }
  // One time and one text that is none: what lies between them is anybody's guess.
  if (Number.isNaN(lowMs) || Number.isNaN(highMs)) return undefined
  return { kind: 'time', low: lowMs, high: highMs }
}

function prepareDuration(expected: unknown): Operand | Refusal {
  if (typeof expected !== 'string')
    return refuse('Give an ISO 8601 duration in quotes, such as "P30D".')
  const duration = parseDuration(expected)
  return typeof duration === 'string' ? refuse(duration, 'format') : { ...noOperand, duration }
}

function preparePattern(expected: unknown): Operand | Refusal {
  const pattern = compilePattern(expected)
  return typeof pattern === 'string'
    ? refuse(pattern, typeof expected === 'string' ? 'format' : 'type')
    : { ...noOperand, pattern }
}

function prepareNothing(expected: unknown): Operand | Refusal {
  return expected === undefined
    ? noOperand
    : refuse('This operator takes no value: leave it out.', 'unknown_property')
}
