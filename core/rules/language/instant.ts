const minuteMs = 60_000
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs
const daysBefore1970 = 719_162
const fractionDigitsMax = 9

const daysBeforeMonth = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334]
const daysInMonth = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

const codes = { zero: 48, dash: 45, plus: 43, colon: 58, dot: 46, t: 116, z: 122 } as const
/** Makes a letter of ASCII small. */
const smallBit = 0x20

const dateCharacters = 10
const secondsEnd = 19

/**
 * Milliseconds since 1970 UTC of a time in text: an RFC 3339 date-time with its offset, or a date, which
 * is midnight UTC; NaN for all else. Strict, unlike `Date.parse`: the 30th of February is no day, a leap
 * second none that a clock here has. Facts are read by it, so it allocates nothing.
 */
export function timeMs(text: string): number {
  return text.length === dateCharacters ? dateMs(text) : dateTimeMs(text)
}

/** As `timeMs`, of a date-time alone. What is finer than a millisecond is cut. */
export function dateTimeMs(text: string): number {
  if ((text.charCodeAt(dateCharacters) | smallBit) !== codes.t) return Number.NaN
  const fractionEnd = endOfFraction(text)
  const ms =
    dateMs(text) + timeOfDayMs(text) + fractionMs(text, fractionEnd) - offsetMs(text, fractionEnd)
  return isWithinYears(ms) ? ms : Number.NaN
}

/** Midnight UTC of the date that the text begins with. */
function dateMs(text: string): number {
  const year = number(text, 0, 4)
  const month = number(text, 5, 2)
  const day = number(text, 8, 2)
  const isWritten = text.charCodeAt(4) === codes.dash && text.charCodeAt(7) === codes.dash
  // NaN is within no bounds.
  if (!(isWritten && year >= 1 && month >= 1 && month <= 12 && day >= 1)) return Number.NaN
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
  const leapDay = isLeap && month === 2 ? 1 : 0
  if (day > (daysInMonth[month - 1] ?? 0) + leapDay) return Number.NaN
  const before = year - 1
  const leapDays = Math.floor(before / 4) - Math.floor(before / 100) + Math.floor(before / 400)
  const thisLeapDay = isLeap && month > 2 ? 1 : 0
  const daysOfYear = (daysBeforeMonth[month - 1] ?? 0) + thisLeapDay + day - 1
  return (before * 365 + leapDays + daysOfYear - daysBefore1970) * dayMs
}

function timeOfDayMs(text: string): number {
  const hour = number(text, 11, 2)
  const minute = number(text, 14, 2)
  const second = number(text, 17, 2)
  const isWritten = text.charCodeAt(13) === codes.colon && text.charCodeAt(16) === codes.colon
  return isWritten && hour <= 23 && minute <= 59 && second <= 59
    ? hour * hourMs + minute * minuteMs + second * 1_000
    : Number.NaN
}

/** Where the offset begins; NaN where there is a dot without digits, or too many of them. */
function endOfFraction(text: string): number {
  if (text.charCodeAt(secondsEnd) !== codes.dot) return secondsEnd
  let end = secondsEnd + 1
  while (end - secondsEnd <= fractionDigitsMax && digit(text, end) >= 0) end += 1
  return end === secondsEnd + 1 ? Number.NaN : end
}

function fractionMs(text: string, end: number): number {
  let ms = 0
  let unit = 100
  for (let place = secondsEnd + 1; place < end && unit >= 1; place++, unit /= 10)
    ms += digit(text, place) * unit
  return ms
}

function offsetMs(text: string, start: number): number {
  const sign = text.charCodeAt(start)
  if ((sign | smallBit) === codes.z) return text.length === start + 1 ? 0 : Number.NaN
  const hour = number(text, start + 1, 2)
  const minute = number(text, start + 4, 2)
  const isWritten = text.charCodeAt(start + 3) === codes.colon && text.length === start + 6
  if (!(isWritten && hour <= 23 && minute <= 59)) return Number.NaN
  if (sign === codes.plus) return hour * hourMs + minute * minuteMs
  return sign === codes.dash ? -(hour * hourMs + minute * minuteMs) : Number.NaN
}

const firstMs = -daysBefore1970 * dayMs
const endMs = Date.UTC(10_000, 0, 1)

/** An offset can lead out of the years 1 to 9999 that a date is written in. */
function isWithinYears(ms: number): boolean {
  return ms >= firstMs && ms < endMs
}

/** NaN where a character is no digit. */
function number(text: string, start: number, digits: number): number {
  let value = 0
  for (let place = start; place < start + digits; place++) {
    const next = digit(text, place)
    if (next < 0) return Number.NaN
    value = value * 10 + next
  }
  return value
}

/** -1 where the character is none, or past the end. */
function digit(text: string, place: number): number {
  const value = text.charCodeAt(place) - codes.zero
  return value >= 0 && value <= 9 ? value : -1
}
