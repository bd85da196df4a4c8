/** Values of an ordered kind from one to another; a bound that is null is none. */
interface Interval<Value> {
  readonly low: Value | null
  readonly includesLow: boolean
  readonly high: Value | null
  readonly includesHigh: boolean
}

/** Intervals in rising order that do not touch: a set of numbers, of times, or of texts by code units. */
export type IntervalSet<Value> = readonly Interval<Value>[]

type Ordered = number | string

const whole = { low: null, includesLow: false, high: null, includesHigh: false } as const
export const nothing: IntervalSet<never> = []
export const everything: IntervalSet<never> = [whole]

export function point<Value extends Ordered>(value: Value): IntervalSet<Value> {
  return [{ low: value, includesLow: true, high: value, includesHigh: true }]
}

/** The values, in any order. */
export function points<Value extends Ordered>(values: readonly Value[]): IntervalSet<Value> {
  return [...new Set(values)].sort((a, b) => (a < b ? -1 : 1)).flatMap(point<Value>)
}

export function above<Value>(low: Value, includesLow: boolean): IntervalSet<Value> {
  return [{ ...whole, low, includesLow }]
}

export function below<Value>(high: Value, includesHigh: boolean): IntervalSet<Value> {
  return [{ ...whole, high, includesHigh }]
}

export function between<Value>(low: Value, high: Value): IntervalSet<Value> {
  return [{ low, includesLow: true, high, includesHigh: true }]
}

/** Both sets are walked once. */
export function intersection<Value extends Ordered>(
  first: IntervalSet<Value>,
  second: IntervalSet<Value>,
): IntervalSet<Value> {
  const found: Interval<Value>[] = []
  let i = 0
  let j = 0
  while (true) {
    const [a, b] = [first[i], second[j]]
    if (!a || !b) return found
    const both = { ...higherLow(a, b), ...lowerHigh(a, b) }
    if (!isVoid(both)) found.push(both)
    // The one that ends first meets nothing more of the other set.
    if (endsFirst(a, b)) i += 1
    else j += 1
  }
}

export function complement<Value extends Ordered>(set: IntervalSet<Value>): IntervalSet<Value> {
  const found: Interval<Value>[] = []
  let low: Pick<Interval<Value>, 'low' | 'includesLow'> = whole
  for (const interval of set) {
    if (interval.low !== null)
      found.push({ ...low, high: interval.low, includesHigh: !interval.includesLow })
    if (interval.high === null) return found.filter((each) => !isVoid(each))
    low = { low: interval.high, includesLow: !interval.includesHigh }
  }
  return [...found, { ...low, high: null, includesHigh: false }].filter((each) => !isVoid(each))
}

export function union<Value extends Ordered>(
  first: IntervalSet<Value>,
  second: IntervalSet<Value>,
): IntervalSet<Value> {
  return complement(intersection(complement(first), complement(second)))
}

export function isSubset<Value extends Ordered>(
  inner: IntervalSet<Value>,
  outer: IntervalSet<Value>,
): boolean {
  return intersection(inner, complement(outer)).length === 0
}

/** The values of a set that has only single ones; undefined where some of them lie close together. */
export function pointsOf<Value extends Ordered>(
  set: IntervalSet<Value>,
): readonly Value[] | undefined {
  const values = set.flatMap(({ low, high }) => (low !== null && low === high ? [low] : []))
  return values.length === set.length ? values : undefined
}

/** The whole numbers of a set, each interval closed. */
export function wholeNumbers(set: IntervalSet<number>): IntervalSet<number> {
  return set
    .map(({ low, includesLow, high, includesHigh }) => ({
      low: low === null ? null : nextWhole(low, includesLow),
      includesLow: low !== null,
      high: high === null ? null : 0 - nextWhole(-high, includesHigh),
      includesHigh: high !== null,
    }))
    .filter((each) => !isVoid(each))
}

function nextWhole(value: number, isIncluded: boolean): number {
  const next = Math.ceil(value)
  // 0 has two signs, of which one is never written.
  return (next === value && !isIncluded ? next + 1 : next) + 0
}

function isVoid<Value extends Ordered>({
  low,
  high,
  includesLow,
  includesHigh,
}: Interval<Value>): boolean {
  if (low === null || high === null) return false
  return low > high || (low === high && !(includesLow && includesHigh))
}

function higherLow<Value extends Ordered>(
  a: Interval<Value>,
  b: Interval<Value>,
): Pick<Interval<Value>, 'low' | 'includesLow'> {
  const isOfA =
    b.low === null || (a.low !== null && (a.low > b.low || (a.low === b.low && !a.includesLow)))
  const { low, includesLow } = isOfA ? a : b
  return { low, includesLow }
}

function lowerHigh<Value extends Ordered>(
  a: Interval<Value>,
  b: Interval<Value>,
): Pick<Interval<Value>, 'high' | 'includesHigh'> {
  const { high, includesHigh } = endsFirst(a, b) ? a : b
  return { high, includesHigh }
}

function endsFirst<Value extends Ordered>(a: Interval<Value>, b: Interval<Value>): boolean {
  if (a.high === null) return false
  if (b.high === null) return true
  return a.high < b.high || (a.high === b.high && !a.includesHigh)
}
