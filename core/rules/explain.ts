import type { Scalar } from './facts.ts'
import { operators } from './operators.ts'
import type { Comparison } from './rule.ts'
import type { Truth } from './truth.ts'

const shownCharactersMax = 80

/** What a comparison found, in a sentence with the actual value. */
export function explain(
  { path, operator, expected }: Comparison,
  actual: unknown,
  outcome: Truth,
): string {
  const wanted = `${operators[operator].phrase} ${show(expected)}`
  if (actual === undefined)
    return `unknown: ${path.text} was not in the event; met when it ${wanted}.`
  if (actual === null) return `unknown: ${path.text} was null; met when it ${wanted}.`
  const found = `${path.text} is ${show(actual)}`
  switch (outcome) {
    case 'true':
      return `met: ${path.text} ${wanted}${operator === '==' ? '' : `; it is ${show(actual)}`}.`
    case 'false':
      return `not met: ${found}; met when it ${wanted}.`
    case 'unknown':
      return `unknown: ${found}, which cannot be compared; met when it ${wanted}.`
  }
}

function show(value: unknown): string {
  if (Array.isArray(value)) return shorten((value as readonly Scalar[]).map(show).join(', '))
  return shorten(JSON.stringify(value) ?? String(value))
}

function shorten(text: string): string {
  return text.length <= shownCharactersMax ? text : `${text.slice(0, shownCharactersMax)}…`
}
