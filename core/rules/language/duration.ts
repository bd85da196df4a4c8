import { durationYearsMax } from './limits.ts'
import type { Duration } from './window.ts'

/** ISO 8601 as far as the language takes it: weeks alone, or years, months, days and hours. */
export const durationPattern =
  '^P(?:(\\d{1,4})W|(?=.)(?:(\\d{1,4})Y)?(?:(\\d{1,4})M)?(?:(\\d{1,4})D)?(?:T(\\d{1,5})H)?)$'

const written = new RegExp(durationPattern)
const monthsPerYear = 12
const daysPerWeek = 7
const hoursPerDay = 24
const hourMs = 3_600_000
const dayMs = hoursPerDay * hourMs
/** Of a month of 30.4375 days: every fourth year of the calendar is longer. */
const halfHoursPerMonth = 1_461

/** The duration, or why the text is none, in a sentence. */
export function parseDuration(text: string): Duration | string {
  const parts = written.exec(text)
  if (!parts)
    return 'Give an ISO 8601 duration in whole numbers, hours the smallest unit, such as "P30D", "P1M" or "PT36H".'
  const [weeks = 0, years = 0, months = 0, days = 0, hours = 0] = parts
    .slice(1)
    .map((part) => Number(part ?? 0))
  const duration = {
    text,
    months: years * monthsPerYear + months,
    days: weeks * daysPerWeek + days,
    hours,
  }
  const length = halfHours(duration)
  if (length === 0) return 'A duration must not be zero.'
  return length > durationYearsMax * monthsPerYear * halfHoursPerMonth
    ? `A duration is at most ${durationYearsMax} years.`
    : duration
}

function halfHours({ months, days, hours }: Omit<Duration, 'text'>): number {
  return months * halfHoursPerMonth + 2 * (days * hoursPerDay + hours)
}

/** Writes a duration in the one form that has no unit twice: `P1Y2M3DT4H`. */
export function durationText({ months, days, hours }: Omit<Duration, 'text'>): string {
  const units = [
    [Math.floor(months / monthsPerYear), 'Y'],
    [months % monthsPerYear, 'M'],
    [days, 'D'],
  ] as const
  const date = units.map(([count, unit]) => (count === 0 ? '' : `${count}${unit}`)).join('')
  return `P${date}${hours === 0 ? '' : `T${hours}H`}`
}

/** The instant that lies the duration after another, in milliseconds since 1970 UTC. */
export function instantAfter(atMs: number, duration: Omit<Duration, 'text'>): number {
  return shifted(atMs, duration, 1)
}

/** The instant that lies the duration before another, in milliseconds since 1970 UTC. */
export function instantBefore(atMs: number, duration: Omit<Duration, 'text'>): number {
  return shifted(atMs, duration, -1)
}

/** Months first, then the rest. A month has as many days as the calendar says, in UTC. */
function shifted(
  atMs: number,
  { months, days, hours }: Omit<Duration, 'text'>,
  direction: 1 | -1,
): number {
  const inMonth = months === 0 ? atMs : shiftedByMonths(atMs, direction * months)
  return inMonth + direction * (days * dayMs + hours * hourMs)
}

function shiftedByMonths(atMs: number, months: number): number {
  const date = new Date(atMs)
  const day = date.getUTCDate()
  date.setUTCMonth(date.getUTCMonth() + months)
  // The 31st of a month that has none has run over into the next one: the month's last day is meant.
  if (date.getUTCDate() !== day) date.setUTCDate(0)
  return date.getTime()
}
