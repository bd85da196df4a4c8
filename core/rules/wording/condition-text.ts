import { aggregateText } from '../evaluation/subject-text.ts'
import type { Comparison, Condition, GroupMode, Subject } from '../language/condition.ts'
import { operators } from '../language/operators.ts'
import { shorten } from '../language/text.ts'
import { durationText } from './window-text.ts'

const valueCodeUnitsMax = 60
const valuesShownMax = 5

/** A condition in words: `referred.country is one of US, CA`. */
export function conditionText(condition: Condition): string {
  return condition.kind === 'comparison' ? comparisonText(condition) : groupText(condition)
}

function comparisonText(comparison: Comparison): string {
  const { subject, operator, operand } = comparison
  const name = subjectName(subject)
  if (operand.scalar === true && operator === '==') return `${name} is true`
  const { phrase } = operators[operator]
  const { duration } = operand
  const value = duration ? durationText(duration) : expectedText(comparison)
  return value === '' ? `${name} ${phrase}` : `${name} ${phrase} ${value}`
}

/** What a subject is called in a sentence. */
export function subjectName(subject: Subject): string {
  return subject.kind === 'fact' ? subject.path.text : aggregateText(subject.aggregate)
}

function expectedText({ expected, operator, reference }: Comparison): string {
  if (reference) return reference.text
  if (expected === null) return ''
  const values = Array.isArray(expected) ? expected : [expected]
  const shown = values.slice(0, valuesShownMax).map(valueText)
  if (operator === 'between') return shown.join(' and ')
  const more = values.length - shown.length
  return more === 0 ? shown.join(', ') : `${shown.join(', ')} and ${more} more`
}

function valueText(value: unknown): string {
  if (value === '') return '""'
  return typeof value === 'number' ? String(value) : shorten(String(value), valueCodeUnitsMax)
}

const groupBeginnings: Readonly<Record<GroupMode, string>> = {
  all: 'all of',
  any: 'any of',
  none: 'none of',
}

function groupText({ mode, nodes }: { mode: GroupMode; nodes: readonly Condition[] }): string {
  return `${groupBeginnings[mode]} (${nodes.map(conditionText).join('; ')})`
}
