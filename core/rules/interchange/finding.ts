import { faultsMax } from '../language/limits.ts'

/** One place of a document and what is to be said about it. */
export interface Finding {
  /** JSON pointer (RFC 6901) into the document that was read. */
  readonly pointer: string
  readonly reason: string
}

/** What was found on the way from one format to another, each place once, up to a number of them. */
export class Findings {
  readonly list: Finding[] = []
  readonly #seen = new Set<string>()

  add(pointer: string, reason: string): void {
    const key = `${pointer} ${reason}`
    if (this.list.length > faultsMax || this.#seen.has(key)) return
    this.#seen.add(key)
    if (this.list.length < faultsMax) this.list.push({ pointer, reason })
    else
      this.list.push({ pointer: '', reason: `More than ${faultsMax}; the others are not listed.` })
  }
}

export type Json = string | number | boolean | null | readonly Json[] | JsonObject
export interface JsonObject {
  readonly [name: string]: Json
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function isScalar(value: unknown): value is string | number | boolean {
  return typeof value === 'number'
    ? Number.isFinite(value)
    : ['string', 'boolean'].includes(typeof value)
}

/** A name as a token of a JSON pointer. */
export function token(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1')
}
