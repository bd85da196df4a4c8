import { currencyExponents } from '@pineos/contract/currency.ts'
import { amountCentsMax } from '@pineos/contract/primitives.ts'
import { roundings } from './amount.ts'
import { aggregateFunctions } from './condition.ts'
import {
  comparedAmountsMax,
  comparedAmountsMin,
  eventTypeCharactersMax,
  factorMax,
  groupNameCharactersMax,
  nthMax,
  nthMin,
  percentMax,
  reasonCharactersMax,
  rewardIdCharactersMax,
  tiersMax,
} from './limits.ts'
import {
  denyMembers,
  everyNthMembers,
  fixedAmountMembers,
  greaterOfMembers,
  holdMembers,
  marginalTierMembers,
  multiplyMembers,
  payMembers,
  percentAmountMembers,
  smallerOfMembers,
  tiersAmountMembers,
  wholeTierMembers,
} from './members.ts'
import { unknownPolicies } from './parse-actions.ts'
import { tierModes } from './parse-tiers.ts'
import {
  choice,
  closedObject,
  defined,
  listOf,
  never,
  positive,
  type Schema,
  shortText,
  when,
  whole,
} from './schema-form.ts'

const cents = (description: string) =>
  whole(1, amountCentsMax, `${description}, in minor units (cents)`)
export const currency: Schema = choice([...currencyExponents.keys()], 'ISO 4217 code of a currency')

const round = { ...choice(roundings, 'How a part of a minor unit is rounded'), default: 'down' }
const percent = positive(percentMax, 'Percent, with at most two decimals')
const of = defined('path', 'The fact, in minor units, that it is a share of')
const bounds = {
  min_cents: cents('The least that it is'),
  max_cents: cents('The most that it is'),
}

/** The definitions of actions and amounts. */
export function actionSchemas(): Readonly<Record<string, Schema>> {
  return {
    ...amountSchemas(),
    payAction: payAction(),
    hold: holdSchema(),
    denyAction,
    multiplyAction,
  }
}

function amountSchemas(): Readonly<Record<string, Schema>> {
  return {
    amount: {
      title: 'Amount',
      description: 'A fixed or computed amount: exactly one form',
      oneOf: [
        closedObject(
          fixedAmountMembers,
          { amount_cents: cents('The amount') },
          {
            title: 'Fixed amount',
            required: ['amount_cents'],
          },
        ),
        closedObject(
          percentAmountMembers,
          { percent, of, round, ...bounds },
          {
            title: 'Percent of a fact',
            required: ['percent', 'of'],
          },
        ),
        wholeTiers,
        marginalTiers,
        closedObject(
          greaterOfMembers,
          { greater_of: amounts('The greatest of them is due') },
          {
            title: 'The greatest of several',
            required: ['greater_of'],
          },
        ),
        closedObject(
          smallerOfMembers,
          { smaller_of: amounts('The smallest of them is due') },
          {
            title: 'The smallest of several',
            required: ['smaller_of'],
          },
        ),
        closedObject(
          everyNthMembers,
          {
            every: whole(nthMin, nthMax, 'At every how many of the count it is due'),
            count: defined('count'),
            amount: defined('amount'),
          },
          { title: 'At every n-th', required: ['every', 'count', 'amount'] },
        ),
      ],
    },
  }
}

function amounts(description: string): Schema {
  return {
    ...listOf(defined('amount'), comparedAmountsMax, description),
    minItems: comparedAmountsMin,
  }
}

const from = whole(0, amountCentsMax, 'Where the tier begins; each above the one before')

const wholeTier = closedObject(
  wholeTierMembers,
  { from, amount_cents: cents('What the tier pays'), percent, of, round },
  {
    title: 'Tier',
    required: ['from'],
    oneOf: [
      { required: ['amount_cents'], properties: { percent: never, of: never, round: never } },
      { required: ['percent', 'of'], properties: { amount_cents: never } },
    ],
  },
)

