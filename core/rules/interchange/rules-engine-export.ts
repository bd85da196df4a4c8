import {
  type Comparison,
  type ExportedRule,
  Exporting,
  type Format,
  negations,
  reportMembers,
} from './exported-rule.ts'
import { isScalar, type Json, type JsonObject } from './finding.ts'

/**
 * Writes a rule for json-rules-engine, with its actions in `event.params.actions`. What cannot be told
 * from a missing fact there is refused: it would pay for events that say nothing.
 */
export function exportRulesEngine(rule: JsonObject, name: string): ExportedRule {
  const exporting = new Exporting()
  const { priority, actions } = rule
  // There a priority is at least 1.
  const isKept = typeof priority === 'number' && priority >= 1
  reportMembers(rule, isKept ? ['actions', 'priority'] : ['actions'], exporting)
  const format: Format = {
    comparison: (comparison, isHeld) => comparisonOf(comparison, isHeld, exporting),
    all: (parts) => grouped('all', parts),
    any: (parts) => grouped('any', parts),
  }
  const written = exporting.conditions(rule, format)
  const isGroup = typeof written === 'object' && written !== null && !('fact' in written)
  return exporting.finish({
    name,
    conditions: isGroup ? written : { all: [written] },
    event: { type: 'reward', params: { actions: actions ?? [] } },
    ...(isKept ? { priority } : {}),
  })
}

function grouped(mode: 'all' | 'any', parts: readonly Json[]): Json {
  return parts.length === 1 ? (parts[0] ?? null) : { [mode]: parts }
}

/** A condition on the fact of a comparison. */
const on = (field: string, operator: string, value: Json): JsonObject => {
  const [fact = '', ...inside] = field.split('.')
  return { fact, ...(inside.length > 0 ? { path: `$.${inside.join('.')}` } : {}), operator, value }
}

/** True of numbers, and of text and lists that begin with one. */
const isNumber = (field: string) => on(field, 'greaterThanInclusive', -Number.MAX_VALUE)

/** Conditions that hold where the comparison is true, or false; undefined where there are none. */
type Writer = (field: string, value: Json, isHeld: boolean) => Json | undefined

const equality: Writer = (field, value, isHeld) => {
  if (!isScalar(value)) return undefined
  if (isHeld) return on(field, 'equal', value)
  // Of another text it cannot be told whether it is a text at all.
  if (typeof value === 'string') return undefined
  return typeof value === 'boolean'
    ? on(field, 'equal', !value)
    : { all: [isNumber(field), on(field, 'notEqual', value)] }
}

const membership: Writer = (field, value, isHeld) => {
  if (!Array.isArray(value)) return undefined
  if (isHeld) return on(field, 'in', value)
  const areNumbers = value.every((item) => typeof item === 'number')
  return areNumbers ? { all: [isNumber(field), on(field, 'notIn', value)] } : undefined
}

const ordered =
  (name: string, opposite: string): Writer =>
  (field, value, isHeld) =>
    typeof value === 'number' ? on(field, isHeld ? name : opposite, value) : undefined

const between: Writer = (field, value, isHeld) => {
  const [low, high] = Array.isArray(value) ? (value as readonly Json[]) : []
  if (typeof low !== 'number' || typeof high !== 'number') return undefined
  return isHeld
    ? { all: [on(field, 'greaterThanInclusive', low), on(field, 'lessThanInclusive', high)] }
    : { any: [on(field, 'lessThan', low), on(field, 'greaterThan', high)] }
}

const contains: Writer = (field, value, isHeld) =>
  isHeld && isScalar(value) ? on(field, 'contains', value) : undefined

const writers: Readonly<Record<string, Writer>> = {
  '==': equality,
  in: membership,
  '>': ordered('greaterThan', 'lessThanInclusive'),
  '<': ordered('lessThan', 'greaterThanInclusive'),
  '>=': ordered('greaterThanInclusive', 'lessThan'),
  '<=': ordered('lessThanInclusive', 'greaterThan'),
  between,
  contains,
}

const simplePath = /^[^.]+(?:\.[A-Za-z_]\w*)*$/

function comparisonOf(
  { pointer, field, operator, value = null }: Comparison,
  isHeld: boolean,
  exporting: Exporting,
): Json | undefined {
  const negated = Object.hasOwn(negations, operator) ? negations[operator] : undefined
  const name = negated ?? operator
  if (!simplePath.test(field))
    return exporting.refuse(pointer, `json-rules-engine reads ${field} in another way.`)
  const writer = Object.hasOwn(writers, name) ? writers[name] : undefined
  const written = writer?.(field, value, negated === undefined ? isHeld : !isHeld)
  if (written === undefined) {
    const what = isHeld ? operator : `the opposite of ${operator}`
    return exporting.refuse(
      pointer,
      `json-rules-engine has nothing for ${what} with this value that a missing fact does not meet.`,
    )
  }
  if (field.includes('.'))
    exporting.differences.add(
      pointer,
      `Where ${field.split('.')[0]} is no object, json-rules-engine compares it in the place of what is in it.`,
    )
  if (name === 'contains' && typeof value === 'string')
    exporting.differences.add(pointer, 'json-rules-engine finds it in lists and not in texts.')
  if (name !== 'contains' && JSON.stringify(written).includes('Than'))
    exporting.differences.add(
      pointer,
      'json-rules-engine takes text and lists that begin with a number for a number.',
    )
  return written
}
