import type { Comparison } from '../language/condition.ts'
import { tracedListItemsMax, tracedTextCodeUnitsMax } from '../language/limits.ts'
import { kindOf } from '../language/operand.ts'
import { operators } from '../language/operators.ts'
import { shorten } from '../language/text.ts'
import type { Truth } from '../language/truth.ts'
import type { HistoryValue } from './history.ts'
import { subjectText } from './subject-text.ts'

const shownCodeUnitsMax = 80

/** What a comparison found. */
export interface Compared {
  readonly outcome: Truth
  /** Of a fact over history: the number, undefined where it is not known. */
  readonly actual: unknown
  /** What history said, where the comparison is about history. */
  readonly history: HistoryValue | undefined
  /** The value of the fact it was compared with, where it names one. */
  readonly other: unknown
}

/** What a comparison found, in a sentence with the actual value. */
export function explain(comparison: Comparison, compared: Compared): string {
  const { actual, outcome } = compared
  const name = subjectText(comparison.subject)
  const wanted = wantedOf(comparison, compared)
  const missing = missingOf(comparison, compared)
  if (missing !== undefined && outcome !== 'true')
    return `${outcome === 'unknown' ? 'unknown' : 'not met'}: ${missing}; met when it ${wanted}.`
  const found = `${name} is ${show(actual)}`
  switch (outcome) {
    case 'true':
      return `met: ${name} ${wanted}${sayActual(comparison, actual)}.`
    case 'false':
      return `not met: ${found}; met when it ${wanted}.`
    case 'unknown':
      return `unknown: ${found}, which cannot be compared; met when it ${wanted}.`
  }
}

/** Why there is nothing to compare, where there is nothing. */
function missingOf(
  { subject, reference }: Comparison,
  { actual, history, other }: Compared,
): string | undefined {
  const name = subjectText(subject)
  if (history?.kind === 'unknown') return `${name} is not known: ${history.reason}`
  if (actual === undefined) return `${name} was not in the event`
  if (actual === null) return `${name} was null`
  if (reference === null || kindOf(other) !== 0) return undefined
  const how = other === undefined ? 'was not in the event' : `is ${show(other)}`
  return `${reference.text}, with which it is compared, ${how}`
}

function wantedOf({ operator, expected, reference }: Comparison, { other }: Compared): string {
  const { phrase } = operators[operator]
  if (reference) {
    const value = kindOf(other) === 0 ? '' : ` (${show(other)})`
    return `${phrase} ${reference.text}${value}`
  }
  return expected === null ? phrase : `${phrase} ${show(expected)}`
}

function sayActual({ operator, expected }: Comparison, actual: unknown): string {
  return operator === '==' || expected === null ? '' : `; it is ${show(actual)}`
}

/**
 * What a trace repeats of a fact: the fact itself where it is a scalar or a short list of scalars;
 * long text cut; null for all else, of which the sentence says what it is. An event is read by
 * hundreds of conditions, so a trace must not repeat it as a whole each time.
 */
export function traced(actual: unknown): unknown {
  if (Array.isArray(actual)) {
    const isShort =
      actual.length <= tracedListItemsMax && actual.every((item) => kindOf(item) !== 0)
    return isShort ? actual.map(traced) : null
  }
  if (typeof actual === 'string') return shorten(actual, tracedTextCodeUnitsMax)
  return kindOf(actual) === 0 ? null : actual
}

function show(value: unknown): string {
  if (!Array.isArray(value)) return showOne(value)
  if (value.length === 0) return 'an empty list'
  // More items than characters are shown would be cut anyway.
  return shorten(value.slice(0, shownCodeUnitsMax).map(showOne).join(', '), shownCodeUnitsMax)
}

function showOne(value: unknown): string {
  if (typeof value === 'string')
    return shorten(JSON.stringify(value.slice(0, shownCodeUnitsMax + 1)), shownCodeUnitsMax)
  if (Array.isArray(value)) return 'a list'
  return typeof value === 'object' && value !== null ? 'an object' : String(value)
}
