import { offSchedule } from '../evaluation/schedule.ts'
import { aggregatesOf } from '../language/aggregates-of.ts'
import type { ParsedRule } from '../language/rule.ts'
import type { Schedule } from '../language/schedule.ts'
import type { CheckContext } from './check-context.ts'
import type { Finding } from './finding.ts'

const minuteMs = 60_000
/** After a week every weekday and every hour has been; a day more covers clocks that are changed. */
const searchedMs = 8 * 24 * 60 * minuteMs

/** Schedules that have ended, that never hold, or that go by other clocks than the rest. */
export function checkSchedule(rule: ParsedRule, context: CheckContext): readonly Finding[] {
  const { schedule } = rule
  if (!schedule) return []
  return [...checkTime(schedule, context), ...checkClocks(rule, schedule, context)]
}

function checkTime(schedule: Schedule, { nowMs }: CheckContext): readonly Finding[] {
  const { startsAtMs, endsAtMs } = schedule
  if (endsAtMs === null) return []
  if (endsAtMs <= nowMs)
    return [
      {
        code: 'schedule_past',
        severity: 'error',
        message: `The rule ended at ${new Date(endsAtMs).toISOString()}.`,
        pointer: '/schedule/ends_at',
        fix: { label: 'Remove the schedule', patch: [{ op: 'remove', path: '/schedule' }] },
      },
    ]
  const fromMs = Math.max(nowMs, startsAtMs ?? nowMs)
  if (holdsWithin(schedule, fromMs, endsAtMs)) return []
  return [
    {
      code: 'schedule_empty',
      severity: 'error',
      message: 'Until the rule ends there is no such day or hour.',
      pointer: '/schedule',
      fix: { label: 'Remove the schedule', patch: [{ op: 'remove', path: '/schedule' }] },
    },
  ]
}

/** Clocks change what they say once a minute, so that each minute is looked at once. */
function holdsWithin(schedule: Schedule, fromMs: number, endsAtMs: number): boolean {
  const toMs = Math.min(endsAtMs, fromMs + searchedMs)
  for (let atMs = fromMs; atMs < toMs; atMs = (Math.floor(atMs / minuteMs) + 1) * minuteMs) {
    if (offSchedule(schedule, atMs) === undefined) return true
  }
  return false
}

function checkClocks(
  rule: ParsedRule,
  { weekdays, hours, timezone: ofSchedule }: Schedule,
  { timezone }: CheckContext,
): readonly Finding[] {
  const windows = [
    ...rule.limits.map(({ window }) => window),
    ...aggregatesOf(rule).map(({ window }) => window),
  ]
  const isByClock = weekdays !== null || hours !== null
  if (!isByClock || ofSchedule === timezone || windows.every(({ kind }) => kind === 'lifetime'))
    return []
  return [
    {
      code: 'mixed_time_zones',
      severity: 'warning',
      message: `The schedule goes by the clocks of ${ofSchedule}, the days of limits and counts by those of ${timezone}.`,
      pointer: '/schedule/timezone',
      fix: {
        label: `Use ${timezone}`,
        patch: [{ op: 'add', path: '/schedule/timezone', value: timezone }],
      },
    },
  ]
}
