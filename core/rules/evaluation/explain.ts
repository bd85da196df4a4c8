import type { Comparison, Subject } from '../language/condition.ts'
import { tracedListItemsMax, tracedTextCodeUnitsMax } from '../language/limits.ts'
import { kindOf } from '../language/operand.ts'
import { operators } from '../language/operators.ts'
import { shorten } from '../language/text.ts'
import type { Truth } from '../language/truth.ts'

const shownCodeUnitsMax = 80

/** What a comparison found, in a sentence with the actual value. */
export function explain(
  { subject, operator, expected }: Comparison,
  actual: unknown,
  outcome: Truth,
): string {
  const path = { text: subjectText(subject) }
  const wanted = `${operators[operator].phrase} ${show(expected)}`
  if (actual === undefined)
    return `unknown: ${path.text} was not in the event; met when it ${wanted}.`
  if (actual === null) return `unknown: ${path.text} was null; met when it ${wanted}.`
  const found = `${path.text} is ${show(actual)}`
  switch (outcome) {
    case 'true':
      return `met: ${path.text} ${wanted}${operator === '==' ? '' : `; it is ${show(actual)}`}.`
    case 'false':
      return `not met: ${found}; met when it ${wanted}.`
    case 'unknown':
      return `unknown: ${found}, which cannot be compared; met when it ${wanted}.`
  }
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

function subjectText(subject: Subject): string {
  return subject.kind === 'fact' ? subject.path.text : subject.aggregate.metric.id
}
