import { eventRoles } from './condition.ts'
import { durationPattern } from './duration.ts'
import {
  actionsMax,
  conditionsMax,
  eventTypeCharactersMax,
  groupNameCharactersMax,
  hourRangesMax,
  limitCountMax,
  limitsMax,
  pathCharactersMax,
  pathSegmentsMax,
  priorityMax,
  shareNameCharactersMax,
  triggersMax,
} from './limits.ts'
import {
  hoursMembers,
  limitMembers,
  ruleMembers,
  scheduleMembers,
  shareMembers,
  stackingMembers,
} from './members.ts'
import { logics, ruleModes, termsChoices } from './parse.ts'
import { shortPolicies, spentPolicies } from './parse-limits.ts'
import {
  endOfDayPattern,
  timeOfDayPattern,
  timezoneCharactersMax,
  timezonePattern,
  weekdayNames,
} from './parse-schedule.ts'
import { lifetime } from './parse-window.ts'
import { limitScopes, stackingModes } from './rule.ts'
import { actionSchemas, currency } from './schema-actions.ts'
import { conditionSchemas } from './schema-conditions.ts'
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
import { calendarUnits } from './window.ts'

const guardOrModifier = {
  properties: {
    actions: {
      contains: { properties: { type: { enum: ['deny', 'multiply'] } }, required: ['type'] },
    },
  },
  required: ['actions'],
}

/**
 * The language as a JSON Schema (2020-12), for editors and for other programs. It has the members, the
 * choices and the bounds that the parser has. The parser refuses more: what a schema cannot say, such
 * as an end before the start, a pattern that is none, or limits on a rule as a whole.
 */
export const ruleSchema: Schema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'Rule',
  description: 'Which events a rule is asked about, under which conditions, and what follows',
  ...closedObject(
    ruleMembers,
    {
      on: listOf(
        shortText(eventTypeCharactersMax, 'A type of events'),
        triggersMax,
        'The types of events that it is asked about; all where it is absent',
      ),
      conditions: {
        type: 'array',
        items: defined('condition'),
        maxItems: conditionsMax,
        description: 'When it is met',
      },
      logic: { ...choice(logics, 'AND: all conditions; OR: any of them'), default: 'AND' },
      always: { const: true, description: 'The rule has no conditions and is met by every event' },
      actions: {
        type: 'array',
        minItems: 1,
        maxItems: actionsMax,
        description: 'What follows: all of them pay, or all deny, or all multiply',
        oneOf: ['payAction', 'denyAction', 'multiplyAction'].map((name) => ({
          items: defined(name),
        })),
      },
      limits: listOf(defined('limit'), limitsMax, 'How often and how much may be paid'),
      schedule: defined('schedule'),
      priority: {
        ...whole(-priorityMax, priorityMax, 'Larger goes first'),
        default: 0,
      },
      stacking: defined('stacking'),
      terms: {
        ...choice(
          termsChoices,
          'Which version counts: the current one, or that of when the referral began',
        ),
        default: 'current',
      },
      mode: {
        ...choice(ruleModes, 'shadow: evaluated and recorded, never paid'),
        default: 'live',
      },
      rollout: defined('share', 'The users that it is rolled out to; all where it is absent'),
      hold_out: defined('share', 'The users that it never pays, to compare with'),
    },
    {
      required: ['actions'],
      oneOf: [
        { required: ['conditions'], properties: { conditions: { minItems: 1 }, always: never } },
        { required: ['always'], properties: { conditions: { maxItems: 0 } } },
      ],
      ...when(guardOrModifier, { properties: { limits: never, stacking: never } }),
    },
  ),
  $defs: {
    path: {
      title: 'Path of a fact',
      description: 'Names with dots between them, such as purchase.amount_cents',
      type: 'string',
      format: 'storable-text',
      maxLength: pathCharactersMax,
      pattern: `^[^.]*[^.\\s][^.]*(\\.[^.]*[^.\\s][^.]*){0,${pathSegmentsMax - 1}}$`,
      not: { pattern: '(^|\\.)(__proto__|constructor|prototype)(\\.|$)' },
    },
    duration: {
      title: 'Duration',
      description: 'ISO 8601 in whole numbers: P30D, P2W, P1M, P1Y, PT36H',
      type: 'string',
      pattern: durationPattern,
      examples: ['P30D', 'P1M', 'PT24H'],
    },
    window: {
      title: 'Window',
      description: 'Back to when: a duration, the current unit of the calendar, or all time',
      default: lifetime,
      anyOf: [defined('duration'), { enum: [...calendarUnits, lifetime] }],
    },
    ...conditionSchemas(),
    ...actionSchemas(),
    limit: limitSchema(),
    schedule: scheduleSchema(),
    stacking: closedObject(
      stackingMembers,
      {
        group: shortText(groupNameCharactersMax, 'Rules that stack by the same name'),
        mode: choice(
          stackingModes,
          'Which rules of the group pay: all, the first by priority, or the highest amount',
        ),
      },
      { title: 'Stacking', required: ['group', 'mode'] },
    ),
    share: closedObject(
      shareMembers,
      {
        percent: positive(100, 'How many of the users, with at most two decimals'),
        by: { ...choice(eventRoles, 'Whose id decides'), default: 'referrer' },
        name: shortText(shareNameCharactersMax, 'Shares of the same name choose the same users'),
      },
      { title: 'Share of the users', required: ['percent'] },
    ),
  },
}

