import { compileRuleSet, type PublishedRule, type RuleSet } from '../rules/compiled/rule-set.ts'
import { parsed } from '../rules/evaluation/evaluation.fixture.ts'
import { CountersInMemory } from './counters-in-memory.ts'
import { type JudgeContext, type Judgement, judge, type RuleJudgement } from './judgement.ts'
import { type ProspectOptions, prospectsOf } from './prospects.ts'

export const eventAt = '2027-11-24T10:30:00Z'

/** A rule in force under its name. */
export function published(
  id: string,
  json: object,
  more: Partial<PublishedRule> = {},
): PublishedRule {
  return { id, name: id, version: 1, rule: parsed(json), ...more }
}

/** Rules by name that pay always unless they say otherwise. */
export function setOf(rules: Readonly<Record<string, object>>): RuleSet {
  return compileRuleSet(
    Object.entries(rules).map(([id, json]) =>
      published(id, { ...('conditions' in json ? {} : { always: true }), ...json }),
    ),
  )
}

export function credit(amount_cents: number, more: object = {}): object {
  return { type: 'credit', user: 'user_id', amount_cents, currency: 'USD', ...more }
}

export interface GivenEvent {
  readonly type?: string
  readonly at?: string
  readonly data?: Readonly<Record<string, unknown>>
}

/** One event after the other against a set of rules, with the counters that they leave. */
export class Judge {
  readonly #set: RuleSet
  readonly #options: Partial<ProspectOptions>
  readonly counters = new CountersInMemory()

  constructor(set: RuleSet, options: Partial<ProspectOptions> = {}) {
    this.#set = set
    this.#options = options
  }

  judge(event: GivenEvent = {}, context: Partial<JudgeContext> = {}): Judgement {
    const { type = 'purchase', at = eventAt, data = {} } = event
    const prospects = prospectsOf(
      this.#set,
      { type, userId: 'ann', atMs: Date.parse(at), data },
      { timezone: 'UTC', referral: null, trace: 'all', ...this.#options },
    )
    const counters = (read: Parameters<CountersInMemory['read']>[0]) => this.counters.read(read)
    const judgement = judge(prospects, { counters, ...context })
    this.counters.add(judgement.increments)
    return judgement
  }

  /** The amounts that are paid for the event, by rule. */
  pays(event: GivenEvent = {}): Readonly<Record<string, readonly number[]>> {
    return Object.fromEntries(this.judge(event).results.map((rule) => [rule.ruleId, paidBy(rule)]))
  }
}

function paidBy({ actions, isShadow }: RuleJudgement): readonly number[] {
  if (isShadow) return []
  return actions.flatMap(({ problem, amountCents }) => (problem ? [] : [Number(amountCents)]))
}
