import { parsePath } from '../language/facts.ts'
import { isJsonObject, isScalar, type Json, type JsonObject } from './finding.ts'
import {
  allOf,
  anyOf,
  type Imported,
  type ImportedRule,
  Importing,
  noneOf,
} from './imported-rule.ts'

/**
 * Reads a rule of json-rules-engine. Never wrong: where the rule is met, json-rules-engine says so of the
 * same facts, and where it is not met, that it is not; where it is unknown, a difference says so. Actions
 * are taken from `event.params.actions`, where our export puts them.
 */
export function importRulesEngine(document: unknown): ImportedRule {
  const reading = new RulesEngineReading()
  if (!isJsonObject(document)) {
    reading.refuse('', 'Give a rule with conditions and an event.')
    return reading.finish(false)
  }
  for (const name of Object.keys(document)) {
    if (!ruleMembers.includes(name)) reading.refuse(`/${name}`, 'A rule has nothing like this.')
  }
  const condition = reading.condition(document['conditions'] ?? null, '/conditions')
  return reading.finish(condition, {
    ...priorityOf(document, reading),
    ...actionsOf(document, reading),
  })
}

const ruleMembers = ['conditions', 'event', 'name', 'priority']
const comparisonMembers = ['fact', 'path', 'operator', 'value', 'name', 'priority']
const depthMax = 64

function priorityOf({ priority }: JsonObject, reading: RulesEngineReading): JsonObject {
  if (priority === undefined) return {}
  if (typeof priority === 'number' && Number.isSafeInteger(priority)) return { priority }
  reading.refuse('/priority', 'A priority is a whole number.')
  return {}
}

function actionsOf({ event }: JsonObject, reading: RulesEngineReading): JsonObject {
  const params = isJsonObject(event) ? event['params'] : undefined
  const actions = isJsonObject(params) ? params['actions'] : undefined
  if (Array.isArray(actions)) return { actions }
  reading.differences.add('/event', 'It does not say what is paid to whom: add the actions.')
  return {}
}

const ordered: Readonly<Record<string, string>> = {
  lessThan: '<',
  lessThanInclusive: '<=',
  greaterThan: '>',
  greaterThanInclusive: '>=',
}

const narrower = {
  different:
    'A fact that is missing, null or of another kind than the value is unknown here; to json-rules-engine it is merely different.',
  converted:
    'A fact that is no number is unknown here; json-rules-engine reads numbers from the beginning of text and lists.',
  listed:
    'A list that holds something of another kind is unknown here; to json-rules-engine it is merely different.',
} as const

interface Asked {
  readonly pointer: string
  readonly field: string
  /** The value that is written down, or the path of another fact. */
  readonly value: Json | { readonly field: string }
}

class RulesEngineReading extends Importing {
  condition(written: Json, pointer: string, depth = 1): Imported {
    if (depth > depthMax) return this.refuse(pointer, `It is nested more than ${depthMax} deep.`)
    if (!isJsonObject(written)) return this.refuse(pointer, 'Give a condition.')
    const { all, any, not } = written
    const named = [all, any, not].filter((part) => part !== undefined)
    if (named.length === 0) return this.#comparison(written, pointer)
    const others = Object.keys(written).filter((name) => !['name', 'priority'].includes(name))
    if (others.length > 1) return this.refuse(pointer, 'Give one of all, any and not.')
    if (not !== undefined) return noneOf(this.condition(not, `${pointer}/not`, depth + 1))
    const mode = all === undefined ? 'any' : 'all'
    const list = written[mode]
    if (!Array.isArray(list)) return this.refuse(`${pointer}/${mode}`, 'Give a list of conditions.')
    // To json-rules-engine an empty group is met, be it of all or of any.
    if (list.length === 0) return true
    const parts = (list as readonly Json[]).map((part, index) =>
      this.condition(part, `${pointer}/${mode}/${index}`, depth + 1),
    )
    return mode === 'all' ? allOf(parts) : anyOf(parts)
  }

