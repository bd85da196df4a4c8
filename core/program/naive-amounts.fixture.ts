import {
  aggregated,
  type Json,
  type JsonObject,
  list,
  type NaiveWorld,
  object,
  read,
} from './naive-conditions.fixture.ts'

/** What the action pays in minor units; null for unknown, 0 for nothing due. */
export function amountOf(action: JsonObject, currency: string, world: NaiveWorld): bigint | null {
  const written = action['amount'] ?? { amount_cents: action['amount_cents'] ?? null }
  return withinMax(amount(object(written), currency, world))
}

export function withinMax(cents: bigint | null): bigint | null {
  return cents === null || cents > BigInt(Number.MAX_SAFE_INTEGER) ? null : cents
}

function amount(written: JsonObject, currency: string, world: NaiveWorld): bigint | null {
  const inner = (part: Json | undefined) => amount(object(part), currency, world)
  if (written['amount_cents'] !== undefined) return BigInt(Number(written['amount_cents']))
  if (written['every'] !== undefined) {
    const count = aggregated({ count: written['count'] ?? null }, world)
    if (typeof count !== 'number') return null
    return count > 0 && count % Number(written['every']) === 0 ? inner(written['amount']) : 0n
  }
  const several = written['greater_of'] ?? written['smaller_of']
  if (several !== undefined) {
    const known = list(several).map(inner)
    if (known.includes(null)) return null
    const rising = (known as bigint[]).sort((a, b) => Number(a - b))
    return (written['greater_of'] === undefined ? rising[0] : rising.at(-1)) ?? null
  }
  return computed(written, currency, world)
}

/** A percentage or tiers, which have bounds. */
function computed(written: JsonObject, currency: string, world: NaiveWorld): bigint | null {
  const { tiers, by, of } = written
  const base = tiers === undefined ? money(of, currency, world) : tierBase(by, currency, world)
  if (base === null) return null
  if (tiers === undefined) {
    const hundredths = base * basisPoints(written['percent'])
    return bounded(rounded(hundredths, written['round']), written)
  }
  const reached = list(tiers)
    .map(object)
    .filter(({ from }) => BigInt(Number(from)) <= base)
  if (reached.length === 0) return 0n
  if (written['mode'] !== 'marginal') {
    const cents = amount(reached.at(-1) as JsonObject, currency, world)
    return cents === null ? null : bounded(cents, written)
  }
  const hundredths = reached.reduce((sum, { from, percent }, index) => {
    const next = reached[index + 1]?.['from']
    const end = next === undefined ? base : BigInt(Number(next))
    return sum + (end - BigInt(Number(from))) * basisPoints(percent)
  }, 0n)
  return bounded(rounded(hundredths, written['round']), written)
}

const basisPoints = (percent: Json | undefined) => BigInt(Math.round(Number(percent) * 100))

/** A whole number of minor units in the event; null where it is none or beside another currency. */
function money(path: Json | undefined, currency: string, { facts }: NaiveWorld): bigint | null {
  const beside = read(facts, [...String(path).split('.').slice(0, -1), 'currency'].join('.'))
  if (typeof beside === 'string' && beside !== currency) return null
  return whole(read(facts, path))
}

function tierBase(by: Json | undefined, currency: string, world: NaiveWorld): bigint | null {
  return typeof by === 'string' ? money(by, currency, world) : whole(aggregated(object(by), world))
}

function whole(value: Json | undefined): bigint | null {
  return Number.isSafeInteger(value) && Number(value) >= 0 ? BigInt(Number(value)) : null
}

const partsOfWhole = 10_000n

function rounded(hundredths: bigint, how: Json | undefined): bigint {
  const down = hundredths / partsOfWhole
  const rest = hundredths % partsOfWhole
  const isMore = rest * 2n > partsOfWhole
  const isHalf = rest * 2n === partsOfWhole
  const goesUp: Readonly<Record<string, boolean>> = {
    up: rest > 0n,
    half_up: isMore || isHalf,
    half_even: isMore || (isHalf && down % 2n === 1n),
  }
  return goesUp[String(how)] ? down + 1n : down
}

function bounded(cents: bigint, { min_cents: min, max_cents: max }: JsonObject): bigint {
  const raised = min !== undefined && cents < BigInt(Number(min)) ? BigInt(Number(min)) : cents
  return max !== undefined && raised > BigInt(Number(max)) ? BigInt(Number(max)) : raised
}
