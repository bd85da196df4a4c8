import { parseDuration } from './duration.ts'
import type { Faults } from './fault.ts'
import { windowHoursMax } from './limits.ts'
import { listed, type Part } from './part.ts'
import { calendarUnits, type Duration, type Window } from './window.ts'

export const lifetime = 'lifetime'
const hoursPerDay = 24

/** Reads a duration. */
export function readDuration({ value, pointer }: Part, faults: Faults): Duration {
  const duration =
    typeof value === 'string'
      ? parseDuration(value)
      : 'Give an ISO 8601 duration in quotes, such as "P30D".'
  if (typeof duration !== 'string') return duration
  faults.add(pointer, typeof value === 'string' ? 'format' : 'type', duration)
  return { text: '', months: 0, days: 0, hours: 0 }
}

/** Reads the time that a fact over history or a limit looks back on; all time where it is not given. */
export function readWindow(part: Part, faults: Faults): Window {
  const { value, pointer } = part
  if (value === undefined || value === lifetime) return { kind: 'lifetime' }
  const unit = calendarUnits.find((candidate) => candidate === value)
  if (unit) return { kind: 'calendar', unit }
  if (typeof value !== 'string' || !value.startsWith('P')) {
    const words = listed([...calendarUnits, lifetime])
    faults.add(pointer, 'enum', `Give a duration such as "P30D" or "PT24H", or ${words}.`)
    return { kind: 'lifetime' }
  }
  const duration = readDuration(part, faults)
  const { months, days, hours } = duration
  // Hours are counted in buckets of an hour, and only as many are read as make up a month.
  if (hours > 0 && (months > 0 || days * hoursPerDay + hours > windowHoursMax)) {
    const detail = `A window with hours is at most ${windowHoursMax} hours. Give a longer one in days or months.`
    faults.add(pointer, 'limit', detail)
  }
  return { kind: 'rolling', duration }
}
