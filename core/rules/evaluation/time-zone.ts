const minuteMs = 60_000
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs

/** Clocks are only ever changed at a quarter of an hour. */
const slotMs = 15 * minuteMs
const rememberedSlotsMax = 20_000

/** What the clocks of a time zone show. */
export interface LocalTime {
  /** Days since 1 January 1970 on these clocks. */
  readonly dayNumber: number
  /** 1 for Monday to 7 for Sunday (ISO 8601). */
  readonly weekday: number
  readonly minuteOfDay: number
}

/** What the clocks of the time zone show at the instant, daylight saving included. */
export function localTime(atMs: number, timezone: string): LocalTime {
  const localMs = atMs + offsetMs(atMs, timezone)
  const dayNumber = Math.floor(localMs / dayMs)
  return {
    dayNumber,
    weekday: weekdayOf(dayNumber),
    minuteOfDay: Math.floor((localMs - dayNumber * dayMs) / minuteMs),
  }
}

/** 1 for Monday to 7 for Sunday; 1 January 1970 was a Thursday. */
export function weekdayOf(dayNumber: number): number {
  return ((((dayNumber + 3) % 7) + 7) % 7) + 1
}

/** How far the clocks of the zone are ahead of UTC at the instant. */
export function offsetMs(atMs: number, timezone: string): number {
  if (timezone === 'UTC') return 0
  const known = zoneOf(timezone)
  const slot = Math.floor(atMs / slotMs)
  const remembered = known.offsets.get(slot)
  if (remembered !== undefined) return remembered
  if (known.offsets.size >= rememberedSlotsMax) known.offsets.clear()
  const offset = askedOffsetMs(slot * slotMs, known.format)
  known.offsets.set(slot, offset)
  return offset
}

interface Zone {
  readonly format: Intl.DateTimeFormat
  readonly offsets: Map<number, number>
}

const zones = new Map<string, Zone>()

function zoneOf(timezone: string): Zone {
  const known = zones.get(timezone)
  if (known) return known
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: timezone,
    calendar: 'gregory',
    numberingSystem: 'latn',
    hourCycle: 'h23',
    era: 'short',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  })
  const zone = { format, offsets: new Map<number, number>() }
  zones.set(timezone, zone)
  return zone
}

function askedOffsetMs(atMs: number, format: Intl.DateTimeFormat): number {
  const parts = new Map<string, string>(
    format.formatToParts(atMs).map(({ type, value }) => [type, value]),
  )
  const number = (type: string) => Number(parts.get(type))
  const year = parts.get('era') === 'BC' ? 1 - number('year') : number('year')
  const shown = new Date(0)
  shown.setUTCFullYear(year, number('month') - 1, number('day'))
  shown.setUTCHours(number('hour'), number('minute'), number('second'))
  return shown.getTime() - atMs
}
