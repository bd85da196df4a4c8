import { canonicalJson } from '../../canonical-json.ts'
import {
  type Aggregate,
  type AggregateFunction,
  aggregateFunctions,
  eventRoles,
  type Group,
  type Metric,
  type MetricSource,
  metricSources,
  referralMoments,
  type Subject,
} from './condition.ts'
import type { FactPath } from './facts.ts'
import { suggestion } from './fault.ts'
import { countedNamesMax, eventTypeCharactersMax, rewardIdCharactersMax } from './limits.ts'
import { aggregateMembers } from './members.ts'
import {
  type ComparisonParts,
  parseConditions,
  readFactSubject,
  type Subjects,
} from './parse-conditions.ts'
import { isRoomFor, type ParseContext, readPath } from './parse-context.ts'
import { readWindow } from './parse-window.ts'
import {
  isGiven,
  listed,
  type Members,
  type Part,
  readChoice,
  readList,
  readMembers,
  readText,
} from './part.ts'
import type { Window } from './window.ts'

type AggregateParts = Members<(typeof aggregateMembers)[number]>

/** All events, or all rewards. */
export const anyName = 'any'

/** What a reward of the past can be asked for. */
export const rewardFacts = [
  'amount_cents',
  'currency',
  'kind',
  'reward_id',
  'rule_id',
  'user_id',
] as const
const rewardAmount: FactPath = { text: 'amount_cents', segments: ['amount_cents'] }

/** Facts of the event, and facts over history. */
export const ruleSubjects: Subjects = {
  read(parts, context) {
    const given = subjectMembers.filter((name) => isGiven(parts[name]))
    const [first = 'field', second] = given
    if (second !== undefined)
      context.faults.add(
        parts[second].pointer,
        'conflict',
        `A condition speaks of one fact: give ${first} or ${second}.`,
      )
    if (first === 'field') return readFactSubject(parts.field, context)
    const aggregate = parseAggregate(parts[first], first, context)
    return aggregate ? { kind: 'aggregate', aggregate } : noSubject
  },
  readReference: (part, context) => readPath(part, 'referrer.device_id', context.faults),
}

const subjectMembers = ['field', ...aggregateFunctions] as const
const noSubject: Subject = { kind: 'fact', path: { text: '', segments: [] } }

/** Reads what is counted, in which window; the faults that were found are in the context. */
export function parseAggregate(
  part: Part,
  aggregateFunction: AggregateFunction,
  context: ParseContext,
): Aggregate | undefined {
  const { faults } = context
  if (!isRoomFor('aggregates', part.pointer, context)) return undefined
  const parts = readMembers(part, aggregateMembers, faults)
  if (!parts) return undefined
  const before = faults.count
  const source = readSource(parts, part, context)
  const window = readWindow(parts.within, faults)
  const kept = {
    function: aggregateFunction,
    source,
    names: source === undefined ? null : readNames(parts[source], source, context),
    role: readChoice(parts.for, eventRoles, faults),
    of: readMeasured(parts, { aggregateFunction, source }, context),
    bucket: bucketOf(window),
  }
  const where = isGiven(parts.where) ? parseWhere(parts.where, source, context) : null
  const includesCurrent = readIncludesCurrent(parts.include_current, context)
  // Only of a part without faults is it sure that it has an end.
  if (source === undefined || faults.count > before) return undefined
  const metric = identified({ ...kept, source, where }, parts.where.value)
  return { id: part.pointer, metric, window, includesCurrent }
}

/** The same metric for all who count the same, whatever windows they read. */
function identified(metric: Omit<Metric, 'id'>, whereJson: unknown): Metric {
  const { of, ...rest } = metric
  const id = canonicalJson({ ...rest, of: of?.text ?? null, where: whereJson ?? null })
  return { id, ...metric }
}

function bucketOf(window: Window): Metric['bucket'] {
  return window.kind === 'rolling' && window.duration.hours > 0 ? 'hour' : 'day'
}

