import { RE2JS } from 're2js'
import { patternCharactersMax, patternInstructionsMax } from './limits.ts'
import { isTextWithin, shorten } from './text.ts'

/** A pattern of RE2 syntax, made ready. Looking for it takes time in proportion to the text. */
export interface Pattern {
  /** Whether some part of the text is like the pattern. */
  readonly isFoundIn: (text: string) => boolean
}

const complaintCodeUnitsMax = 200

/** The pattern, or why the text is none, in a sentence. */
export function compilePattern(text: unknown): Pattern | string {
  if (!isTextWithin(text, patternCharactersMax))
    return `Give a pattern of 1 to ${patternCharactersMax} characters.`
  let compiled: RE2JS
  try {
    compiled = RE2JS.compile(text)
  } catch (error) {
    // Whatever the engine does not take, it says so by throwing.
    const complaint = error instanceof Error ? error.message : ''
    return `Give a pattern of RE2 syntax. ${shorten(complaint, complaintCodeUnitsMax)}`.trim()
  }
  if (compiled.programSize() > patternInstructionsMax)
    return `The pattern is too large: repetitions and alternatives make ${compiled.programSize()} steps of it, at most ${patternInstructionsMax} are allowed.`
  return { isFoundIn: (subject) => compiled.test(subject) }
}
