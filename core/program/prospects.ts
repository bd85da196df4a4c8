import type { PublishedRule, RuleSet } from '../rules/compiled/rule-set.ts'
import type { Owners } from '../rules/evaluation/contribution.ts'
import { factsOf, type JudgedEvent, ownersOf, userIdOf } from '../rules/evaluation/event-facts.ts'
import { type CounterRead, counterRead } from '../rules/evaluation/history.ts'
import { aggregatesOf } from '../rules/language/aggregates-of.ts'
import type { Metric, MetricSource } from '../rules/language/condition.ts'
import { type Facts, readFact } from '../rules/language/facts.ts'
import { isPay, type Limit } from '../rules/language/rule.ts'
import { limitReads } from './limits.ts'

/** The bond between the referrer and the referred user of an event. */
export interface Referral {
  /** When the first event named both, milliseconds since 1970 UTC. */
  readonly startedAtMs: number
  /** This event is the first. */
  readonly isNew: boolean
}

export interface ProspectOptions {
  /** Of the program: its days are those of these clocks. */
  readonly timezone: string
  /** Null where the event does not name both. */
  readonly referral: Referral | null
  /** The event was judged before, by other rules: it is in the counters already. */
  readonly isCounted?: boolean
  /** Judge by this rule alone. */
  readonly ruleId?: string
  /**
   * For which rules a result is given: `all` that are asked; `candidates`, those that the index could
   * not rule out; `met`, those that are met. What is to be done is the same.
   */
  readonly trace: 'all' | 'candidates' | 'met'
}

/** An event and the rules that it is to be judged by, before anything is read for it. */
export interface Prospects {
  readonly event: JudgedEvent
  readonly facts: Facts
  readonly owners: Owners
  readonly timezone: string
  readonly referral: Referral | null
  /** The event is in the counters already. */
  readonly isCounted: boolean
  readonly rulesEvaluated: number
  readonly trace: ProspectOptions['trace']
  /** In the order in which their results are given. */
  readonly asked: readonly PublishedRule[]
  /** Those of them that cannot be met, whatever history says. */
  readonly ruledOut: ReadonlySet<PublishedRule>
  /** Limits on what the whole program pays: every reward counts in them. */
  readonly programLimits: readonly Limit[]
  /** Limits that what a rule pays counts in, beside those of the version that is asked. */
  readonly keptLimits: (ruleId: string) => readonly Limit[]
  /** The metrics that something of this kind and name counts in. */
  readonly metricsFor: (source: MetricSource, name: string) => readonly Metric[]
}

/** Finds the rules that the event is to be judged by. Total, and pure but for what the set remembers. */
export function prospectsOf(set: RuleSet, event: JudgedEvent, options: ProspectOptions): Prospects {
  const facts = factsOf(event)
  const { referral, timezone, trace, ruleId, isCounted = false } = options
  const isInForce = (rule: PublishedRule) => hasTerms(rule, referral)
  const possible = set.matches(event.type, facts, event.atMs).filter(isInForce)
  const traced = {
    all: () => set.rulesFor(event.type),
    candidates: () => set.candidates(event.type, facts),
    met: () => possible,
  }[trace]()
  const ofRule = (rule: PublishedRule) => ruleId === undefined || rule.id === ruleId
  const asked =
    ruleId === undefined
      ? traced.filter(isInForce)
      : set.rulesFor(event.type).filter((rule) => isInForce(rule) && ofRule(rule))
  const isPossible = new Set(possible)
  return {
    event,
    facts,
    owners: ownersOf(facts),
    timezone,
    referral,
    isCounted,
    trace: ruleId === undefined ? trace : 'all',
    rulesEvaluated: ruleId === undefined ? set.countFor(event.type) : asked.length,
    asked,
    ruledOut: new Set(asked.filter((rule) => !isPossible.has(rule))),
    programLimits: set.programLimits(),
    keptLimits: (id) => set.keptLimits(id),
    metricsFor: (source, name) => set.metricsFor(source, name),
  }
}

/** Whether the version is the one for a referral that began then; all but one version are for none. */
function hasTerms({ terms }: PublishedRule, referral: Referral | null): boolean {
  if (!terms) return true
  if (!referral || referral.isNew) return terms.untilMs === Number.POSITIVE_INFINITY
  return terms.fromMs <= referral.startedAtMs && referral.startedAtMs < terms.untilMs
}

/** A payment that the event may lead to. */
export interface ProspectivePayment {
  readonly ruleId: string
  readonly actionIndex: number
  readonly userId: string
  readonly currency: string
}

/** What must be read before the event can be judged: more rather than less. */
export interface ProspectNeeds {
  readonly reads: readonly CounterRead[]
  readonly payments: readonly ProspectivePayment[]
}

/** What the rules that could be met ask for. */
export function needsOf(prospects: Prospects): ProspectNeeds {
  const { asked, ruledOut, facts, owners, timezone, event } = prospects
  const context = { owners, atMs: event.atMs, timezone }
  const reads: CounterRead[] = []
  const payments: ProspectivePayment[] = []
  for (const published of asked) {
    if (ruledOut.has(published)) continue
    const { id, rule } = published
    for (const aggregate of aggregatesOf(rule))
      reads.push(...asList(counterRead(aggregate, context)))
    const actions = payingActions(published, facts)
    reads.push(...limitReads({ id, limits: rule.limits }, actions, context))
    // What a shadow would pay is not posted.
    if (rule.mode === 'live') payments.push(...actions.map((action) => ({ ruleId: id, ...action })))
  }
  return { reads, payments }
}

/** The actions of the rule that somebody would receive or pay, with whom. */
export function payingActions(
  { rule }: PublishedRule,
  facts: Facts,
): readonly { actionIndex: number; userId: string; currency: string }[] {
  return rule.actions.flatMap((action, actionIndex) => {
    const userId = isPay(action) ? userIdOf(readFact(facts, action.beneficiary)) : null
    return isPay(action) && userId !== null
      ? [{ actionIndex, userId, currency: action.currency }]
      : []
  })
}

function asList<T>(value: T | undefined): readonly T[] {
  return value === undefined ? [] : [value]
}
