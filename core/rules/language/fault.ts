import type { ValidationError } from '@pineos/contract/primitives.ts'
import { faultsMax } from './limits.ts'

/** `conflict`: two parts that each make sense, and not together. */
export type FaultCode =
  | 'required'
  | 'unknown_property'
  | 'type'
  | 'enum'
  | 'range'
  | 'limit'
  | 'path'
  | 'format'
  | 'conflict'

/**
 * Collects what is wrong with a rule, each with a JSON pointer (RFC 6901) into the rule: all of it, up
 * to a number beyond which the last fault says that there are more.
 */
export class Faults {
  readonly list: ValidationError[] = []
  #count = 0

  /** How many there were, those included that are not listed. */
  get count(): number {
    return this.#count
  }

  add(pointer: string, code: FaultCode, detail: string): void {
    this.#count += 1
    if (this.list.length < faultsMax) this.list.push({ pointer, code, detail })
    else if (this.list.length === faultsMax) {
      const rest = `More than ${faultsMax} faults were found; the others are not listed.`
      this.list.push({ pointer: '', code: 'limit', detail: rest })
    }
  }
}

/** A name as a token of a JSON pointer. */
export function pointerToken(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1')
}

const distanceMax = 2
export const namesComparedCharactersMax = 40

/** “ Did you mean …?” where a known name is close, else nothing. */
export function suggestion(name: string, known: readonly string[]): string {
  const nearest = nearestName(name, known)
  return nearest === undefined ? '' : ` Did you mean ${nearest}?`
}

/** The known name that is closest to the name; undefined where none is close. */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  if (name.length > namesComparedCharactersMax) return undefined
  return known
    .map((candidate) => ({
      candidate,
      distance: editDistance(name.toLowerCase(), candidate.toLowerCase()),
    }))
    .filter(({ candidate, distance }) => distance <= distanceMax && distance < candidate.length)
    .sort((a, b) => a.distance - b.distance)[0]?.candidate
}

/** Levenshtein's distance: insertions, deletions and replacements of single characters. */
function editDistance(first: string, second: string): number {
  let row = Array.from({ length: second.length + 1 }, (_, index) => index)
  for (let i = 1; i <= first.length; i++) {
    const next = [i]
    for (let j = 1; j <= second.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (first[i - 1] === second[j - 1] ? 0 : 1)
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[second.length] ?? 0
}
