import { type Catalogue, catalogueOf } from '../catalogue/catalogue.ts'
import { type Fact, type FactType, operatorsOf } from '../catalogue/fact.ts'
import { aggregatesOf } from '../language/aggregates-of.ts'
import { type Aggregate, type Comparison, comparisonsOf } from '../language/condition.ts'
import type { Scalar } from '../language/facts.ts'
import { nearestName } from '../language/fault.ts'
import { timeMs } from '../language/instant.ts'
import { listed } from '../language/part.ts'
import { isPay, type ParsedRule } from '../language/rule.ts'
import { amountNodes, measure } from './amount-nodes.ts'
import { type CheckContext, fixed } from './check-context.ts'
import type { Finding, Fix } from './finding.ts'

/** Facts that nobody knows, and what does not fit those that are known. */
export function checkFacts(rule: ParsedRule, { schemas }: CheckContext): readonly Finding[] {
  const catalogue = catalogueOf(rule.on, schemas)
  const counted = aggregatesOf(rule).filter(({ metric }) => metric.source !== 'reward')
  return [
    ...comparisonsOf(rule.condition).flatMap((each) => checkComparison(each, catalogue)),
    ...counted.flatMap((aggregate) => {
      const { source, names } = aggregate.metric
      return checkCounted(aggregate, catalogueOf(source === 'event' ? names : null, schemas))
    }),
    ...readsOfActions(rule).flatMap((read) => checkRead(read, catalogue)),
  ]
}

/** A fact that is read, and what it must be to make sense there. */
interface Read {
  readonly path: string
  readonly pointer: string
  readonly wanted: readonly FactType[]
  /** What it would be, in a sentence. */
  readonly as: string
}

const numeric: readonly FactType[] = ['number', 'money', 'mixed']
const textual: readonly FactType[] = ['text', 'mixed']

function readsOfActions(rule: ParsedRule): readonly Read[] {
  return rule.actions.filter(isPay).flatMap((action) => [
    {
      path: action.beneficiary.text,
      pointer: `${action.id}/user`,
      wanted: textual,
      as: 'the id of a user',
    },
    ...amountNodes(action).flatMap(({ amount, pointer }) => {
      const read = measure(amount)
      if (!read) return []
      const { path, member } = read
      return [
        { path: path.text, pointer: `${pointer}/${member}`, wanted: numeric, as: 'an amount' },
      ]
    }),
  ])
}

function checkRead(read: Read, catalogue: Catalogue): readonly Finding[] {
  const { path, pointer, wanted, as } = read
  const fact = catalogue.facts.get(path)
  if (!fact) return [unknownFact(path, pointer, catalogue)]
  if (wanted.includes(fact.type)) return []
  return [wrongType(fact, pointer, `${path} is ${typeText[fact.type]} and cannot be ${as}.`)]
}

function checkCounted(aggregate: Aggregate, catalogue: Catalogue): readonly Finding[] {
  const { metric, id } = aggregate
  const { of, where, function: name } = metric
  const read = {
    path: of?.text ?? '',
    pointer: `${id}/of`,
    wanted: numeric,
    as: 'added or compared',
  }
  const isOnlyTold = name === 'distinct'
  return [
    ...(of && (!isOnlyTold || !catalogue.facts.has(of.text)) ? checkRead(read, catalogue) : []),
    ...(where ? comparisonsOf(where).flatMap((each) => checkComparison(each, catalogue)) : []),
  ]
}

function checkComparison(comparison: Comparison, catalogue: Catalogue): readonly Finding[] {
  const { subject, reference, id } = comparison
  const other = reference ? checkReference(comparison, catalogue) : []
  if (subject.kind === 'aggregate') return [...checkHistory(comparison), ...other]
  const fact = catalogue.facts.get(subject.path.text)
  if (!fact) return [unknownFact(subject.path.text, `${id}/field`, catalogue), ...other]
  if (!operatorsOf(fact.type).includes(comparison.operator))
    return [unfitOperator(comparison, fact), ...other]
  return [...checkValue(comparison, fact), ...other]
}

function unknownFact(path: string, pointer: string, catalogue: Catalogue): Finding {
  const isClosed = !catalogue.isOpenAt(path)
  const nearest = nearestPath(path, [...catalogue.facts.keys()])
  const hint = nearest === undefined ? '' : ` Did you mean ${nearest}?`
  return {
    code: 'unknown_fact',
    severity: isClosed ? 'error' : 'warning',
    message: isClosed
      ? `No event of these types has ${path}.${hint}`
      : `${path} is not a known fact of these events.${hint}`,
    pointer,
    ...(nearest === undefined
      ? {}
      : {
          fix: {
            label: `Use ${nearest}`,
            patch: [{ op: 'replace', path: pointer, value: nearest }],
          },
        }),
  }
}

/** The known path that is written much the same, or ends with what was written. */
function nearestPath(path: string, known: readonly string[]): string | undefined {
  const ending = known.filter((each) => each.endsWith(`.${path}`))
  return nearestName(path, known) ?? (ending.length === 1 ? ending[0] : undefined)
}

