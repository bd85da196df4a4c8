import * as limits from '@pineos/core/rules/language/limits.ts'
import * as members from '@pineos/core/rules/language/members.ts'
import { operatorNames } from '@pineos/core/rules/language/operators.ts'
import { action, faultsOf, rule } from '@pineos/core/rules/language/parsing.fixture.ts'
import { describe, expect, it } from 'vitest'
import { read } from './files.ts'

const page = read('docs/reference/rule-language.md')

type InRule = (part: unknown) => unknown

/** How an example that is a part of a rule becomes a whole one, by the word after `json`. */
const wholes: Readonly<Record<string, InRule>> = {
  rule: (json) => json,
  condition: (json) => rule({ conditions: [json] }),
  action: (json) => rule({ actions: [json] }),
  amount: (json) => rule({ actions: [{ type: 'credit', user: 'referrer_id', amount: json }] }),
  limit: (json) => rule({ limits: [json], actions: [{ ...action, currency: 'INR' }] }),
  schedule: (json) => rule({ schedule: json }),
  stacking: (json) => rule({ stacking: json }),
  share: (json) => rule({ rollout: json }),
}

const examples = [...page.matchAll(/^```json ?(\w*)\n(.*?)^```$/gms)].map(
  ([, kind, json]) => [kind || 'rule', json ?? ''] as const,
)

/** What the page says of each limit; the rest bound what is shown and not what can be written. */
const rows: Readonly<Partial<Record<keyof typeof limits, string>>> = {
  conditionsMax: 'Conditions and groups of a rule',
  groupDepthMax: 'Depth of groups',
  listItemsMax: 'Values of a list',
  textCharactersMax: 'Characters of a text',
  pathCharactersMax: 'Characters of a path',
  pathSegmentsMax: 'Parts of a path',
  triggersMax: 'Types of events of a rule',
  eventTypeCharactersMax: 'Characters of a type of events',
  rewardIdCharactersMax: 'Characters of a reward id',
  aggregatesMax: 'Facts over history of a rule',
  countedNamesMax: 'Types or ids that one of them counts',
  patternsMax: 'Patterns of a rule',
  patternCharactersMax: 'Characters of a pattern',
  patternInstructionsMax: 'Steps that a pattern compiles to',
  matchedTextCodeUnitsMax: 'Characters of a text in which a pattern is looked for',
  durationYearsMax: 'Years of a duration',
  windowHoursMax: 'Hours of a window with hours',
  actionsMax: 'Actions of a rule',
  amountsMax: 'Amounts of a rule',
  amountDepthMax: 'Depth of amounts',
  comparedAmountsMax: 'Amounts of which the greatest or smallest is due',
  tiersMax: 'Tiers of an amount',
  nthMax: 'The n of every n-th',
  percentMax: 'Percent',
  factorMax: 'Factor of a modifier',
  limitsMax: 'Limits of a rule',
  limitCountMax: 'Count of a limit',
  priorityMax: 'Priority, above or below 0',
  hourRangesMax: 'Times of day of a schedule',
  groupNameCharactersMax: 'Characters of the name of a group',
  shareNameCharactersMax: 'Characters of the name of a share',
  reasonCharactersMax: 'Characters of a reason',
  faultsMax: 'Faults that are listed',
}
const numbers: Readonly<Record<string, number>> = { ...limits }
const shown = ['tracedListItemsMax', 'tracedTextCodeUnitsMax', 'indexedListItemsMax']
const leasts = ['comparedAmountsMin', 'nthMin']

// People copy from this page; what it shows must be taken as it is shown.
describe('the reference of the language', () => {
  it('has examples of every part', () => {
    expect(new Set(examples.map(([kind]) => kind))).toEqual(new Set(Object.keys(wholes)))
  })

  it.each(examples)('gives an example of a %s that is valid: %s', (kind, json) => {
    expect(faultsOf(wholes[kind]?.(JSON.parse(json)))).toEqual([])
  })

  it('names every member and every operator', () => {
    const named = [...Object.values(members).flat(), ...operatorNames]
    expect(
      named.filter((name) => !page.includes(`\`${name}\``) && !page.includes(`"${name}"`)),
    ).toEqual([])
  })

  it('names every limit with its number', () => {
    const said = Object.entries(rows).map(
      ([name, what]) => `| ${what} | ${(numbers[name] ?? 0).toLocaleString('en-US')} |`,
    )
    expect(said.filter((row) => !page.includes(row))).toEqual([])
    expect(Object.keys(limits).sort()).toEqual([...Object.keys(rows), ...shown, ...leasts].sort())
  })
})
