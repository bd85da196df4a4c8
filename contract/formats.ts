import { isCurrency } from './currency.ts'

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i
const dateTime =
  /^(\d{4})-(\d{2})-(\d{2})[Tt](\d{2}):(\d{2}):(\d{2})(?:\.\d{1,9})?(?:[Zz]|[+-](\d{2}):(\d{2}))$/

/** The string formats that the schemas of the contract name, each with the test behind it. */
export const formats: Readonly<Record<string, (value: string) => boolean>> = {
  uuid: (value) => uuid.test(value),
  'date-time': isInstant,
  'iso-4217': isCurrency,
  'storable-text': isStorableText,
}

/**
 * True for an RFC 3339 date-time of a day that exists, of the years 1 to 9999 in UTC as well. Leap
 * seconds are refused: no clock here has them.
 */
export function isInstant(value: string): boolean {
  const parts = dateTime.exec(value)
  if (!parts) return false
  const [year, month, day, hour, minute, second, offsetHour, offsetMinute] = parts
    .slice(1)
    .map((part) => Number(part ?? 0)) as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ]
  const daysInMonth = new Date(Date.UTC(year, month, 0)).getUTCDate()
  return (
    year >= 1 &&
    month >= 1 &&
    month <= 12 &&
    day >= 1 &&
    day <= daysInMonth &&
    hour <= 23 &&
    minute <= 59 &&
    second <= 59 &&
    offsetHour <= 23 &&
    offsetMinute <= 59 &&
    isFourDigitYear(new Date(value).getUTCFullYear())
  )
}

function isFourDigitYear(year: number): boolean {
  return year >= 1 && year <= 9_999
}

/** True for text that PostgreSQL keeps and UTF-8 carries unchanged: no NUL, no lone surrogate. */
export function isStorableText(value: string): boolean {
  return !value.includes('\0') && value.isWellFormed()
}