function readSource(
  parts: AggregateParts,
  { pointer }: Part,
  { faults }: ParseContext,
): MetricSource | undefined {
  const [source, second] = metricSources.filter((name) => isGiven(parts[name]))
  if (source === undefined)
    faults.add(pointer, 'required', `Say what is counted: give ${listed(metricSources)}.`)
  if (source !== undefined && second !== undefined)
    faults.add(parts[second].pointer, 'conflict', `One thing is counted: ${source} or ${second}.`)
  return source
}

function readNames(
  part: Part,
  source: MetricSource,
  { faults }: ParseContext,
): readonly string[] | null {
  if (source === 'referral') return [readChoice(part, referralMoments, faults)]
  if (part.value === anyName) return null
  const charactersMax = source === 'event' ? eventTypeCharactersMax : rewardIdCharactersMax
  if (!Array.isArray(part.value)) return [readText(part, charactersMax, faults)]
  const bounds = { itemsMax: countedNamesMax, what: 'names' }
  const names = readList(part, bounds, faults).map((item) => {
    if (item.value === anyName)
      faults.add(
        item.pointer,
        'conflict',
        `"${anyName}" stands for all: give it alone, in no list.`,
      )
    return readText(item, charactersMax, faults)
  })
  return [...new Set(names)].sort()
}

/** The value that is summed or compared. */
function readMeasured(
  { of: part }: AggregateParts,
  about: {
    readonly aggregateFunction: AggregateFunction
    readonly source: MetricSource | undefined
  },
  context: ParseContext,
): FactPath | null {
  const { faults } = context
  const { aggregateFunction, source } = about
  if (aggregateFunction === 'count') {
    if (isGiven(part))
      faults.add(part.pointer, 'conflict', 'What is counted is not read: leave of out.')
    return null
  }
  if (source !== 'reward') return readPath(part, 'purchase.amount_cents', faults)
  if (aggregateFunction === 'distinct') return readRewardFact(part, context)
  if (isGiven(part) && part.value !== rewardAmount.text)
    faults.add(part.pointer, 'enum', `Of a reward only ${rewardAmount.text} is a number.`)
  return rewardAmount
}

function readRewardFact(part: Part, { faults }: ParseContext): FactPath {
  const path = readPath(part, rewardAmount.text, faults)
  if (path.text === '' || (rewardFacts as readonly string[]).includes(path.text)) return path
  const hint = suggestion(path.text, rewardFacts)
  faults.add(part.pointer, 'path', `A reward has ${listed(rewardFacts)}.${hint}`)
  return path
}

const eventSubjects: Subjects = {
  read: (parts, context) => refuseHistory(parts, context) ?? readFactSubject(parts.field, context),
  readReference: (part, context) => readPath(part, 'referrer.device_id', context.faults),
}

const rewardSubjects: Subjects = {
  read: (parts, context) =>
    refuseHistory(parts, context) ?? { kind: 'fact', path: readRewardFact(parts.field, context) },
  readReference: readRewardFact,
}

function refuseHistory(parts: ComparisonParts, { faults }: ParseContext): Subject | undefined {
  const given = aggregateFunctions.find((name) => isGiven(parts[name]))
  if (given === undefined) return undefined
  const detail = 'Which of them count is decided by their own facts: give a field.'
  faults.add(parts[given].pointer, 'conflict', detail)
  return noSubject
}

function parseWhere(part: Part, source: MetricSource | undefined, context: ParseContext): Group {
  const subjects = source === 'reward' ? rewardSubjects : eventSubjects
  const nodes = parseConditions(part, { subjects, depth: 1 }, context)
  return { kind: 'group', id: part.pointer, mode: 'all', nodes }
}

function readIncludesCurrent({ value, pointer }: Part, { faults }: ParseContext): boolean {
  if (value === undefined || value === true) return true
  if (value !== false)
    faults.add(pointer, 'type', 'Give true (the event itself is counted, as by default) or false.')
  return false
}
