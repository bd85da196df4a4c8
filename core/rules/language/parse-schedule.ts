import { dateTimeMs } from './instant.ts'
import { hourRangesMax } from './limits.ts'
import { hoursMembers, scheduleMembers } from './members.ts'
import type { ParseContext } from './parse-context.ts'
import { isGiven, type Part, readChoice, readList, readMembers } from './part.ts'
import type { Schedule } from './schedule.ts'

/** In the order of ISO 8601: Monday is 1. */
export const weekdayNames = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const

/** Times of day: 24:00 is the end of one, where it can stand. */
export const timeOfDayPattern = '^([01][0-9]|2[0-3]):[0-5][0-9]$'
export const endOfDayPattern = '^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$'
/** How names of the IANA time zone database look; an offset such as +05:30 is none. */
export const timezonePattern = '^[A-Za-z][A-Za-z0-9_+\\-]*(/[A-Za-z0-9_+\\-]+)*$'
export const timezoneCharactersMax = 64

const minutesPerHour = 60
const timezoneForm = new RegExp(timezonePattern)
const fromForm = new RegExp(timeOfDayPattern)
const toForm = new RegExp(endOfDayPattern)

/** Reads when a rule holds; the faults that were found are in the context. */
export function parseSchedule(part: Part, context: ParseContext): Schedule | null {
  const { faults } = context
  if (!isGiven(part)) return null
  const parts = readMembers(part, scheduleMembers, faults)
  if (!parts) return null
  const { starts_at, ends_at, timezone, weekdays, hours } = parts
  if (![starts_at, ends_at, weekdays, hours].some(isGiven))
    faults.add(part.pointer, 'required', 'Give starts_at, ends_at, weekdays or hours.')
  const startsAtMs = isGiven(starts_at) ? readInstant(starts_at, context) : null
  const endsAtMs = isGiven(ends_at) ? readInstant(ends_at, context) : null
  if (startsAtMs !== null && endsAtMs !== null && startsAtMs >= endsAtMs)
    faults.add(ends_at.pointer, 'range', 'It must end after it starts.')
  return {
    startsAtMs,
    endsAtMs,
    timezone: isGiven(timezone) ? readTimezone(timezone, context) : context.timezone,
    weekdays: isGiven(weekdays) ? readWeekdays(weekdays, context) : null,
    hours: isGiven(hours) ? readHours(hours, context) : null,
  }
}

/** Null where it is none: what is compared with it then says nothing. */
function readInstant({ value, pointer }: Part, { faults }: ParseContext): number | null {
  const ms = typeof value === 'string' ? dateTimeMs(value) : Number.NaN
  if (!Number.isNaN(ms)) return ms
  const code = typeof value === 'string' ? 'format' : 'type'
  faults.add(pointer, code, 'Give a time with its offset, such as "2027-11-20T00:00:00Z".')
  return null
}

function readTimezone({ value, pointer }: Part, { faults }: ParseContext): string {
  if (typeof value === 'string' && isTimezone(value)) return value
  const code = typeof value === 'string' ? 'enum' : 'type'
  faults.add(pointer, code, 'Give an IANA name of a time zone, such as "Asia/Kolkata".')
  return 'UTC'
}

/** True for a name of the IANA time zone database that is known here. */
export function isTimezone(name: string): boolean {
  if (name.length > timezoneCharactersMax || !timezoneForm.test(name)) return false
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== ''
  } catch {
    // It is how the platform says that it knows no such zone.
    return false
  }
}

function readWeekdays(part: Part, { faults }: ParseContext): readonly number[] {
  const bounds = { itemsMax: weekdayNames.length, what: 'days' }
  const days = readList(part, bounds, faults).map((item) => {
    const day = weekdayNames.indexOf(readChoice(item, weekdayNames, faults)) + 1
    return { day, item }
  })
  for (const [index, { day, item }] of days.entries()) {
    if (days.findIndex((other) => other.day === day) < index && isWeekday(item))
      faults.add(item.pointer, 'conflict', 'Name each day once.')
  }
  return days.map(({ day }) => day).sort((a, b) => a - b)
}

function isWeekday({ value }: Part): boolean {
  return (weekdayNames as readonly unknown[]).includes(value)
}

function readHours(part: Part, { faults }: ParseContext): NonNullable<Schedule['hours']> {
  const bounds = { itemsMax: hourRangesMax, what: 'times of day' }
  return readList(part, bounds, faults).flatMap((item) => {
    const parts = readMembers(item, hoursMembers, faults)
    if (!parts) return []
    const before = faults.count
    const fromMinute = readMinute(parts.from, fromForm, faults)
    const toMinute = readMinute(parts.to, toForm, faults)
    // From and to the same time could be all day or never.
    if (fromMinute === toMinute && faults.count === before)
      faults.add(parts.to.pointer, 'range', 'Give another time than from; "24:00" ends the day.')
    return [{ fromMinute, toMinute }]
  })
}

function readMinute(
  { value, pointer }: Part,
  form: RegExp,
  faults: ParseContext['faults'],
): number {
  if (typeof value === 'string' && form.test(value))
    return Number(value.slice(0, 2)) * minutesPerHour + Number(value.slice(3))
  const codeOfWrong = typeof value === 'string' ? 'format' : 'type'
  const code = value === undefined ? 'required' : codeOfWrong
  faults.add(pointer, code, 'Give a time of day such as "09:00" or "17:30".')
  return 0
}
