import type {
  Aggregate,
  AggregateFunction,
  EventRole,
  Metric,
  Subject,
} from '../language/condition.ts'
import type { Window } from '../language/window.ts'

/** What a comparison is about, in short: the path, or the fact over history in words. */
export function subjectText(subject: Subject): string {
  return subject.kind === 'fact' ? subject.path.text : aggregateText(subject.aggregate)
}

/** A fact over history in words: `the number of referral.qualified of the referrer in 30 days`. */
export function aggregateText(aggregate: Aggregate): string {
  return `${functionText[aggregate.metric.function](aggregate.metric)}${whereText(aggregate)}`
}

/** What is counted, in words, to be said with how many there are: `referrals of the referrer in 30 days`. */
export function countedText(aggregate: Aggregate): string {
  return `${namesText(aggregate.metric)}${whereText(aggregate)}`
}

function whereText({ metric, window, includesCurrent }: Aggregate): string {
  const such = metric.where === null ? '' : ' that meet its conditions'
  const before = includesCurrent ? '' : ' before the event'
  return `${such} ${roleText[metric.role]} ${windowText(window)}${before}`
}

const functionText: Readonly<Record<AggregateFunction, (metric: Metric) => string>> = {
  count: (metric) => `the number of ${namesText(metric)}`,
  sum: (metric) => `the sum of ${metric.of?.text ?? ''} of ${namesText(metric)}`,
  distinct: (metric) => `the number of different ${metric.of?.text ?? ''} in ${namesText(metric)}`,
  min: (metric) => `the least ${metric.of?.text ?? ''} of ${namesText(metric)}`,
  max: (metric) => `the greatest ${metric.of?.text ?? ''} of ${namesText(metric)}`,
}

const sourceText = { event: 'events', referral: 'referrals', reward: 'rewards' } as const

function namesText({ source, names }: Metric): string {
  if (source === 'referral' || names === null) return sourceText[source]
  const list = names.join(', ')
  return source === 'reward' ? `rewards ${list}` : list
}

const roleText: Readonly<Record<EventRole, string>> = {
  referrer: 'of the referrer',
  referred: 'of the referred user',
  user: 'of the user',
}

/** A window in words: `in 30 days`, `in this month`, `ever`. */
export function windowText(window: Window): string {
  switch (window.kind) {
    case 'lifetime':
      return 'ever'
    case 'calendar':
      return window.unit === 'day' ? 'on this day' : `in this ${window.unit}`
    case 'rolling': {
      const { months, days, hours } = window.duration
      const parts = [
        [months, 'month'],
        [days, 'day'],
        [hours, 'hour'],
      ] as const
      const said = parts
        .filter(([count]) => count > 0)
        .map(([count, unit]) => `${count} ${unit}${count === 1 ? '' : 's'}`)
      return `in ${said.join(' and ')}`
    }
  }
}
