import type { Random } from './random.ts'
import { cities, firstNames, lastNames, signUpsByMonth, yearEndMs, yearStartMs } from './shop.ts'

export const dayMs = 86_400_000
export const hourMs = 3_600_000

export interface Customer {
  readonly id: string
  readonly name: string
  readonly city: string
  readonly isOffice: boolean
  readonly signedUpMs: number
  readonly referrer: Customer | null
  /** When the customer was a paying subscriber. Filled while the customer's year is told. */
  readonly paid: { readonly fromMs: number; readonly untilMs: number }[]
}

const everPaid = { fromMs: yearStartMs - 90 * dayMs, untilMs: yearEndMs }

/** The three who were there before the year began. Charlie starts to pay in spring only. */
const founders: readonly Customer[] = [
  founder('alice', 'Alice Moreau', [everPaid]),
  founder('bob', 'Bob Lindqvist', [{ fromMs: everPaid.fromMs, untilMs: Date.UTC(2026, 7, 1) }]),
  founder('charlie', 'Charlie Adeyemi', [{ fromMs: Date.UTC(2026, 2, 15), untilMs: yearEndMs }]),
]

/** Everybody who signs up in the year, in the order of signing up; about six in ten were referred. */
export function signUps(random: Random): Customer[] {
  const taken = new Set(founders.map((one) => one.id))
  const customers: Customer[] = []
  for (const signedUpMs of signUpTimes(random)) {
    const name = `${random.pick(firstNames)} ${random.pick(lastNames)}`
    customers.push({
      id: freeId(name, taken),
      name,
      city: random.pick(cities),
      isOffice: random.chance(0.22),
      signedUpMs,
      referrer: random.chance(0.62) ? referrerAmong(customers, random) : null,
      paid: [],
    })
  }
  return customers
}

export function isPaying(customer: Customer, atMs: number): boolean {
  return customer.paid.some((span) => span.fromMs <= atMs && atMs < span.untilMs)
}

/** A moment of that day between seven in the morning and eleven at night. */
function momentOfDay(dayStartMs: number, random: Random): number {
  return dayStartMs + random.integer(7 * 3_600, 23 * 3_600 - 1) * 1_000
}

function founder(id: string, name: string, paid: Customer['paid']): Customer {
  const signedUpMs = yearStartMs - 120 * dayMs
  return { id, name, city: 'Portland', isOffice: false, signedUpMs, referrer: null, paid }
}

function signUpTimes(random: Random): number[] {
  const times = signUpsByMonth.flatMap(([year, month, count]) =>
    Array.from({ length: count }, () => {
      const days = new Date(Date.UTC(year, month, 0)).getUTCDate()
      return momentOfDay(Date.UTC(year, month - 1, random.integer(1, days)), random)
    }),
  )
  return times.sort((a, b) => a - b)
}

/** One referral in three goes to a founder; the others grow chains among the customers. */
function referrerAmong(customers: readonly Customer[], random: Random): Customer {
  if (customers.length < 5 || random.chance(0.36)) {
    return random.pick(founders)
  }
  return random.pick(customers.slice(0, -1))
}

/** The name in small letters; a second bearer of the name gets a number. Accents stay: ids are text. */
function freeId(name: string, taken: Set<string>): string {
  const stem = name.toLowerCase().replaceAll(' ', '.')
  let id = stem
  for (let suffix = 2; taken.has(id); suffix += 1) id = `${stem}.${suffix}`
  taken.add(id)
  return id
}
