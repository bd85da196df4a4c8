import type { Amount, AmountBounds, PercentAmount, Rounding } from '../language/amount.ts'
import { subjectName } from './condition-text.ts'
import { hundredthsText, moneyText } from './money-text.ts'

const roundingText: Readonly<Record<Rounding, string>> = {
  down: '',
  up: ', rounded up',
  half_up: ', rounded to the nearest',
  half_even: ', rounded to the nearest even',
}

/** An amount in words: `10 % of purchase.amount_cents, at most 50.00 USD`. */
export function amountText(amount: Amount, currency: string): string {
  switch (amount.kind) {
    case 'fixed':
      return moneyText(amount.cents, currency)
    case 'percent':
      return `${percentText(amount)}${boundsText(amount, currency)}`
    case 'whole_tiers': {
      const tiers = amount.tiers.map(
        (tier) => `${amountText(tier.amount, currency)} from ${tier.from}`,
      )
      return `by ${subjectName(amount.by)}: ${tiers.join(', ')}${boundsText(amount, currency)}`
    }
    case 'marginal_tiers': {
      const tiers = amount.tiers.map(
        ({ from, basisPoints }) => `${hundredthsText(basisPoints)} % of what is above ${from}`,
      )
      const rounding = roundingText[amount.rounding]
      return `of ${amount.by.text}, each part by its own tier: ${tiers.join(', ')}${rounding}${boundsText(amount, currency)}`
    }
    case 'greatest':
    case 'smallest': {
      const which = amount.kind === 'greatest' ? 'greatest' : 'smallest'
      return `the ${which} of (${amount.amounts.map((each) => amountText(each, currency)).join('; ')})`
    }
    case 'every_nth': {
      const count = subjectName({ kind: 'aggregate', aggregate: amount.count })
      return `${amountText(amount.amount, currency)} whenever ${count} is a multiple of ${amount.nth}`
    }
  }
}

function percentText({ basisPoints, of, rounding }: PercentAmount): string {
  return `${hundredthsText(basisPoints)} % of ${of.text}${roundingText[rounding]}`
}

function boundsText({ minCents, maxCents }: AmountBounds, currency: string): string {
  const least = minCents === null ? '' : `, at least ${moneyText(minCents, currency)}`
  return maxCents === null ? least : `${least}, at most ${moneyText(maxCents, currency)}`
}
