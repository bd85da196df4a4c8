import type { Metric } from '../language/condition.ts'
import type { CalendarUnit, Duration, Window } from '../language/window.ts'
import { localTime, weekdayOf } from './time-zone.ts'

const hourMs = 3_600_000
const dayMs = 24 * hourMs

/** Before every bucket that an instant of an event can fall into. */
export const firstBucket = -2_147_483_648

/** The buckets of a window, the first and the last included. */
export interface BucketRange {
  readonly from: number
  readonly to: number
}

/** The number of the day (on the clocks of the zone) or hour (UTC) since 1970 that the instant is in. */
export function bucketOf(bucket: Metric['bucket'], atMs: number, timezone: string): number {
  return bucket === 'hour' ? Math.floor(atMs / hourMs) : localTime(atMs, timezone).dayNumber
}

/** The buckets that a window looks back on from the instant, that of the instant the last. */
export function bucketRange(
  window: Window,
  { bucket, atMs, timezone }: { bucket: Metric['bucket']; atMs: number; timezone: string },
): BucketRange {
  const to = bucketOf(bucket, atMs, timezone)
  switch (window.kind) {
    case 'lifetime':
      return { from: firstBucket, to }
    case 'rolling':
      return { from: rollingFrom(window.duration, to, bucket), to }
    case 'calendar': {
      const day = localTime(atMs, timezone).dayNumber
      const first = calendarDays(window.unit, day).from
      // A bucket of hours is one of UTC: the first of the day on the clocks is as many hours back.
      return { from: bucket === 'day' ? first : to - hoursSince(first, atMs, timezone), to }
    }
  }
}

function rollingFrom(
  { months, days, hours }: Duration,
  to: number,
  bucket: Metric['bucket'],
): number {
  if (bucket === 'hour') {
    const day = Math.floor(to / 24)
    return to - (day - monthsBefore(day, months)) * 24 - days * 24 - hours + 1
  }
  // Hours are counted in buckets of hours; where there are none they come to whole days.
  return monthsBefore(to, months) - days - Math.ceil(hours / 24) + 1
}

function hoursSince(day: number, atMs: number, timezone: string): number {
  const { dayNumber, minuteOfDay } = localTime(atMs, timezone)
  return (dayNumber - day) * 24 + Math.floor(minuteOfDay / 60)
}

/** The first and the last day of the calendar unit that the day is in; weeks begin on Monday. */
export function calendarDays(unit: CalendarUnit, day: number): BucketRange {
  const from = firstDay[unit](day)
  return { from, to: nextDay[unit](from) - 1 }
}

type DayOf = Readonly<Record<CalendarUnit, (day: number) => number>>

const firstDay: DayOf = {
  day: (day) => day,
  week: (day) => day - weekdayOf(day) + 1,
  month: (day) => monthDay(day, (month) => month),
  quarter: (day) => monthDay(day, (month) => month - (month % 3)),
  year: (day) => monthDay(day, () => 0),
}

/** The first day of the unit after the one that begins on the day. */
const nextDay: DayOf = {
  day: (day) => day + 1,
  week: (day) => day + 7,
  month: (day) => monthDay(day, (month) => month + 1),
  quarter: (day) => monthDay(day, (month) => month + 3),
  year: (day) => monthDay(day, (month) => month + 12),
}

/** The first day of a month of the year that the day is in, or of one after it. */
function monthDay(day: number, chosen: (month: number) => number): number {
  const date = new Date(day * dayMs)
  return Math.floor(Date.UTC(date.getUTCFullYear(), chosen(date.getUTCMonth()), 1) / dayMs)
}

/** The same day of an earlier month, or its last day where it is shorter. */
function monthsBefore(day: number, months: number): number {
  return months === 0 ? day : Math.floor(addMonths(day * dayMs, -months) / dayMs)
}

/** The instant so many calendar months later in UTC, on the last day of a month that is too short. */
export function addMonths(atMs: number, months: number): number {
  const date = new Date(atMs)
  const first = new Date(atMs)
  first.setUTCDate(1)
  first.setUTCMonth(first.getUTCMonth() + months)
  const lastDay = new Date(
    Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + 1, 0),
  ).getUTCDate()
  first.setUTCDate(Math.min(date.getUTCDate(), lastDay))
  return first.getTime()
}

/** The instant after the duration has passed: months by the calendar of UTC, days of 24 hours. */
export function addDuration(atMs: number, { months, days, hours }: Duration): number {
  return addMonths(atMs, months) + days * dayMs + hours * hourMs
}
