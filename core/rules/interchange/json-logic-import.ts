import { parsePath } from '../language/facts.ts'
import { isJsonObject, isScalar, type Json, type JsonObject, token } from './finding.ts'
import {
  allOf,
  anyOf,
  type Imported,
  type ImportedRule,
  Importing,
  noneOf,
} from './imported-rule.ts'
import { argumentsOf, type ComparedKind, readKindTest, readPartTest } from './json-logic-idioms.ts'
import { isReadAlikeByPresence, pathRefusal } from './json-logic-path.ts'

/**
 * Reads a JSONLogic document as the conditions of a rule. Never wrong: where the rule is met, the document
 * is true of the same facts, and where it is not met, false. JSONLogic converts between kinds and has no
 * *unknown*; where the rule is unknown, which never pays, a difference says so.
 */
export function importJsonLogic(document: unknown): ImportedRule {
  const reading = new JsonLogicReading()
  // The body was parsed from JSON; what is none is refused as it is met.
  return reading.finish(reading.condition(document as Json, ''))
}

const depthMax = 64
const tooDeep = `It is nested more than ${depthMax} deep.`
const narrower = {
  converted:
    'A fact that is missing, null or of another kind than the value is unknown here; JSONLogic converts it.',
  strict:
    'A fact that is missing, null or of another kind than the value is unknown here; to JSONLogic it is merely different.',
  truth:
    'Only true and false are read as such here; JSONLogic takes numbers, text and lists for true or false, and what is missing for false.',
  listed:
    'A fact of another kind than the values listed is unknown here; to JSONLogic it is none of them.',
  missing: 'A list or an object is unknown here; JSONLogic says that it is not missing.',
  fallback: 'The value to fall back on is not used: a fact that is missing is unknown.',
} as const

const reasons: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    ['+', '-', '*', '/', '%', 'max', 'min', 'cat', 'substr'].map((name) => [
      name,
      'A rule compares facts; it does not compute with them.',
    ]),
  ),
  ...Object.fromEntries(
    ['all', 'some', 'none', 'map', 'filter', 'reduce', 'merge'].map((name) => [
      name,
      'A rule does not go through the items of a list.',
    ]),
  ),
  log: 'A rule writes no log.',
}

type Form = (args: readonly Json[], at: Place) => Imported
interface Place {
  readonly pointer: string
  readonly depth: number
}
type Operand =
  | { readonly kind: 'fact'; readonly path: string; readonly hasFallback: boolean }
  | { readonly kind: 'value'; readonly value: Json }

const flipped: Readonly<Record<string, string>> = { '<': '>', '>': '<', '<=': '>=', '>=': '<=' }
const operatorNames: Readonly<Record<string, string>> = { '===': '==', '!==': '!=' }
const presence: Readonly<Record<string, string>> = { '==': 'missing', '!=': 'exists' }

class JsonLogicReading extends Importing {
  /** Conditions that only ask for a kind; beside a comparison of that kind they say nothing more. */
  readonly #kindTests = new Map<Imported, ComparedKind>()
  readonly #forms: ReadonlyMap<string, Form>

