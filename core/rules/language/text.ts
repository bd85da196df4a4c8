import { isStorableText } from '@pineos/contract/formats.ts'

/** True for text of 1 to `charactersMax` characters (code points) that PostgreSQL can keep. */
export function isTextWithin(value: unknown, charactersMax: number): value is string {
  return (
    typeof value === 'string' &&
    value !== '' &&
    // A character is one or two code units, so most text is settled without counting.
    value.length <= 2 * charactersMax &&
    (value.length <= charactersMax || [...value].length <= charactersMax) &&
    isStorableText(value)
  )
}

/** The beginning of a text with “…” where something was cut; never half a character. */
export function shorten(text: string, codeUnitsMax: number): string {
  if (text.length <= codeUnitsMax) return text
  const cut = text.slice(0, codeUnitsMax)
  // The first half of a pair alone is no character, and PostgreSQL refuses it in JSON.
  return `${cut.isWellFormed() ? cut : cut.slice(0, -1)}…`
}
