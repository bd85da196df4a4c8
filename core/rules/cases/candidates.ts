import type { Domain } from '../checks/domain.ts'
import type { IntervalSet } from '../checks/interval-set.ts'
import type { Comparison } from '../language/condition.ts'
import { instantBefore } from '../language/duration.ts'
import type { Scalar } from '../language/facts.ts'
import { timeMs } from '../language/instant.ts'

/** A value that a fact can be given; `undefined` leaves it out. */
export type Given = Scalar | readonly Scalar[] | undefined

const valuesTriedMax = 3
const texts = ['US', 'gold', 'a@example.com', '7', 'A', 'z', '']
const numbers = [1, 2, 0, 100, 10_000, 1_000_000]

/** Values on both sides of what a comparison separates, those next to its edges. */
export function edgesOf(comparison: Comparison, atMs: number): readonly Given[] {
  const { operator, operand, expected } = comparison
  const { scalar, listed, range, timeMs: instantMs, duration } = operand
  if (duration) {
    const start = instantBefore(atMs, duration)
    return [start, start + 1, atMs, atMs + 1].map(instantText)
  }
  if (!Number.isNaN(instantMs)) return [instantMs - 1, instantMs, instantMs + 1].map(instantText)
  if (range?.kind === 'number') return [range.low - 1, range.low, range.high, range.high + 1]
  if (range?.kind === 'time')
    return [range.low - 1, range.low, range.high, range.high + 1].map(instantText)
  if (range?.kind === 'text') return [range.low, range.high, `${range.high}~`]
  if (operator === 'exists' || operator === 'missing') return ['something']
  if (typeof scalar === 'string' && !['==', '!='].includes(operator))
    return [scalar, `${scalar}~`, `~${scalar}`, `~${scalar}~`, '~']
  if (scalar !== undefined) return [scalar, ...besides(scalar)]
  if (listed.size > 0) {
    const values = [...listed].slice(0, valuesTriedMax)
    return [...values, ...values.slice(0, 1).flatMap(besides)]
  }
  return typeof expected === 'string' ? [...literalsOf(expected), '~'] : []
}

/** Values of the same kind next to one. */
function besides(value: Scalar): readonly Scalar[] {
  if (typeof value === 'boolean') return [!value]
  return typeof value === 'number' ? [value - 1, value + 1] : [`${value}~`]
}

/** Texts that a pattern of the usual forms is found in. */
function literalsOf(pattern: string): readonly string[] {
  const plain = pattern
    .replace(/^\(\?[a-z]+\)/, '')
    .replace(/\[([^\]\\])[^\]]*\][+*?]?/g, '$1')
    .replace(/\\d[+*]?(\{\d+\})?/g, '1')
    .replace(/\\w[+*]?/g, 'a')
    .replace(/\\(.)/g, '$1')
  const alternatives = plain.split('|')
  return alternatives.flatMap((each) => [
    each.replace(/\([^)]*\)\?/g, '').replace(/[$^()?+*]/g, ''),
    each.replace(/[$^()?+*]/g, ''),
  ])
}

/** Values to try for a fact, the likeliest first. */
export function candidatesOf(
  domain: Domain,
  comparisons: readonly Comparison[],
  { atMs, usual }: { readonly atMs: number; readonly usual: Given },
): readonly Given[] {
  const edges = comparisons.flatMap((comparison) => edgesOf(comparison, atMs))
  return [
    ...(usual === undefined ? [] : [usual]),
    ...edges,
    ...joinedAffixes(comparisons),
    ...numbersIn(domain.numbers),
    ...(domain.times ? numbersIn(domain.times).map(instantText) : []),
    ...textsIn(domain.texts),
    instantText(atMs),
    ...numbers,
    ...texts,
    ...domain.truths,
    ...comparisons.flatMap(({ operand: { scalar } }) => (scalar === undefined ? [] : [[scalar]])),
    ...(domain.absent ? [undefined] : []),
  ]
}

/** What begins with one text, contains others and ends with another. */
function joinedAffixes(comparisons: readonly Comparison[]): readonly string[] {
  const parts = (operator: string) =>
    comparisons.flatMap((each) =>
      each.operator === operator && typeof each.operand.scalar === 'string'
        ? [each.operand.scalar]
        : [],
    )
  const joined = [...parts('starts_with'), ...parts('contains'), ...parts('ends_with')].join('')
  return joined === '' ? [] : [joined]
}

function numbersIn(set: IntervalSet<number>): readonly number[] {
  return set
    .slice(0, valuesTriedMax)
    .flatMap(({ low, includesLow, high, includesHigh }) => [
      ...(low === null ? [] : [includesLow ? low : low + 1]),
      ...(high === null ? [] : [includesHigh ? high : high - 1]),
      ...(low !== null && high !== null ? [(low + high) / 2] : []),
    ])
}

function textsIn(set: IntervalSet<string>): readonly string[] {
  return set
    .slice(0, valuesTriedMax)
    .flatMap(({ low, includesLow, high, includesHigh }) => [
      ...(low === null ? [] : [includesLow ? low : `${low}~`]),
      ...(high !== null && includesHigh ? [high] : []),
    ])
}

/** The instant in RFC 3339, undefined where it lies outside of the years that are written so. */
export function instantText(ms: number): string | undefined {
  const whole = Math.trunc(ms)
  if (Number.isNaN(new Date(whole).getTime())) return undefined
  const text = new Date(whole).toISOString()
  return Number.isNaN(timeMs(text)) ? undefined : text
}

/** Values to try for a fact that is compared with another one of this value. */
export function relativesOf(value: Given): readonly Given[] {
  if (value === undefined || typeof value === 'object') return []
  const ms = typeof value === 'string' ? timeMs(value) : Number.NaN
  const times = Number.isNaN(ms) ? [] : [ms - 1, ms + 1].map(instantText)
  const text = typeof value === 'string' ? [`~${value}`] : []
  return [value, ...besides(value), ...text, ...times]
}
