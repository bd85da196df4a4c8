import { weekdayNames } from '../evaluation/schedule.ts'
import type { Condition, EventRole, GroupMode } from '../language/condition.ts'
import type {
  Action,
  Hold,
  Limit,
  LimitScope,
  ParsedRule,
  Stacking,
  UserShare,
} from '../language/rule.ts'
import type { Schedule } from '../language/schedule.ts'
import { amountText } from './amount-text.ts'
import { conditionText } from './condition-text.ts'
import { hundredthsText, moneyText } from './money-text.ts'
import { durationText, perWindowText } from './window-text.ts'

/** One sentence about a rule and the part of it that says so, a JSON pointer. */
export interface Sentence {
  readonly pointer: string
  readonly text: string
}

/** What a rule says, in plain sentences in the order of its parts: the same for the same rule. */
export function describeRule(rule: ParsedRule): readonly Sentence[] {
  return [
    sentence('/on', triggerText(rule.on)),
    ...conditionSentences(rule),
    ...rule.actions.map((action) => sentence(action.id, actionText(action))),
    ...rule.limits.map((limit) => sentence(limit.id, limitText(limit))),
    ...(rule.schedule ? [sentence('/schedule', scheduleText(rule.schedule))] : []),
    ...(rule.priority === 0 ? [] : [sentence('/priority', `Its priority is ${rule.priority}.`)]),
    ...(rule.stacking ? [sentence('/stacking', stackingText(rule.stacking))] : []),
    ...(rule.terms === 'at_referral'
      ? [sentence('/terms', 'The version counts that was in force when the referral began.')]
      : []),
    ...(rule.mode === 'shadow'
      ? [sentence('/mode', 'It is only tried out: what it would pay is recorded and not paid.')]
      : []),
    ...(rule.rollout ? [sentence('/rollout', rolloutText(rule.rollout))] : []),
    ...(rule.holdOut ? [sentence('/hold_out', holdOutText(rule.holdOut))] : []),
  ]
}

function sentence(pointer: string, text: string): Sentence {
  return { pointer, text }
}

function triggerText(on: ParsedRule['on']): string {
  return on ? `For events of the type ${oneOf(on)}.` : 'For events of every type.'
}

/** “a, b or c” */
function oneOf(words: readonly string[]): string {
  return words.length < 2
    ? words.join('')
    : `${words.slice(0, -1).join(', ')} or ${words.at(-1) ?? ''}`
}

const whenTexts: Readonly<Record<GroupMode, string>> = {
  all: 'When all of these hold:',
  any: 'When one of these holds:',
  none: 'When none of these holds:',
}

function conditionSentences({ condition }: ParsedRule): readonly Sentence[] {
  const { nodes, mode, id } = condition
  const [only, another] = nodes
  if (!only) return [sentence(id, 'Whatever the event says.')]
  if (!another) return [sentence(only.id, `When ${conditionText(only)}.`)]
  return [sentence(id, whenTexts[mode]), ...nodes.map((node: Condition) => listed(node))]
}

function listed(node: Condition): Sentence {
  return sentence(node.id, `– ${conditionText(node)}.`)
}

function actionText(action: Action): string {
  switch (action.kind) {
    case 'deny': {
      const whom = action.group === null ? 'all other rules' : `the rules of ${action.group}`
      const unknown = action.deniesUnknown ? ', also where it is not known' : ''
      return `Deny ${whom}${unknown}: ${action.reason}`
    }
    case 'multiply': {
      const whom = action.group === null ? 'all other rules' : `the rules of ${action.group}`
      const most = action.maxCents === null ? '' : `, up to ${action.maxCents} minor units each`
      return `Multiply the credits of ${whom} by ${hundredthsText(action.factorHundredths)}${most}.`
    }
    case 'debit':
      return `Charge ${action.beneficiary.text} ${amountText(action.amount, action.currency)}${rewardText(action.rewardId)}.`
    case 'credit': {
      const expiry = action.expiresAfter
        ? `, to be spent within ${durationText(action.expiresAfter)}`
        : ''
      return `Pay ${action.beneficiary.text} ${amountText(action.amount, action.currency)}${rewardText(action.rewardId)}${holdText(action.hold)}${expiry}.`
    }
  }
}

