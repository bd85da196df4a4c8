import { currencyExponents } from '@pineos/contract/currency.ts'
import { amountCentsMax } from '@pineos/contract/primitives.ts'
import { currencySymbols } from './lexicon.ts'

/** An amount in a sentence: where it stands, and what it is in minor units. */
export interface SpokenMoney {
  readonly start: number
  readonly end: number
  readonly text: string
  readonly amountCents: number
  readonly currency: string
}

const number = String.raw`\d+(?:,\d{2,3})*(?:\.\d+)?`
const symbols = Object.keys(currencySymbols)
  .map((symbol) => (symbol === '$' ? String.raw`\$` : symbol))
  .join('|')
const pattern = new RegExp(`(${symbols}) ?(${number})|\\b(${number}) ?([a-z]{3})\\b`, 'g')

/**
 * The amounts of money in the sentence (in lower case), exact: “$1,000.50” is 100050 cents. A number
 * without a currency is none, and neither is one that the currency has no minor unit for.
 */
export function findMoney(sentence: string): readonly SpokenMoney[] {
  return [...sentence.matchAll(pattern)].flatMap((match) => {
    const [text, symbol, afterSymbol, beforeCode, code] = match
    const currency = symbol ? currencySymbols[symbol] : code?.toUpperCase()
    const exponent = currency === undefined ? undefined : currencyExponents.get(currency)
    if (currency === undefined || exponent === undefined) return []
    const amountCents = minorUnits(afterSymbol ?? beforeCode ?? '', exponent)
    if (amountCents === undefined) return []
    return [{ start: match.index, end: match.index + text.length, text, amountCents, currency }]
  })
}

/** Digits are moved, never multiplied as floating point. */
function minorUnits(text: string, exponent: number): number | undefined {
  const [whole = '', fraction = ''] = text.replaceAll(',', '').split('.')
  if (fraction.length > exponent) return undefined
  const amount = Number(`${whole}${fraction.padEnd(exponent, '0')}`)
  return Number.isSafeInteger(amount) && amount >= 1 && amount <= amountCentsMax
    ? amount
    : undefined
}