function limitSchema(): Schema {
  return closedObject(
    limitMembers,
    {
      per: choice(limitScopes, 'Whose rewards are counted'),
      within: defined('window'),
      max_count: whole(1, limitCountMax, 'How often it may be paid'),
      max_amount_cents: whole(1, Number.MAX_SAFE_INTEGER, 'How much may be paid, in minor units'),
      currency: {
        ...currency,
        description: 'Of max_amount_cents; needed where the actions differ',
      },
      when_short: {
        ...choice(shortPolicies, 'What happens with a reward larger than the room that is left'),
        default: shortPolicies[0],
      },
      when_spent: {
        ...choice(spentPolicies, 'pause: the rule pauses when all is spent'),
        default: spentPolicies[0],
      },
    },
    {
      title: 'Limit',
      required: ['per'],
      anyOf: [{ required: ['max_count'] }, { required: ['max_amount_cents'] }],
      dependentRequired: { currency: ['max_amount_cents'] },
      ...when(
        { properties: { when_spent: { const: 'pause' } }, required: ['when_spent'] },
        { properties: { per: { const: 'rule' }, within: { const: lifetime } } },
      ),
    },
  )
}

function scheduleSchema(): Schema {
  const times = ['starts_at', 'ends_at', 'weekdays', 'hours'] as const
  const hours = closedObject(
    hoursMembers,
    {
      from: { type: 'string', pattern: timeOfDayPattern, description: 'From this time on' },
      to: { type: 'string', pattern: endOfDayPattern, description: 'Up to this time' },
    },
    { title: 'Time of day', required: ['from', 'to'] },
  )
  const days = listOf(choice(weekdayNames, 'A day'), weekdayNames.length, 'On these days alone')
  return closedObject(
    scheduleMembers,
    {
      starts_at: { type: 'string', format: 'date-time', description: 'From this time on' },
      ends_at: { type: 'string', format: 'date-time', description: 'Up to this time' },
      timezone: {
        type: 'string',
        maxLength: timezoneCharactersMax,
        pattern: timezonePattern,
        description:
          'IANA name of the time zone of days and hours; that of the program where it is absent',
        examples: ['Asia/Kolkata'],
      },
      weekdays: { ...days, uniqueItems: true },
      hours: listOf(
        hours,
        hourRangesMax,
        'At these times alone; past midnight where from is after to',
      ),
    },
    {
      title: 'Schedule',
      description: 'When the rule holds: all that is given must be so at the time of the event',
      anyOf: times.map((name) => ({ required: [name] })),
    },
  )
}
