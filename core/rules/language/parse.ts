import type { ValidationError } from '@pineos/contract/primitives.ts'
import type { Group, GroupMode } from './condition.ts'
import { Faults } from './fault.ts'
import {
  eventTypeCharactersMax,
  groupNameCharactersMax,
  priorityMax,
  triggersMax,
} from './limits.ts'
import { ruleMembers, stackingMembers } from './members.ts'
import { parseActions } from './parse-actions.ts'
import { ruleSubjects } from './parse-aggregate.ts'
import { parseConditions } from './parse-conditions.ts'
import { newCounts, type ParseContext } from './parse-context.ts'
import { parseLimits } from './parse-limits.ts'
import { parseSchedule } from './parse-schedule.ts'
import { parseShare } from './parse-share.ts'
import {
  isGiven,
  type Members,
  type Part,
  readChoice,
  readChoiceOr,
  readList,
  readMembers,
  readText,
  readWhole,
} from './part.ts'
import { type Action, isPay, type ParsedRule, type Stacking, stackingModes } from './rule.ts'

export interface ParseOptions {
  /** Currency of actions that name none, ISO 4217. */
  readonly defaultCurrency: string
  /** Time zone of the program, an IANA name: that of schedules that name none. UTC where it is absent. */
  readonly timezone: string
}

export type ParseResult =
  | { readonly ok: true; readonly rule: ParsedRule }
  | { readonly ok: false; readonly faults: readonly ValidationError[] }

type RuleParts = Members<(typeof ruleMembers)[number]>

export const logics = ['AND', 'OR'] as const
export const termsChoices = ['current', 'at_referral'] as const
export const ruleModes = ['live', 'shadow'] as const

/**
 * Understands a rule as people write it, or says everything that is wrong with it. What it does not
 * know it refuses: a rule that was half understood could pay what nobody meant.
 */
export function parseRule(json: unknown, options: ParseOptions): ParseResult {
  const { defaultCurrency, timezone = 'UTC' } = options
  const faults = new Faults()
  const context = { faults, defaultCurrency, timezone, counts: newCounts() }
  const parts = readMembers({ value: json, pointer: '' }, ruleMembers, faults)
  const rule = parts && readRule(parts, context)
  return rule && faults.count === 0 ? { ok: true, rule } : { ok: false, faults: faults.list }
}

function readRule(parts: RuleParts, context: ParseContext): ParsedRule {
  const { faults } = context
  const on = readTriggers(parts.on, context)
  const condition = readCondition(parts, context)
  const actions = parseActions(parts.actions, context)
  return {
    on,
    condition,
    actions,
    limits: parseLimits(parts.limits, actions, context),
    schedule: parseSchedule(parts.schedule, context),
    priority: isGiven(parts.priority)
      ? readWhole(parts.priority, { min: -priorityMax, max: priorityMax }, faults)
      : 0,
    stacking: readStacking(parts.stacking, actions, context),
    terms: readChoiceOr(parts.terms, termsChoices, 'current', faults),
    mode: readChoiceOr(parts.mode, ruleModes, 'live', faults),
    rollout: parseShare(parts.rollout, context),
    holdOut: parseShare(parts.hold_out, context),
  }
}

/** The types of events; null for all. */
function readTriggers(part: Part, { faults }: ParseContext): readonly string[] | null {
  if (!isGiven(part)) return null
  const bounds = { itemsMax: triggersMax, what: 'types of events, or leave it out for all' }
  return readList(part, bounds, faults).map((type) =>
    readText(type, eventTypeCharactersMax, faults),
  )
}

/** Reads the conditions; a rule without any must say that it is for every event. */
function readCondition(parts: RuleParts, context: ParseContext): Group {
  const { faults } = context
  const { conditions, always } = parts
  const mode = readLogic(parts.logic, context)
  const group = { kind: 'group', id: conditions.pointer, mode } as const
  const isEmpty =
    !isGiven(conditions) || (Array.isArray(conditions.value) && conditions.value.length === 0)
  if (isGiven(always) && always.value !== true)
    faults.add(always.pointer, 'enum', 'Give true, or leave it out.')
  if (always.value === true) {
    const detail = 'A rule with conditions is not for always: leave one of them out.'
    if (!isEmpty) faults.add(always.pointer, 'enum', detail)
    return { ...group, mode: 'all', nodes: [] }
  }
  if (isEmpty) {
    const detail =
      'Give at least one condition. A rule that is to pay for every event says "always": true.'
    faults.add(conditions.pointer, 'required', detail)
    return { ...group, nodes: [] }
  }
  return {
    ...group,
    nodes: parseConditions(conditions, { subjects: ruleSubjects, depth: 1 }, context),
  }
}

function readLogic({ value, pointer }: Part, { faults }: ParseContext): GroupMode {
  if (value === undefined || value === 'AND') return 'all'
  if (value === 'OR') return 'any'
  faults.add(pointer, 'enum', 'Give AND (all conditions) or OR (any of them).')
  return 'all'
}

function readStacking(
  part: Part,
  actions: readonly Action[],
  { faults }: ParseContext,
): Stacking | null {
  if (!isGiven(part)) return null
  if (actions.some((action) => !isPay(action))) {
    const detail = 'Only rules that pay stack. A guard or modifier names its group in the action.'
    faults.add(part.pointer, 'conflict', detail)
  }
  const parts = readMembers(part, stackingMembers, faults)
  return parts
    ? {
        group: readText(parts.group, groupNameCharactersMax, faults),
        mode: readChoice(parts.mode, stackingModes, faults),
      }
    : null
}
