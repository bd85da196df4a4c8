import type { Scalar } from '../language/facts.ts'
import { timeMs } from '../language/instant.ts'
import {
  complement,
  everything,
  type IntervalSet,
  intersection,
  isSubset as isSubsetOf,
  nothing,
  points,
  pointsOf,
  union,
  wholeNumbers,
} from './interval-set.ts'

/** The values that a fact can have, by their kinds. */
export interface Domain {
  /** Whether it can be missing or null. */
  readonly absent: boolean
  readonly numbers: IntervalSet<number>
  readonly texts: IntervalSet<string>
  /** Times that the texts must be, in milliseconds since 1970 UTC; null where any text will do. */
  readonly times: IntervalSet<number> | null
  readonly truths: readonly boolean[]
  /** Whether it can be a list, an object or a number past all numbers. */
  readonly others: boolean
  /** Whether its numbers are whole. */
  readonly isWhole: boolean
}

export const noValue: Domain = {
  absent: false,
  numbers: nothing,
  texts: nothing,
  times: null,
  truths: [],
  others: false,
  isWhole: false,
}

export const anyPresent: Domain = {
  ...noValue,
  numbers: everything,
  texts: everything,
  truths: [false, true],
  others: true,
}

export const anyValue: Domain = { ...anyPresent, absent: true }

/** Exactly these values. */
export function domainOf(values: readonly Scalar[]): Domain {
  return {
    ...noValue,
    numbers: points(values.filter((value) => typeof value === 'number')),
    texts: points(values.filter((value) => typeof value === 'string')),
    truths: [false, true].filter((truth) => values.includes(truth)),
  }
}

/** Holes that are kept of a set; past that it stays as it was, which is more than what is left of it. */
export const intervalsMax = 200

function narrowed<Value extends number | string>(
  first: IntervalSet<Value>,
  second: IntervalSet<Value>,
): IntervalSet<Value> {
  const both = intersection(first, second)
  return both.length > Math.max(intervalsMax, first.length, second.length) ? first : both
}

/** The values of both; it can be more than that where there are many. */
export function commonDomain(first: Domain, second: Domain): Domain {
  const numbers = narrowed(first.numbers, second.numbers)
  const isWhole = first.isWhole || second.isWhole
  return {
    absent: first.absent && second.absent,
    numbers: isWhole ? wholeNumbers(numbers) : numbers,
    texts: narrowed(first.texts, second.texts),
    times:
      first.times && second.times
        ? narrowed(first.times, second.times)
        : (first.times ?? second.times),
    truths: first.truths.filter((truth) => second.truths.includes(truth)),
    others: first.others && second.others,
    isWhole,
  }
}

/** All values of both; of texts and times it can be more than that. */
export function eitherDomain(first: Domain, second: Domain): Domain {
  return {
    absent: first.absent || second.absent,
    numbers: union(first.numbers, second.numbers),
    texts: union(first.texts, second.texts),
    times: eitherTimes(first, second),
    truths: [false, true].filter(
      (truth) => first.truths.includes(truth) || second.truths.includes(truth),
    ),
    others: first.others || second.others,
    isWhole: first.isWhole && second.isWhole,
  }
}

function eitherTimes(first: Domain, second: Domain): Domain['times'] {
  if (first.texts.length === 0) return second.times
  if (second.texts.length === 0) return first.times
  return first.times && second.times ? union(first.times, second.times) : null
}

/** True only where no value is left. */
export function isVoid(domain: Domain): boolean {
  const { absent, numbers, truths, others } = domain
  return !absent && !others && numbers.length === 0 && truths.length === 0 && hasNoText(domain)
}

function hasNoText({ texts, times }: Domain): boolean {
  if (texts.length === 0 || times?.length === 0) return true
  const single = times ? pointsOf(texts) : undefined
  return single?.every((text) => !isTimeIn(text, times)) === true
}

/** True only where every value of the inner one is one of the outer. */
export function isWithin(inner: Domain, outer: Domain): boolean {
  return (
    (outer.absent || !inner.absent) &&
    (outer.others || !inner.others) &&
    isSubsetOf(inner.numbers, numbersFor(outer, inner)) &&
    inner.truths.every((truth) => outer.truths.includes(truth)) &&
    areTextsWithin(inner, outer)
  )
}

/** Of whole numbers only the whole ones of the outer set matter. */
function numbersFor({ numbers }: Domain, { isWhole }: Domain): IntervalSet<number> {
  // Between two neighbours there is none: what the complement has no whole number of is all there.
  return isWhole ? complement(wholeNumbers(complement(numbers))) : numbers
}

function areTextsWithin(inner: Domain, outer: Domain): boolean {
  if (hasNoText(inner)) return true
  if (outer.times === null) return isSubsetOf(inner.texts, outer.texts)
  const single = pointsOf(inner.texts)
  if (single)
    return single
      .filter((text) => isTimeIn(text, inner.times))
      .every((text) => isTimeIn(text, outer.times) && isSubsetOf(points([text]), outer.texts))
  return (
    inner.times !== null &&
    isSubsetOf(inner.times, outer.times) &&
    isSubsetOf(inner.texts, outer.texts)
  )
}

function isTimeIn(text: string, times: Domain['times']): boolean {
  if (times === null) return true
  const ms = timeMs(text)
  return !Number.isNaN(ms) && !isSubsetOf(points([ms]), complement(times))
}
