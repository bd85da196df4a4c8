import { offSchedule } from '../evaluation/schedule.ts'
import type { ParsedRule } from '../language/rule.ts'
import type { Scene, Variation } from './scene.ts'

const minuteMs = 60_000
const minutesSearchedMax = 8 * 24 * 60
const edgesMax = 6

/** The instants just before and at each change of what the schedule says, from the base on. */
export function scheduleEdges({ schedule }: ParsedRule, base: Scene): readonly Variation[] {
  if (!schedule) return []
  const { startsAtMs, endsAtMs } = schedule
  const instants = [
    ...(startsAtMs === null ? [] : [startsAtMs - 1, startsAtMs]),
    ...(endsAtMs === null ? [] : [endsAtMs - 1, endsAtMs]),
    ...changesFrom(base.atMs, (atMs) => offSchedule(schedule, atMs) === undefined),
  ]
  return instants.map((atMs) => ({
    name: `at ${new Date(atMs).toISOString()}: ${offSchedule(schedule, atMs) === undefined ? 'in' : 'out of'} the schedule`,
    scene: { ...base, atMs },
    limits: [],
  }))
}

/** Clocks say something else once a minute. */
function changesFrom(startMs: number, holds: (atMs: number) => boolean): readonly number[] {
  const found: number[] = []
  const firstMs = Math.ceil(startMs / minuteMs) * minuteMs
  let before = holds(firstMs)
  for (let minute = 1; minute < minutesSearchedMax && found.length < edgesMax; minute++) {
    const atMs = firstMs + minute * minuteMs
    const now = holds(atMs)
    if (now !== before) found.push(atMs - 1, atMs)
    before = now
  }
  return found
}
