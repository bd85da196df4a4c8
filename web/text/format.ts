import { currencyExponents } from '@pineos/contract/currency.ts'

/** Minor units as money in the viewer's locale, with the places that ISO 4217 gives the currency. */
export function formatMoney(amountCents: number, currency: string): string {
  const exponent = currencyExponents.get(currency) ?? 2
  return new Intl.NumberFormat(undefined, {
    style: 'currency',
    currency,
    minimumFractionDigits: exponent,
    maximumFractionDigits: exponent,
  }).format(amountCents / 10 ** exponent)
}

export function formatNumber(value: number): string {
  return new Intl.NumberFormat().format(value)
}

/** The day of an RFC 3339 time in the viewer's locale and time zone. */
export function formatDay(instant: string): string {
  return new Intl.DateTimeFormat(undefined, { dateStyle: 'medium' }).format(new Date(instant))
}

/** The time of day of an RFC 3339 time in the viewer's locale and time zone. */
export function formatTimeOfDay(instant: string): string {
  return new Intl.DateTimeFormat(undefined, { timeStyle: 'short' }).format(new Date(instant))
}

/** `credit_pending` as people read it. */
export function formatName(name: string): string {
  const words = name.replaceAll('_', ' ')
  return words.charAt(0).toUpperCase() + words.slice(1)
}