  #comparison(written: JsonObject, pointer: string): Imported {
    const unknown = Object.keys(written).find((name) => !comparisonMembers.includes(name))
    if (unknown !== undefined)
      return this.refuse(pointer, `A condition has nothing like ${unknown}.`)
    const { operator, value = null } = written
    const field = this.#path(written, pointer)
    const other = isJsonObject(value) ? this.#path(value, `${pointer}/value`) : undefined
    if (field === undefined || (isJsonObject(value) && other === undefined)) return false
    const asked = { pointer, field, value: other === undefined ? value : { field: other } }
    if (typeof operator !== 'string') return this.refuse(`${pointer}/operator`, 'Give an operator.')
    // Where json-rules-engine has an operator for the opposite, it is the opposite of unknown here too.
    const opposite = operator.startsWith('not:') ? operator.slice('not:'.length) : undefined
    const read = this.#reader(opposite ?? operator)
    if (!read)
      return this.refuse(`${pointer}/operator`, 'A rule has no operator that means the same.')
    const condition = read(asked)
    return opposite === undefined ? condition : noneOf(condition)
  }

  #reader(operator: string): ((asked: Asked) => Imported) | undefined {
    const readers: ReadonlyMap<string, (asked: Asked) => Imported> = new Map([
      ['equal', (asked) => this.#equality(asked, '==')],
      ['notEqual', (asked) => this.#equality(asked, '!=')],
      ['in', (asked) => this.#membership(asked, 'in')],
      ['notIn', (asked) => this.#membership(asked, 'not_in')],
      ['contains', (asked) => this.#contains(asked)],
      ['doesNotContain', (asked) => noneOf(this.#contains(asked))],
    ])
    const name = Object.hasOwn(ordered, operator) ? ordered[operator] : undefined
    return name === undefined ? readers.get(operator) : (asked) => this.#ordered(asked, name)
  }

  /** The path of a fact: its name, and where in its value to look. */
  #path({ fact, path }: JsonObject, pointer: string): string | undefined {
    if (typeof fact !== 'string' || fact.includes('.')) {
      this.refuse(`${pointer}/fact`, 'A fact is named by a text without dots.')
      return undefined
    }
    // Of the language of paths only what walks straight down to one value.
    const inside = path === undefined ? [''] : /^\$((?:\.[A-Za-z_]\w*)+)$/.exec(String(path))
    if (inside === null) {
      this.refuse(`${pointer}/path`, 'A path names one member after another, such as $.country.')
      return undefined
    }
    const parsed = parsePath(`${fact}${inside[1] ?? ''}`)
    if (typeof parsed !== 'string') return parsed.text
    this.refuse(`${pointer}/fact`, parsed)
    return undefined
  }

  #equality({ pointer, field, value }: Asked, operator: string): Imported {
    if (value === null)
      return this.refuse(
        `${pointer}/value`,
        'A fact that is null is like one that is missing here.',
      )
    if (!isScalar(value) && !isJsonObject(value))
      return this.refuse(`${pointer}/value`, 'A list is not compared as a whole.')
    this.differences.add(pointer, narrower.different)
    return { field, operator, value }
  }

  #membership({ pointer, field, value }: Asked, operator: string): Imported {
    if (!Array.isArray(value) || !value.every(isScalar))
      return this.refuse(`${pointer}/value`, 'Give a list of texts, numbers, true or false.')
    if (value.length === 0) return operator === 'not_in'
    this.differences.add(pointer, narrower.different)
    return { field, operator, value }
  }

  #contains({ pointer, field, value }: Asked): Imported {
    if (typeof value !== 'number' && typeof value !== 'boolean')
      return this.refuse(
        pointer,
        'contains looks for a part where the fact is a text here; json-rules-engine looks only into lists.',
      )
    this.differences.add(pointer, narrower.listed)
    return { field, operator: 'contains', value }
  }

  #ordered({ pointer, field, value }: Asked, operator: string): Imported {
    this.differences.add(pointer, narrower.converted)
    if (typeof value === 'number') return { field, operator, value }
    if (!isJsonObject(value))
      return this.refuse(`${pointer}/value`, 'json-rules-engine orders only numbers.')
    // Two texts have an order here; this is unknown of them.
    const isNumber = { field, operator: '<=', value: Number.MAX_VALUE }
    return allOf([isNumber, { field, operator, value }])
  }
}