const typeText: Readonly<Record<FactType, string>> = {
  text: 'text',
  number: 'a number',
  money: 'an amount of money',
  truth: 'true or false',
  time: 'a time',
  text_list: 'a list of texts',
  number_list: 'a list of numbers',
  truth_list: 'a list of truths',
  structure: 'an object or a list of objects',
  mixed: 'of several types',
}

function wrongType(fact: Fact, pointer: string, message: string, fix?: Fix): Finding {
  // What was inferred from some events does not bind the next one.
  const severity = fact.source === 'inferred' ? 'warning' : 'error'
  return { code: 'wrong_type', severity, message, pointer, ...fixed(fix) }
}

/** Operators that mean the same of a time as others of a text. */
const ofTimes: Readonly<Record<string, string>> = { '>': 'after', '<': 'before' }

function unfitOperator({ operator, expected, id }: Comparison, fact: Fact): Finding {
  const message = `${fact.path} is ${typeText[fact.type]}: ${operator} says nothing of it. Use ${listed(operatorsOf(fact.type))}.`
  const better = fact.type === 'time' ? ofTimes[operator] : undefined
  const isTime = typeof expected === 'string' && !Number.isNaN(timeMs(expected))
  const pointer = `${id}/operator`
  return wrongType(
    fact,
    pointer,
    message,
    better !== undefined && isTime
      ? { label: `Use ${better}`, patch: [{ op: 'replace', path: pointer, value: better }] }
      : undefined,
  )
}

type Kind = 'string' | 'number' | 'boolean'

const kindsByType: Partial<Readonly<Record<FactType, Kind>>> = {
  text: 'string',
  number: 'number',
  money: 'number',
  truth: 'boolean',
  time: 'string',
  text_list: 'string',
  number_list: 'number',
  truth_list: 'boolean',
}

function checkValue(comparison: Comparison, fact: Fact): readonly Finding[] {
  const { expected, operator, reference, id } = comparison
  const kind = kindsByType[fact.type]
  if (expected === null || reference || kind === undefined || operator === 'within_last') return []
  const values = (Array.isArray(expected) ? expected : [expected]) as readonly Scalar[]
  if (values.every((value) => typeof value === kind)) return []
  const converted = values.map((value) => convertedTo(kind, value))
  const isSure = converted.every((value) => value !== undefined)
  const value = Array.isArray(expected) ? converted : converted[0]
  const fix: Fix | undefined = isSure
    ? {
        label: `Compare with ${JSON.stringify(value)}`,
        patch: [{ op: 'replace', path: `${id}/value`, value }],
      }
    : undefined
  const wrong = values.find((each) => typeof each !== kind)
  const message = `${fact.path} is ${typeText[fact.type]} and is never equal to or comparable with ${JSON.stringify(wrong)}.`
  return [wrongType(fact, `${id}/value`, message, fix)]
}

/** The value that was meant, where there is no doubt. */
function convertedTo(kind: Kind, value: Scalar): Scalar | undefined {
  if (typeof value === kind) return value
  if (kind === 'string') return String(value)
  const text = String(value).trim()
  if (kind === 'boolean') return truthWords.get(text.toLowerCase())
  return text !== '' && typeof value === 'string' && Number.isFinite(Number(text))
    ? Number(text)
    : undefined
}

const truthWords: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['yes', true],
  ['1', true],
  ['false', false],
  ['no', false],
  ['0', false],
])

/** A fact over history is a number, whatever it is counted of. */
function checkHistory(comparison: Comparison): readonly Finding[] {
  const { id, operator, expected, reference } = comparison
  const isFitting = operatorsOf('number').includes(operator)
  const values = Array.isArray(expected) ? expected : [expected]
  if (
    isFitting &&
    (reference || expected === null || values.every((each) => typeof each === 'number'))
  )
    return []
  return [
    {
      code: 'wrong_type',
      severity: 'error',
      message: `What is counted is a number: ${isFitting ? 'compare it with numbers' : `${operator} says nothing of it`}.`,
      pointer: isFitting ? `${id}/value` : `${id}/operator`,
    },
  ]
}

function checkReference(comparison: Comparison, catalogue: Catalogue): readonly Finding[] {
  const { subject, reference, id } = comparison
  if (!reference) return []
  const pointer = `${id}/value/field`
  const other = catalogue.facts.get(reference.text)
  if (!other) return [unknownFact(reference.text, pointer, catalogue)]
  const kind = subject.kind === 'fact' ? kindOfPath(subject.path.text, catalogue) : 'number'
  const otherKind = kindOfPath(reference.text, catalogue)
  if (kind === undefined || otherKind === undefined || kind === otherKind) return []
  const message = `${reference.text} is ${typeText[other.type]}: the two can never be compared.`
  return [wrongType(other, pointer, message)]
}

/** Undefined where nothing can be said against a comparison. */
function kindOfPath(path: string, { facts }: Catalogue): Kind | undefined {
  const type = facts.get(path)?.type
  return type === undefined || type.endsWith('_list') ? undefined : kindsByType[type]
}
