import { isStorableText } from '@pineos/contract/formats.ts'
import { pathCharactersMax, pathSegmentsMax } from './limits.ts'

/** What a fact can be compared with. */
export type Scalar = string | number | boolean

/** What an event says, as JSON. */
export type Facts = Readonly<Record<string, unknown>>

/** A dotted path into the facts, taken apart: `referrer.is_paid_user`. */
export interface FactPath {
  readonly text: string
  readonly segments: readonly string[]
}

// They name what every object has, not what an event said; no rule may read or shadow them.
const reservedSegments = new Set(['__proto__', 'constructor', 'prototype'])

/** The path, or why the text is none, in a sentence. */
export function parsePath(text: string): FactPath | string {
  if (text === '') return 'A path must not be empty.'
  if (text.length > pathCharactersMax) return `A path has at most ${pathCharactersMax} characters.`
  if (!isStorableText(text)) return 'A path must be text that can be stored.'
  const segments = text.split('.')
  if (segments.length > pathSegmentsMax) return `A path has at most ${pathSegmentsMax} parts.`
  if (segments.some((segment) => segment.trim() === '')) return 'A path must not have empty parts.'
  const reserved = segments.find((segment) => reservedSegments.has(segment))
  if (reserved !== undefined) return `A path must not contain ${reserved}.`
  return { text, segments }
}

/** The value at the path, undefined where there is none. Own members only: nothing inherited is a fact. */
export function readFact(facts: Facts, { segments }: FactPath): unknown {
  let value: unknown = facts
  for (const segment of segments) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
    if (!Object.hasOwn(value, segment)) return undefined
    value = (value as Facts)[segment]
  }
  return value
}
