import type { RuleVersion, ruleMoves } from '@pineos/contract/rule-versions.ts'
import type { Rule } from '@pineos/contract/rules.ts'
import { Failure } from '../failure.ts'

export type RuleStatus = Rule['status']
export type VersionStatus = RuleVersion['status']

export type RuleMove = (typeof ruleMoves)[number]

type Table<Status extends string, Move extends string> = Readonly<
  Record<Status, Readonly<Partial<Record<Move, Status>>>>
>

const keeps = <Status extends string>(status: Status) =>
  ({
    rename: status,
    draft: status,
    edit: status,
    approve: status,
    schedule: status,
    unschedule: status,
    fail_to_publish: status,
    change_test_cases: status,
  }) as const

/**
 * The life of a rule: the status that each move leads to; what is not here cannot be done. A pause
 * ends with its resumption alone, so that nothing that was scheduled ends it unseen.
 */
const ruleTable: Table<RuleStatus, RuleMove> = {
  draft: { ...keeps('draft'), publish: 'published', retire: 'retired' },
  published: {
    ...keeps('published'),
    publish: 'published',
    roll_back: 'published',
    pause: 'paused',
    retire: 'retired',
  },
  paused: {
    ...keeps('paused'),
    publish: 'paused',
    roll_back: 'paused',
    resume: 'published',
    retire: 'retired',
  },
  retired: {},
}

/** What can be done to a version. To restore it is to publish what it says as a new one. */
export const versionMoves = [
  'edit',
  'approve',
  'schedule',
  'unschedule',
  'publish',
  'supersede',
  'restore',
] as const
export type VersionMove = (typeof versionMoves)[number]

const versionTable: Table<VersionStatus, VersionMove> = {
  draft: { edit: 'draft', approve: 'draft', schedule: 'scheduled', publish: 'published' },
  scheduled: { schedule: 'scheduled', unschedule: 'draft', publish: 'published' },
  published: { supersede: 'retired' },
  retired: { restore: 'retired' },
}

/** Where the move leads the rule. Fails with `rule_state`. */
export function moveRule(status: RuleStatus, move: RuleMove): RuleStatus {
  return moved({ table: ruleTable, what: 'The rule' }, status, move)
}

/** Where the move leads the version. Fails with `rule_state`. */
export function moveVersion(
  { version, status }: { version: number; status: VersionStatus },
  move: VersionMove,
): VersionStatus {
  return moved({ table: versionTable, what: `Version ${version} of the rule` }, status, move)
}

function moved<Status extends string, Move extends string>(
  { table, what }: { table: Table<Status, Move>; what: string },
  status: Status,
  move: Move,
): Status {
  const to = table[status][move]
  if (to !== undefined) return to
  const possible = Object.keys(table[status]).filter((name) => !doneByItself.has(name))
  const can =
    possible.length === 0
      ? 'nothing can be done to it'
      : `what can be done is ${possible.join(', ')}`
  throw new Failure(
    'rule_state',
    `${what} is ${status}, so ${move} is not possible; ${can.replaceAll('_', ' ')}.`.replace(
      move,
      move.replaceAll('_', ' '),
    ),
    { state: status, possible },
  )
}

/** Moves that follow from others and that nobody asks for. */
const doneByItself: ReadonlySet<string> = new Set(['supersede', 'fail_to_publish'])