const subject: Schema = {
  description: 'The fact that decides on the tier: a path, or a fact over history',
  anyOf: [
    defined('path'),
    ...aggregateFunctions.map((name) => {
      const aggregate = defined(name === 'min' || name === 'max' ? 'sum' : name)
      // The name is the only member that there is.
      const properties = { [name]: aggregate } as Record<typeof name, Schema>
      return closedObject([name], properties, { required: [name] })
    }),
  ],
}

const wholeTiers = closedObject(
  tiersAmountMembers,
  {
    tiers: listOf(wholeTier, tiersMax, 'The tier that the fact falls into decides'),
    by: subject,
    mode: { ...choice([tierModes[0]], 'whole: one tier decides'), default: tierModes[0] },
    round: never,
    ...bounds,
  },
  { title: 'Tiers', required: ['tiers', 'by'] },
)

const marginalTiers = closedObject(
  tiersAmountMembers,
  {
    tiers: listOf(
      closedObject(
        marginalTierMembers,
        { from, percent },
        {
          title: 'Tier',
          required: ['from', 'percent'],
        },
      ),
      tiersMax,
      'Each part of the fact pays the percent of the tier it lies in',
    ),
    by: defined('path', 'The fact, in minor units'),
    mode: choice([tierModes[1]], 'marginal: each tier pays for its part'),
    round,
    ...bounds,
  },
  { title: 'Marginal tiers', required: ['tiers', 'by', 'mode'] },
)

function payAction(): Schema {
  return closedObject(
    payMembers,
    {
      type: choice(['credit', 'debit'], 'credit gives, debit takes'),
      user: defined('path', 'The fact that names who receives or pays'),
      amount_cents: cents('A fixed amount'),
      amount: defined('amount'),
      currency: choice(
        [...currencyExponents.keys(), null],
        'ISO 4217 code; the default of the program where it is absent',
      ),
      reward_id: {
        description: 'What the reward is called in entries and reports',
        anyOf: [shortText(rewardIdCharactersMax, 'Its name'), { type: 'null' }],
      },
      hold: defined('hold'),
      expires_after: defined('duration', 'How long after the event what is left of it expires'),
    },
    {
      title: 'Credit or debit',
      required: ['type', 'user'],
      oneOf: [{ required: ['amount_cents'] }, { required: ['amount'] }],
      ...when(
        { properties: { type: { const: 'debit' } }, required: ['type'] },
        { properties: { hold: never, expires_after: never } },
      ),
    },
  )
}

function holdSchema(): Schema {
  const untilEvent = closedObject(
    holdMembers,
    {
      until: shortText(eventTypeCharactersMax, 'The type of the event that confirms it'),
      match: defined(
        'path',
        'The fact that both events must share; referred_id where it is absent',
      ),
      at_most: defined('duration', 'After this time without the event the reward lapses'),
    },
    { title: 'Until an event', required: ['until'] },
  )
  return {
    title: 'Hold',
    description: 'Until when a credit stays pending',
    anyOf: [defined('duration'), untilEvent],
  }
}

const denyAction = closedObject(
  denyMembers,
  {
    type: { const: 'deny', description: 'Other rules pay nothing for the event' },
    reason: shortText(reasonCharactersMax, 'Why, for people'),
    group: shortText(
      groupNameCharactersMax,
      'The stacking group whose rules it denies; all where it is absent',
    ),
    on_unknown: {
      ...choice(unknownPolicies, 'What it does where its conditions are unknown'),
      default: unknownPolicies[0],
    },
  },
  { title: 'Guard', required: ['type', 'reason'] },
)

const multiplyAction = closedObject(
  multiplyMembers,
  {
    type: { const: 'multiply', description: 'Multiplies the credits of other rules' },
    factor: positive(factorMax, 'By how much, with at most two decimals'),
    group: shortText(
      groupNameCharactersMax,
      'The stacking group whose credits it multiplies; all where it is absent',
    ),
    max_cents: cents('The most that one credit may reach by it'),
  },
  { title: 'Modifier', required: ['type', 'factor'] },
)
