import {
  type Comparison,
  type ExportedRule,
  Exporting,
  negations,
  reportMembers,
} from './exported-rule.ts'
import { isJsonObject, isScalar, type Json, type JsonObject } from './finding.ts'
import { kindTests, partTests } from './json-logic-idioms.ts'
import { isReadAlikeByPresence, isReadAlikeByValue, pathRefusal } from './json-logic-path.ts'

/**
 * Writes the conditions of a rule as JSONLogic that is true exactly where they are met, or says where it is
 * not. What a rule leaves
 * unknown JSONLogic would take for different, so that each comparison asks for the kind of the fact first.
 */
export function exportJsonLogic(rule: JsonObject): ExportedRule {
  const exporting = new Exporting()
  reportMembers(rule, [], exporting)
  const document = exporting.conditions(rule, {
    comparison: (comparison, isHeld) => comparisonOf(comparison, isHeld, exporting),
    all: (parts) => joined('and', parts),
    any: (parts) => joined('or', parts),
  })
  return exporting.finish(document)
}

function joined(name: 'and' | 'or', parts: readonly Json[]): Json {
  if (parts.length === 0) return name === 'and'
  return parts.length === 1 ? (parts[0] ?? null) : { [name]: parts }
}

/** One operator: what must hold where it is true, and where it is false. */
type Writer = (fact: JsonObject, value: Json, isHeld: boolean) => Json | undefined

const and = (...parts: readonly Json[]) => joined('and', parts)
const or = (...parts: readonly Json[]) => joined('or', parts)

const kindQuestions = {
  ...kindTests,
  truth: (fact: Json): JsonObject => ({ in: [fact, [true, false]] }),
}
type Kind = keyof typeof kindQuestions

function kindOf(value: Json): Kind | undefined {
  if (typeof value === 'string') return 'text'
  if (typeof value === 'number') return 'number'
  return typeof value === 'boolean' ? 'truth' : undefined
}

/** That the fact is of one of the kinds of the values. */
function isLike(fact: Json, values: readonly Json[]): Json {
  const kinds = new Set(values.flatMap((value) => kindOf(value) ?? []))
  return or(...[...kinds].map((kind) => kindQuestions[kind](fact)))
}

/** That both facts are of one kind, and the comparison. */
const bothLike = (kinds: readonly Kind[], facts: readonly Json[], comparison: JsonObject) =>
  or(...kinds.map((kind) => and(...facts.map((fact) => kindQuestions[kind](fact)), comparison)))

const equality: Writer = (fact, value, isHeld) => {
  const comparison = { [isHeld ? '===' : '!==']: [fact, value] }
  if (isJsonObject(value)) return bothLike(['text', 'number', 'truth'], [fact, value], comparison)
  return isHeld ? comparison : and(isLike(fact, [value]), comparison)
}

const ordered =
  (name: string, opposite: string): Writer =>
  (fact, value, isHeld) => {
    const comparison = { [isHeld ? name : opposite]: [fact, value] }
    if (isJsonObject(value)) return bothLike(['number'], [fact, value], comparison)
    return and(isLike(fact, [value]), comparison)
  }

const membership: Writer = (fact, value, isHeld) => {
  if (!Array.isArray(value)) return undefined
  const isIn = { in: [fact, value] }
  return isHeld ? isIn : and(isLike(fact, value), { '!': isIn })
}

const contains: Writer = (fact, value, isHeld) => {
  if (!isScalar(value)) return undefined
  const isIn = { in: [value, fact] }
  // JSONLogic looks for the digits of a number in a text.
  if (isHeld) return kindOf(value) === 'text' ? isIn : and({ '!': kindTests.text(fact) }, isIn)
  const item = { var: '' }
  const isDifferent = and(isLike(item, [value]), { '!==': [item, value] })
  const isOther = and(or({ some: [fact, true] }, isEmptyList(fact)), {
    none: [fact, { '!': isDifferent }],
  })
  return kindOf(value) === 'text' ? or(and(kindTests.text(fact), { '!': isIn }), isOther) : isOther
}

/** Of what is false to JSONLogic only an empty list is none of these. */
const isEmptyList = (fact: Json) =>
  and({ '!': [fact] }, { '!': { in: [fact, ['', 0, false, null]] } })

const between: Writer = (fact, value, isHeld) => {
  const [low, high] = Array.isArray(value) ? (value as readonly Json[]) : []
  // Texts may be times, whose order is not that of their characters.
  if (typeof low !== 'number' || typeof high !== 'number') return undefined
  const isWithin = { '<=': [low, fact, high] }
  return and(kindTests.number(fact), isHeld ? isWithin : { '!': isWithin })
}

const part =
  (name: 'starts_with' | 'ends_with'): Writer =>
  (fact, value, isHeld) => {
    if (typeof value !== 'string') return undefined
    const test = partTests[name](fact, value)
    return and(kindTests.text(fact), isHeld ? test : { '!': test })
  }

const presence: Writer = (fact, _value, isHeld) => ({ [isHeld ? '!==' : '===']: [fact, null] })

const orders: Readonly<Record<string, Writer>> = {
  '>': ordered('>', '<='),
  '<': ordered('<', '>='),
  '>=': ordered('>=', '<'),
  '<=': ordered('<=', '>'),
}

const writers: Readonly<Record<string, Writer>> = {
  ...orders,
  '==': equality,
  in: membership,
  contains,
  between,
  starts_with: part('starts_with'),
  ends_with: part('ends_with'),
  exists: presence,
}

function comparisonOf(
  { pointer, field, operator, value = null }: Comparison,
  isHeld: boolean,
  exporting: Exporting,
): Json | undefined {
  const negated = Object.hasOwn(negations, operator) ? negations[operator] : undefined
  const name = negated ?? operator
  const isRead = name === 'exists' ? isReadAlikeByPresence : isReadAlikeByValue
  const reference = isJsonObject(value) ? String(value['field']) : undefined
  for (const path of [field, reference]) {
    if (path !== undefined && !isRead(path)) return exporting.refuse(pointer, pathRefusal(path))
  }
  const writer = Object.hasOwn(writers, name) ? writers[name] : undefined
  const operand = reference === undefined ? value : { var: reference }
  if (reference !== undefined && Object.hasOwn(orders, name))
    exporting.differences.add(
      pointer,
      'The document is not true of two texts: they may be numbers in quotes.',
    )
  const written = writer?.({ var: field }, operand, negated === undefined ? isHeld : !isHeld)
  return (
    written ?? exporting.refuse(pointer, `JSONLogic has nothing for ${operator} with this value.`)
  )
}
