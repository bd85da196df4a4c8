import type { Schedule } from '../language/schedule.ts'
import { localTime } from './time-zone.ts'

/** Undefined where the schedule holds at the instant; else why it does not, in a sentence. */
export function offSchedule(schedule: Schedule | null, atMs: number): string | undefined {
  if (!schedule) return undefined
  const { startsAtMs, endsAtMs, timezone, weekdays, hours } = schedule
  if (startsAtMs !== null && atMs < startsAtMs)
    return `The rule begins at ${new Date(startsAtMs).toISOString()}.`
  if (endsAtMs !== null && atMs >= endsAtMs)
    return `The rule has ended at ${new Date(endsAtMs).toISOString()}.`
  if (!weekdays && !hours) return undefined
  const { weekday, minuteOfDay } = localTime(atMs, timezone)
  if (weekdays && !weekdays.includes(weekday))
    return `The rule does not hold on a ${weekdayNames[weekday - 1]} (${timezone}).`
  if (hours && !hours.some((range) => isWithin(range, minuteOfDay)))
    return `The rule does not hold at ${clockTime(minuteOfDay)} (${timezone}).`
  return undefined
}

/** From Monday on (ISO 8601). */
export const weekdayNames = [
  'Monday',
  'Tuesday',
  'Wednesday',
  'Thursday',
  'Friday',
  'Saturday',
  'Sunday',
] as const

function isWithin(
  { fromMinute, toMinute }: { fromMinute: number; toMinute: number },
  minute: number,
): boolean {
  if (fromMinute <= toMinute) return minute >= fromMinute && minute < toMinute
  return minute >= fromMinute || minute < toMinute
}

function clockTime(minuteOfDay: number): string {
  const two = (value: number) => String(value).padStart(2, '0')
  return `${two(Math.floor(minuteOfDay / 60))}:${two(minuteOfDay % 60)}`
}
