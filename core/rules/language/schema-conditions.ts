import { aggregateFunctions, eventRoles, referralMoments } from './condition.ts'
import {
  conditionsMax,
  countedNamesMax,
  eventTypeCharactersMax,
  listItemsMax,
  patternCharactersMax,
  rewardIdCharactersMax,
  textCharactersMax,
} from './limits.ts'
import { aggregateMembers, comparisonMembers, groupModes, referenceMembers } from './members.ts'
import { type OperandFormName, operandForms } from './operand-forms.ts'
import { type OperatorName, operatorNames, operators } from './operators.ts'
import { anyName, rewardFacts } from './parse-aggregate.ts'
import {
  choice,
  closedObject,
  defined,
  listOf,
  never,
  type Schema,
  shortText,
  when,
} from './schema-form.ts'

/** The definitions of conditions and of facts over history. */
export function conditionSchemas(): Readonly<Record<string, Schema>> {
  const rewardFact = choice(rewardFacts, 'What a reward of the past has')
  return {
    ...conditionsOf('condition', defined('path')),
    // What counts is decided by the facts of what is counted: no history within history.
    ...conditionsOf('eventCondition', defined('path'), { hasHistory: false }),
    ...conditionsOf('rewardCondition', rewardFact, { hasHistory: false }),
    ...aggregateSchemas(rewardFact),
    scalar: {
      title: 'Value',
      description: `A text of at most ${textCharactersMax} characters, a number, true or false`,
      anyOf: [
        { type: 'string', maxLength: textCharactersMax, format: 'storable-text' },
        { type: ['number', 'boolean'] },
      ],
    },
  }
}

/** A condition, a comparison or a group of conditions, about one kind of facts. */
function conditionsOf(
  name: string,
  fact: Schema,
  { hasHistory = true } = {},
): Readonly<Record<string, Schema>> {
  const comparison = `${name}Comparison`
  const group = `${name}Group`
  return {
    [name]: {
      title: 'Condition',
      description: 'A comparison of a fact, or a group of conditions',
      ...when(
        { anyOf: groupModes.map((mode) => ({ required: [mode] })) },
        defined(group),
        defined(comparison),
      ),
    },
    [comparison]: comparisonSchema(fact, hasHistory),
    [group]: groupSchema(name),
  }
}

const groupDescriptions = {
  all: 'True where all of them are',
  any: 'True where one of them is',
  none: 'True where all of them are known and none is true',
} as const

function groupSchema(name: string): Schema {
  return {
    title: 'Group',
    oneOf: groupModes.map((mode) =>
      closedObject(
        [mode],
        { [mode]: listOf(defined(name), conditionsMax, groupDescriptions[mode]) } as Record<
          typeof mode,
          Schema
        >,
        { required: [mode] },
      ),
    ),
  }
}

function comparisonSchema(fact: Schema, hasHistory: boolean): Schema {
  const history = (name: (typeof aggregateFunctions)[number]) =>
    hasHistory
      ? defined(name === 'min' || name === 'max' ? 'sum' : name, functionDescriptions[name])
      : never
  const subjects = hasHistory ? (['field', ...aggregateFunctions] as const) : (['field'] as const)
  return closedObject(
    comparisonMembers,
    {
      field: { ...fact, description: 'The fact of the event that is compared' },
      count: history('count'),
      sum: history('sum'),
      distinct: history('distinct'),
      min: history('min'),
      max: history('max'),
      operator: choice(operatorNames, 'How the fact is compared with the value'),
      value: { description: 'What it is compared with; {"field": …} is the value of another fact' },
    },
    {
      title: 'Comparison',
      required: ['operator'],
      oneOf: subjects.map((subject) => ({ required: [subject] })),
      allOf: formNames.map((form) => valuesOf(form, fact)),
    },
  )
}

const functionDescriptions = {
  count: 'How many there were',
  sum: 'The sum of a value of each',
  distinct: 'How many different values there were',
  min: 'The smallest value',
  max: 'The largest value',
} as const

// Object.keys loses the literal type; the table is the only source of its keys.
const formNames = Object.keys(operandForms) as readonly OperandFormName[]

const ordered: Schema = {
  anyOf: [{ type: 'number' }, { type: 'string', maxLength: textCharactersMax }],
}
const text: Schema = { type: 'string', minLength: 1, maxLength: textCharactersMax }

