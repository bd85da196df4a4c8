import { parseRule } from '../language/parse.ts'
import { type Finding, Findings, type Json, type JsonObject } from './finding.ts'

export interface ImportedRule {
  /** The rule as its JSON is written here; null where anything of the document cannot be expressed. */
  readonly ruleJson: JsonObject | null
  /** What cannot be expressed, and why. */
  readonly unsupported: readonly Finding[]
  /** Where the rule is met by fewer events than the document, and which. */
  readonly differences: readonly Finding[]
}

/** A condition as it is written here, or what it always comes to. */
export type Imported = JsonObject | boolean

/** What one import has found, and the conditions that it has made. */
export class Importing {
  readonly unsupported = new Findings()
  readonly differences = new Findings()

  /** Says that this cannot be expressed. The answer only fills the place: the rule will be null. */
  refuse(pointer: string, reason: string): Imported {
    this.unsupported.add(pointer, reason)
    return false
  }

  /** The rule of a whole document, checked as every rule is. */
  finish(condition: Imported, more: JsonObject = {}): ImportedRule {
    // What is refused has come to false as well.
    if (condition === false && this.unsupported.list.length === 0)
      this.unsupported.add('', 'It is never met.')
    const ruleJson = { ...conditionsOf(condition), ...more }
    if (this.unsupported.list.length === 0) {
      const checked = parseRule(
        { actions: placeholder, ...ruleJson },
        { defaultCurrency: 'USD', timezone: 'UTC' },
      )
      // A pointer into the rule says nothing of the document, so that the sentence has to.
      if (!checked.ok) for (const { detail } of checked.faults) this.unsupported.add('', detail)
    }
    return {
      ruleJson: this.unsupported.list.length === 0 ? ruleJson : null,
      unsupported: this.unsupported.list,
      differences: this.differences.list,
    }
  }
}

// A rule is only complete with what it pays; a document that does not say it leaves that to be added.
const placeholder: Json = [{ type: 'credit', user: 'referrer_id', amount_cents: 1 }]

function conditionsOf(condition: Imported): JsonObject {
  if (typeof condition === 'boolean') return { always: condition }
  if (Array.isArray(condition['all'])) return { conditions: condition['all'], logic: 'AND' }
  if (Array.isArray(condition['any'])) return { conditions: condition['any'], logic: 'OR' }
  return { conditions: [condition], logic: 'AND' }
}

/** All of them, without those that are always true. */
export function allOf(parts: readonly Imported[]): Imported {
  if (parts.includes(false)) return false
  return grouped('all', parts) ?? true
}

/** Any of them, without those that are never true. */
export function anyOf(parts: readonly Imported[]): Imported {
  if (parts.includes(true)) return true
  return grouped('any', parts) ?? false
}

export function noneOf(part: Imported): Imported {
  if (typeof part === 'boolean') return !part
  const denied = part['none']
  // The negation of a negation is the thing itself, of what is unknown as well.
  if (Array.isArray(denied) && denied.length === 1) return denied[0] as JsonObject
  return { none: Array.isArray(part['any']) ? part['any'] : [part] }
}

function grouped(mode: 'all' | 'any', parts: readonly Imported[]): JsonObject | undefined {
  const conditions = parts.filter((part) => typeof part !== 'boolean')
  return conditions.length > 1 ? { [mode]: conditions } : conditions[0]
}
