import {
  type FaultCode,
  type Faults,
  namesComparedCharactersMax,
  pointerToken,
  suggestion,
} from './fault.ts'
import { faultsMax } from './limits.ts'
import { isTextWithin, shorten } from './text.ts'

/**
 * A piece of a rule as it was written, and its place, a JSON pointer (RFC 6901). The functions here
 * read it as what it should be. Where it is something else they add a fault and give a stand-in, so
 * that the rest is read as well; a rule with faults is never given out.
 */
export interface Part {
  /** Undefined where it was not given. */
  readonly value: unknown
  readonly pointer: string
}

/** The members of an object by their names, those included that were not given. */
export type Members<Name extends string> = Readonly<Record<Name, Part>>

export function isGiven({ value }: Part): boolean {
  return value !== undefined
}

/** Reads an object; every member that the language does not know is a fault. */
export function readMembers<Name extends string>(
  { value, pointer }: Part,
  names: readonly Name[],
  faults: Faults,
): Members<Name> | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    const code = value === undefined ? 'required' : 'type'
    faults.add(pointer, code, `Give an object with ${names.join(', ')}.`)
    return undefined
  }
  for (const name of Object.keys(value)) {
    if ((names as readonly string[]).includes(name)) continue
    if (faults.list.length > faultsMax) break
    const shown = shorten(name, namesComparedCharactersMax)
    const detail = `${shown} is not known here.${suggestion(name, names)}`
    faults.add(`${pointer}/${pointerToken(name)}`, 'unknown_property', detail)
  }
  // Own members only: nothing that an object inherits was written by anybody.
  const own = new Map<string, unknown>(Object.entries(value))
  const members = names.map((name) => [name, memberPart(own.get(name), pointer, name)])
  // Object.fromEntries forgets the names that it was given.
  return Object.fromEntries(members) as Members<Name>
}

function memberPart(value: unknown, pointer: string, name: string): Part {
  return { value, pointer: `${pointer}/${pointerToken(name)}` }
}

/** Reads a list of `itemsMin` to `itemsMax` items; nothing of it where it is none. */
export function readList(
  { value, pointer }: Part,
  bounds: { readonly itemsMin?: number; readonly itemsMax: number; readonly what: string },
  faults: Faults,
): readonly Part[] {
  const { itemsMin = 1, itemsMax, what } = bounds
  if (!Array.isArray(value) || value.length < itemsMin || value.length > itemsMax) {
    const code = value === undefined ? 'required' : 'type'
    faults.add(pointer, code, `Give a list of ${itemsMin} to ${itemsMax} ${what}.`)
    return []
  }
  return itemsOf(value, pointer)
}

export function itemsOf(list: readonly unknown[], pointer: string): readonly Part[] {
  return list.map((value, index) => ({ value, pointer: `${pointer}/${index}` }))
}

/** Reads one of the choices; the first of them stands in for what is none. */
export function readChoice<Choice extends string>(
  { value, pointer }: Part,
  choices: readonly [Choice, ...Choice[]],
  faults: Faults,
): Choice {
  const choice = choices.find((candidate) => candidate === value)
  if (choice !== undefined) return choice
  const hint = typeof value === 'string' ? suggestion(value, choices) : ''
  const code = value === undefined ? 'required' : 'enum'
  faults.add(pointer, code, `Give ${listed(choices)}.${hint}`)
  return choices[0]
}

/** As `readChoice`, with what it is where it is not given. */
export function readChoiceOr<Choice extends string>(
  part: Part,
  choices: readonly [Choice, ...Choice[]],
  fallback: Choice,
  faults: Faults,
): Choice {
  return isGiven(part) ? readChoice(part, choices, faults) : fallback
}

/** “a, b or c” */
export function listed(words: readonly string[]): string {
  return words.length < 2
    ? words.join('')
    : `${words.slice(0, -1).join(', ')} or ${words.at(-1) ?? ''}`
}

/** Reads a text that can be stored, of 1 to `charactersMax` characters. */
export function readText({ value, pointer }: Part, charactersMax: number, faults: Faults): string {
  if (isTextWithin(value, charactersMax)) return value
  const code = value === undefined ? 'required' : 'type'
  faults.add(pointer, code, `Give a text of 1 to ${charactersMax} characters.`)
  return ''
}

/** Reads a whole number within bounds; `what` says of what, such as “minor units (cents)”. */
export function readWhole(
  { value, pointer }: Part,
  bounds: { readonly min: number; readonly max: number; readonly what?: string },
  faults: Faults,
): number {
  const { min, max, what } = bounds
  if (Number.isSafeInteger(value) && Number(value) >= min && Number(value) <= max)
    return Number(value)
  const whole = what === undefined ? 'a whole number' : `a whole number of ${what}`
  faults.add(pointer, codeOfWrongNumber(value), `Give ${whole} from ${min} to ${max}.`)
  return min
}

/** Reads a number above 0 with up to two decimals, in hundredths. */
export function readHundredths({ value, pointer }: Part, max: number, faults: Faults): number {
  // Divided again, it is the same number only where it had no more than two decimals.
  const hundredths = typeof value === 'number' ? Math.round(value * 100) : 0
  if (hundredths > 0 && hundredths <= max * 100 && hundredths / 100 === value) return hundredths
  const detail = `Give a number above 0 and up to ${max}, with at most two decimals.`
  faults.add(pointer, codeOfWrongNumber(value), detail)
  return 1
}

function codeOfWrongNumber(value: unknown): FaultCode {
  if (value === undefined) return 'required'
  return typeof value === 'number' ? 'range' : 'type'
}