const values: Readonly<Record<Exclude<OperandFormName, 'nothing'>, Schema>> = {
  scalar: defined('scalar'),
  ordered,
  part: { allOf: [defined('scalar'), { not: { const: '' } }] },
  affix: text,
  time: {
    type: 'string',
    pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}([Tt].+)?$',
    description: 'A time with its offset, or a date, which is midnight UTC',
  },
  list: listOf(defined('scalar'), listItemsMax, 'The values that it can be one of'),
  range: {
    type: 'array',
    minItems: 2,
    maxItems: 2,
    description: 'The lowest and the highest value, both included',
    anyOf: [
      { items: { type: 'number' } },
      { items: { type: 'string', maxLength: textCharactersMax } },
    ],
  },
  duration: defined('duration'),
  pattern: {
    type: 'string',
    minLength: 1,
    maxLength: patternCharactersMax,
    description: 'A regular expression of RE2 syntax, found anywhere in the text',
  },
}

/** What an operator's value can be, for all operators that take the same. */
function valuesOf(form: OperandFormName, fact: Schema): Schema {
  const names: readonly OperatorName[] = operatorNames.filter(
    (name) => operators[name].takes === form,
  )
  const condition = { properties: { operator: { enum: names } }, required: ['operator'] }
  if (form === 'nothing') return when(condition, { properties: { value: never } })
  const value = operandForms[form].isReferable
    ? { anyOf: [values[form], referenceSchema(fact)] }
    : values[form]
  return when(condition, { properties: { value }, required: ['value'] })
}

function referenceSchema(fact: Schema): Schema {
  return closedObject(
    referenceMembers,
    { field: fact },
    {
      title: 'Value of another fact',
      required: ['field'],
    },
  )
}

function aggregateSchemas(rewardFact: Schema): Readonly<Record<string, Schema>> {
  return {
    count: aggregateSchema('Count', { ofEvent: never, ofReward: never }),
    sum: aggregateSchema('Sum, least or greatest', {
      ofEvent: defined('path'),
      ofReward: { const: 'amount_cents' },
      isNeeded: true,
    }),
    distinct: aggregateSchema('Distinct', {
      ofEvent: defined('path'),
      ofReward: rewardFact,
      isNeeded: true,
      isNeededOfReward: true,
    }),
  }
}

interface Measured {
  readonly ofEvent: Schema
  readonly ofReward: Schema
  readonly isNeeded?: boolean
  readonly isNeededOfReward?: boolean
}

function aggregateSchema(title: string, measured: Measured): Schema {
  const { ofEvent, ofReward, isNeeded = false, isNeededOfReward = false } = measured
  const where = (name: string) =>
    listOf(defined(name), conditionsMax, 'Which of them count: all that meet these')
  const variant = (of: Schema, condition: string, isOfNeeded: boolean) => ({
    properties: { of, where: where(condition) },
    ...(isOfNeeded ? { required: ['of'] } : {}),
  })
  return closedObject(
    aggregateMembers,
    {
      event: namesSchema(eventTypeCharactersMax, 'Types of events; "any" for all'),
      referral: choice(referralMoments, 'Referrals by what happened to them'),
      reward: namesSchema(
        rewardIdCharactersMax,
        'Reward ids of rewards that were paid; "any" for all',
      ),
      for: choice(eventRoles, 'Whose they are: in which part the owner took part in them'),
      within: defined('window'),
      of: { description: 'The value that is read of each' },
      where: {
        description: 'Which of them count: a list of conditions, all of which must be true',
      },
      include_current: {
        type: 'boolean',
        default: true,
        description: 'Whether an event that counts itself is in it',
      },
    },
    {
      title,
      required: ['for'],
      oneOf: [{ required: ['event'] }, { required: ['referral'] }, { required: ['reward'] }],
      ...when(
        { required: ['reward'] },
        variant(ofReward, 'rewardCondition', isNeededOfReward),
        variant(ofEvent, 'eventCondition', isNeeded),
      ),
    },
  )
}

function namesSchema(charactersMax: number, description: string): Schema {
  const name = shortText(charactersMax, 'One of them')
  const names = { ...name, not: { const: anyName } }
  return { description, anyOf: [name, listOf(names, countedNamesMax, 'Several of them')] }
}
