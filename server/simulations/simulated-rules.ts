import { type PublishedRule, RuleSet } from '@pineos/core/rules/compiled/rule-set.ts'
import { type ParseOptions, parseRule } from '@pineos/core/rules/language/parse.ts'
import type { Slices } from '../slices.ts'
import type { SimulatedDraft } from './simulation-store.ts'

/** Up to this many rules are compiled at once, each with regard to all the others. */
const atOnceMax = 100

/** What a rule is called that is stored nowhere. */
const newRuleName = 'The draft'

/** The rules in force and the same with the draft, compiled for one simulation alone. */
export interface SimulatedSets {
  readonly live: RuleSet
  readonly draft: RuleSet
  /** Whether what happened before the events in question can change what is paid for them. */
  readonly needsHistory: boolean
}

export interface SimulatedSetsOptions {
  /** In the order of the set. */
  readonly inForce: readonly PublishedRule[]
  readonly draft: SimulatedDraft
  readonly language: ParseOptions
  readonly slices: Slices
}

export async function compileSets(options: SimulatedSetsOptions): Promise<SimulatedSets> {
  const { inForce, draft, language, slices } = options
  const drafted = withDraft(inForce, publishedDraft(draft, language))
  const sets = { live: await compile(inForce, slices), draft: await compile(drafted, slices) }
  const keepsTerms = [...inForce, ...drafted].some(({ terms }) => terms !== undefined)
  return {
    ...sets,
    needsHistory: sets.live.usesCounters || sets.draft.usesCounters || keepsTerms,
  }
}

/** Tried as if it were live, whatever mode it is in: a shadow pays nothing. */
function publishedDraft(
  { id, name, version, ruleJson }: SimulatedDraft,
  language: ParseOptions,
): PublishedRule {
  const parsed = parseRule(ruleJson, language)
  // It was parsed before it was stored.
  if (!parsed.ok) throw new Error(`the draft cannot be parsed: ${JSON.stringify(parsed.faults)}`)
  const rule = { ...parsed.rule, mode: 'live' } as const
  return { id, name: name ?? newRuleName, version: version ?? 1, rule }
}

/** In the place of the rule where it is in force, for whatever referrals; else where its age puts it. */
function withDraft(
  inForce: readonly PublishedRule[],
  draft: PublishedRule,
): readonly PublishedRule[] {
  const others = inForce.filter(({ id }) => id !== draft.id)
  const known = inForce.findIndex(({ id }) => id === draft.id)
  // Ids grow with time, so they tell the age.
  const younger = others.findIndex(({ id }) => id > draft.id)
  const last = younger === -1 ? others.length : younger
  const place = known === -1 ? last : known
  return [...others.slice(0, place), draft, ...others.slice(place)]
}

async function compile(rules: readonly PublishedRule[], slices: Slices): Promise<RuleSet> {
  const set = new RuleSet()
  set.putAll(rules.slice(0, atOnceMax))
  for (const rule of rules.slice(atOnceMax)) {
    if (slices.isOver) await slices.pause()
    set.put(rule)
  }
  return set
}
