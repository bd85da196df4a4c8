import { currencyExponents } from '@pineos/contract/currency.ts'

/** Minor units as people write them: `1,000.50 USD`. Digits are moved, nothing is computed. */
export function moneyText(cents: bigint | number, currency: string): string {
  const exponent = currencyExponents.get(currency) ?? 0
  const digits = String(cents).padStart(exponent + 1, '0')
  const whole = digits.slice(0, digits.length - exponent)
  const fraction = exponent === 0 ? '' : `.${digits.slice(-exponent)}`
  return `${grouped(whole)}${fraction} ${currency}`
}

/** `1,000,000` */
export function grouped(whole: string): string {
  return whole.replace(/\B(?=(\d{3})+$)/g, ',')
}

/** Hundredths as people write them: `2.5`, `100`. */
export function hundredthsText(hundredths: bigint | number): string {
  return String(Number(hundredths) / 100)
}
