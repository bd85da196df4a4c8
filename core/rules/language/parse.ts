import type { ValidationError } from '@pineos/contract/primitives.ts'
import type { GroupMode } from './condition.ts'
import { Faults } from './fault.ts'
import { triggersMax } from './limits.ts'
import { parseActions } from './parse-actions.ts'
import { parseConditions } from './parse-conditions.ts'
import type { ParsedRule } from './rule.ts'
import { isTextWithin } from './text.ts'

export interface ParseOptions {
  /** Currency of actions that name none, ISO 4217. */
  readonly defaultCurrency: string
}

export type ParseResult =
  | { readonly ok: true; readonly rule: ParsedRule }
  | { readonly ok: false; readonly faults: readonly ValidationError[] }

const ruleMembers = ['on', 'conditions', 'logic', 'always', 'actions'] as const
const eventTypeCharactersMax = 100

/**
 * Understands a rule as people write it, or says everything that is wrong with it. What it does not
 * know it refuses: a rule that was half understood could pay what nobody meant.
 */
export function parseRule(json: unknown, options: ParseOptions): ParseResult {
  const faults = new Faults()
  if (!faults.checkObject(json, '', ruleMembers)) return { ok: false, faults: faults.list }
  const on = parseTriggers(json['on'], faults)
  const mode = parseLogic(json['logic'], faults)
  const nodes = parseConditions(json['conditions'], { faults, isAlways: parseAlways(json, faults) })
  const actions = parseActions(json['actions'], {
    faults,
    defaultCurrency: options.defaultCurrency,
  })
  if (faults.list.length > 0) return { ok: false, faults: faults.list }
  return {
    ok: true,
    rule: {
      on,
      condition: { kind: 'group', id: '/conditions', mode, nodes },
      actions,
      limits: [],
      schedule: null,
      priority: 0,
      stacking: null,
      terms: 'current',
      mode: 'live',
      rollout: null,
      holdOut: null,
    },
  }
}

function parseTriggers(value: unknown, faults: Faults): readonly string[] | null {
  if (value === undefined) return null
  if (!Array.isArray(value) || value.length === 0 || value.length > triggersMax) {
    faults.add(
      '/on',
      'type',
      `Give a list of 1 to ${triggersMax} types of events, or leave it out for all.`,
    )
    return null
  }
  value.forEach((type: unknown, index) => {
    if (!isTextWithin(type, eventTypeCharactersMax))
      faults.add(
        `/on/${index}`,
        'type',
        `Give a text of 1 to ${eventTypeCharactersMax} characters.`,
      )
  })
  return value as readonly string[]
}

function parseLogic(value: unknown, faults: Faults): GroupMode {
  if (value === undefined || value === 'AND') return 'all'
  if (value === 'OR') return 'any'
  faults.add('/logic', 'enum', 'Give AND (all conditions) or OR (any of them).')
  return 'all'
}

function parseAlways(json: Readonly<Record<string, unknown>>, faults: Faults): boolean {
  if (json['always'] === undefined) return false
  if (json['always'] === true) return true
  faults.add('/always', 'enum', 'Give true, or leave it out.')
  return false
}