function rewardText(rewardId: string | null): string {
  return rewardId === null ? '' : ` as ${rewardId}`
}

function holdText(hold: Hold | null): string {
  if (!hold) return ''
  if (hold.kind === 'time') return `, held for ${durationText(hold.duration)}`
  const most = hold.atMost ? `, for ${durationText(hold.atMost)} at most` : ''
  return `, held until ${hold.type} of the same ${hold.match.text}${most}`
}

const scopeTexts: Readonly<Record<LimitScope, string>> = {
  user: 'for each user',
  pair: 'for each referrer and referred user',
  rule: 'in all',
  program: 'in the whole program',
  action: 'for each of its actions',
}

/** What a count per scope counts. */
const countedTexts: Readonly<Record<LimitScope, readonly [one: string, several: string]>> = {
  user: ['reward', 'rewards'],
  action: ['reward', 'rewards'],
  pair: ['paying event', 'paying events'],
  rule: ['paying event', 'paying events'],
  program: ['paying event', 'paying events'],
}

function limitText(limit: Limit): string {
  const { per, maxCount, maxAmountCents, currency, whenShort, pausesRule, window } = limit
  const [one, several] = countedTexts[per]
  const count = maxCount === null ? [] : [`${maxCount} ${maxCount === 1 ? one : several}`]
  const amount = maxAmountCents === null ? [] : [moneyText(maxAmountCents, currency ?? '')]
  const short =
    maxAmountCents !== null && whenShort === 'refuse' ? ' What does not fit in is not paid.' : ''
  const pause = pausesRule ? ' When it is spent the rule pauses.' : ''
  return `At most ${[...count, ...amount].join(' and ')} ${scopeTexts[per]}${perWindowText(window)}.${short}${pause}`
}

function scheduleText({ startsAtMs, endsAtMs, timezone, weekdays, hours }: Schedule): string {
  const parts = [
    ...(startsAtMs === null ? [] : [`from ${new Date(startsAtMs).toISOString()}`]),
    ...(endsAtMs === null ? [] : [`until ${new Date(endsAtMs).toISOString()}`]),
    ...(weekdays ? [`on ${oneOf(weekdays.flatMap((day) => weekdayNames[day - 1] ?? []))}`] : []),
    ...(hours
      ? [
          `between ${oneOf(hours.map(({ fromMinute, toMinute }) => `${clock(fromMinute)} and ${clock(toMinute)}`))}`,
        ]
      : []),
  ]
  const clocks = weekdays || hours ? ` (${timezone})` : ''
  return `It holds ${parts.join(', ')}${clocks}.`
}

function clock(minuteOfDay: number): string {
  const two = (value: number) => String(value).padStart(2, '0')
  return `${two(Math.floor(minuteOfDay / 60))}:${two(minuteOfDay % 60)}`
}

function stackingText({ group, mode }: Stacking): string {
  const texts = {
    all: 'beside the others of it',
    first: 'only where none of the group goes before it',
    highest: 'only where none of the group pays more',
  } as const
  return `In the group ${group} it pays ${texts[mode]}.`
}

const roleTexts: Readonly<Record<EventRole, string>> = {
  referrer: 'referrers',
  referred: 'referred users',
  user: 'users',
}

function rolloutText({ basisPoints, by, name }: UserShare): string {
  return `It is rolled out to ${hundredthsText(basisPoints)} % of ${roleTexts[by]}${shareName(name)}.`
}

function holdOutText({ basisPoints, by, name }: UserShare): string {
  return `${hundredthsText(basisPoints)} % of ${roleTexts[by]}${shareName(name)} are held out and never paid, to compare with.`
}

function shareName(name: string): string {
  return name === '' ? '' : ` (${name})`
}