  constructor() {
    super()
    const compared = ['==', '!=', '===', '!==', '<', '<=', '>', '>=']
    const chosen: Form = (args, at) => this.#chosen(args, at, 0)
    const negated: Form = (args, at) => noneOf(this.#only(args, at))
    this.#forms = new Map<string, Form>([
      ['and', (args, at) => this.#and(args, at)],
      ['or', (args, at) => anyOf(args.map((arg, index) => this.#argument(arg, index, at)))],
      ['!', negated],
      ['!!', (args, at) => this.#only(args, at)],
      ['if', chosen],
      ['?:', chosen],
      ['var', (args, at) => this.#truth({ var: args }, at)],
      ['in', (args, at) => this.#isIn(args, at)],
      ['missing', (args, at) => this.#missing(args, at)],
      ['missing_some', (args, at) => this.#missingSome(args, at)],
      ...compared.map((name): [string, Form] => [
        name,
        (args, at) => this.#compared(name, args, at),
      ]),
    ])
  }

  condition(document: Json, pointer: string, depth = 1): Imported {
    if (depth > depthMax) return this.refuse(pointer, tooDeep)
    // Of what is no logic JSONLogic asks only whether it is empty.
    if (document === null || isScalar(document)) return Boolean(document)
    const [name, ...others] = isJsonObject(document) ? Object.keys(document) : []
    if (name === undefined || others.length > 0 || !isJsonObject(document))
      return this.refuse(pointer, 'Give an object with one operation, true or false.')
    const form = this.#forms.get(name)
    const at = { pointer: `${pointer}/${token(name)}`, depth }
    if (form) return form(argumentsOf(document[name] ?? null), at)
    return this.refuse(at.pointer, reasonOf(name))
  }

  #argument(arg: Json, index: number, { pointer, depth }: Place): Imported {
    return this.condition(arg, `${pointer}/${index}`, depth + 1)
  }

  #only(args: readonly Json[], at: Place): Imported {
    if (args.length !== 1) return this.refuse(at.pointer, 'Give one argument.')
    return this.condition(args[0] ?? null, at.pointer, at.depth + 1)
  }

  #and(args: readonly Json[], at: Place): Imported {
    // JSONLogic's `and` of nothing is undefined, which is not true.
    if (args.length === 0) return false
    const parts = args.map((arg, index) => this.#argument(arg, index, at))
    return allOf(parts.filter((part) => !this.#isSaidAlready(part, parts)))
  }

  /** A comparison is unknown of another kind, so that it need not be asked for beside it. */
  #isSaidAlready(part: Imported, parts: readonly Imported[]): boolean {
    const kind = this.#kindTests.get(part)
    if (kind === undefined || typeof part === 'boolean') return false
    return parts.some((other) => {
      if (typeof other === 'boolean' || this.#kindTests.has(other)) return false
      const { none } = other
      const compared = Array.isArray(none) && none.length === 1 ? (none[0] as JsonObject) : other
      const { field, operator, value } = compared
      const values = Array.isArray(value) ? value : [value]
      const type = kind === 'text' ? 'string' : kind
      // A list may contain what a text may.
      if (operator === 'contains' || field !== part['field']) return false
      return values.every((one) => typeof one === type)
    })
  }

  /** if a then b, else …: a and b, or not a and the rest. */
  #chosen(args: readonly Json[], at: Place, index: number): Imported {
    if (index >= args.length) return false
    const first = this.#argument(args[index] ?? null, index, at)
    if (index === args.length - 1) return first
    const then = this.#argument(args[index + 1] ?? null, index + 1, at)
    const otherwise = this.#chosen(args, at, index + 2)
    return anyOf([allOf([first, then]), allOf([noneOf(first), otherwise])])
  }

  #operand(value: Json | undefined, pointer: string): Operand | undefined {
    if (value === null || isScalar(value)) return { kind: 'value', value }
    if (Array.isArray(value) && value.every(isScalar)) return { kind: 'value', value }
    const [name, ...others] = isJsonObject(value) ? Object.keys(value) : []
    if (!isJsonObject(value) || name !== 'var' || others.length > 0) {
      this.refuse(pointer, name === undefined ? 'It cannot be compared.' : reasonOf(name))
      return undefined
    }
    const [path, ...fallback] = argumentsOf(value['var'] ?? null)
    const parsed =
      typeof path === 'string' ? parsePath(path) : 'A fact is named by a path that is written down.'
    if (typeof parsed === 'string') {
      this.refuse(`${pointer}/var`, parsed)
      return undefined
    }
    return { kind: 'fact', path: parsed.text, hasFallback: fallback.length > 0 }
  }

  #truth(value: JsonObject, { pointer }: Place): Imported {
    const at = pointer.slice(0, -'/var'.length)
    const fact = this.#operand(value, at)
    if (fact?.kind !== 'fact') return false
    this.#differs(at, narrower.truth, fact)
    return { field: fact.path, operator: '==', value: true }
  }

  #compared(name: string, args: readonly Json[], { pointer }: Place): Imported {
    const idiom = name === '===' ? this.#idiom(args, pointer) : undefined
    if (idiom) return idiom
    const isRange = args.length === 3 && (name === '<' || name === '<=')
    if (args.length !== 2 && !isRange) return this.refuse(pointer, 'Give two values to compare.')
    const operands = args.map((arg, index) => this.#operand(arg, `${pointer}/${index}`))
    const pairs = operands.slice(1).map((right, index): Imported => {
      const left = operands[index]
      return left && right ? this.#pair(name, [left, right], pointer) : false
    })
    return allOf(pairs)
  }

  /** What a comparison of another format has no operator for, as our export writes it. */
  #idiom(args: readonly Json[], pointer: string): Imported | undefined {
    const part = readPartTest(args)
    if (part) {
      this.differences.add(pointer, narrower.converted)
      return part
    }
    const test = readKindTest(args)
    if (!test) return undefined
    this.differences.add(pointer, narrower.strict)
    // True of all that is of the kind, and unknown of all else.
    const bound =
      test.kind === 'number'
        ? { field: test.path, operator: '<=', value: Number.MAX_VALUE }
        : { field: test.path, operator: '>=', value: '' }
    this.#kindTests.set(bound, test.kind)
    return bound
  }

  #pair(name: string, [left, right]: readonly [Operand, Operand], pointer: string): Imported {
    const operator = operatorNames[name] ?? name
    if (left.kind === 'value') {
      if (right.kind === 'value') return this.refuse(pointer, 'Both values are written down.')
      return this.#pair(flipped[name] ?? name, [right, left], pointer)
    }
    const said = name.length === 3 ? narrower.strict : narrower.converted
    if (right.kind === 'fact') {
      this.#differs(pointer, said, left, right)
      return { field: left.path, operator, value: { field: right.path } }
    }
    if (right.value === null) return this.#presence(operator, left, pointer)
    if (Array.isArray(right.value))
      return this.refuse(pointer, 'A list is not compared as a whole.')
    this.#differs(pointer, said, left)
    return { field: left.path, operator, value: right.value }
  }

  #presence(operator: string, fact: Operand & { kind: 'fact' }, pointer: string): Imported {
    const name = presence[operator]
    if (name === undefined || fact.hasFallback)
      return this.refuse(pointer, 'null only says whether a fact is there.')
    if (!isReadAlikeByPresence(fact.path)) this.refuse(pointer, pathRefusal(fact.path))
    return { field: fact.path, operator: name }
  }

  #isIn(args: readonly Json[], { pointer }: Place): Imported {
    if (args.length !== 2) return this.refuse(pointer, 'Give a value and a list or a text.')
    const [item, whole] = args.map((arg, index) => this.#operand(arg, `${pointer}/${index}`))
    if (!item || !whole) return false
    if (whole.kind === 'fact') {
      if (item.kind === 'value' && !isScalar(item.value))
        return this.refuse(`${pointer}/0`, 'Give a text, a number, true or false to look for.')
      this.#differs(pointer, narrower.converted, item, whole)
      const value = item.kind === 'fact' ? { field: item.path } : item.value
      return { field: whole.path, operator: 'contains', value }
    }
    if (item.kind === 'value' || !Array.isArray(whole.value))
      return this.refuse(
        pointer,
        'Give a fact to look for in a list, or a value to look for in a fact.',
      )
    if (whole.value.length === 0) return false
    this.#differs(pointer, narrower.listed, item)
    return { field: item.path, operator: 'in', value: whole.value }
  }

  #missing(args: readonly Json[], at: Place): Imported {
    return anyOf(this.#absences(args, at))
  }

  #missingSome([least, names]: readonly Json[], at: Place): Imported {
    const listed = Array.isArray(names) ? names : []
    const absences = this.#absences(listed, { ...at, pointer: `${at.pointer}/1` })
    if (least === 1 && listed.length > 0) return allOf(absences)
    if (least === listed.length) return anyOf(absences)
    return this.refuse(at.pointer, 'A rule asks for any of some facts, or for all of them.')
  }

  /** Of each name that it is absent as JSONLogic means it: nothing, null or an empty text. */
  #absences(args: readonly Json[], { pointer }: Place): readonly Imported[] {
    const names = Array.isArray(args[0]) ? (args[0] as readonly Json[]) : args
    return names.map((name, index) => {
      const fact = this.#operand({ var: name }, `${pointer}/${index}`)
      if (fact?.kind !== 'fact') return false
      const { path: field } = fact
      if (!isReadAlikeByPresence(field)) this.refuse(`${pointer}/${index}`, pathRefusal(field))
      this.differences.add(`${pointer}/${index}`, narrower.missing)
      return anyOf([{ field, operator: 'missing' }, isEmptyText(field)])
    })
  }

  #differs(pointer: string, what: string, ...operands: readonly Operand[]): void {
    this.differences.add(pointer, what)
    const hasFallback = operands.some((operand) => operand.kind === 'fact' && operand.hasFallback)
    if (hasFallback) this.differences.add(pointer, narrower.fallback)
  }
}

/** Both lists have values of every kind, so that no scalar is unknown, and share the empty text alone. */
function isEmptyText(field: string): Imported {
  return allOf([
    { field, operator: 'in', value: ['', 0, true] },
    { field, operator: 'in', value: ['', 1, false] },
  ])
}

function reasonOf(name: string): string {
  const reason = Object.hasOwn(reasons, name) ? reasons[name] : undefined
  return reason ?? 'A rule has nothing that means the same as this.'
}
