import type { RuleJudgement, Standing } from './judgement.ts'

/** What came of a rule for an event, for people. */
export interface Verdict {
  readonly isPaid: boolean
  /** `paid: …` or `not paid: …`, and what follows from it, one sentence each. */
  readonly sentences: readonly string[]
}

/** Says why a rule has paid for an event or has not, with the actual values. */
export function verdictOf(rule: RuleJudgement): Verdict {
  const paying = rule.actions.filter(({ problem }) => problem === null)
  const isPaid = paying.length > 0 && !rule.isShadow
  if (paying.length === 0) return { isPaid, sentences: whyNot(rule) }
  const verb = rule.isShadow ? 'would pay (in shadow)' : 'paid'
  const said = paying.map(
    ({ kind, amountCents, currency, userId, notes }) =>
      `${verb}: ${kind} of ${amountCents} ${currency} minor units for ${userId}.${notes.map((note) => ` ${note}`).join('')}`,
  )
  const others = rule.actions.flatMap(({ problem }) =>
    problem ? [`not paid: ${lowered(problem.detail)}`] : [],
  )
  return { isPaid, sentences: [...said, ...others] }
}

type WhyNot = (rule: RuleJudgement) => readonly string[]

const whyNotByStanding: Readonly<Record<Standing, WhyNot>> = {
  not_met: (rule) => conditionsBut(rule, 'false'),
  unknown: (rule) => conditionsBut(rule, 'unknown'),
  off_schedule: ({ reason }) => [lowered(reason ?? '')],
  not_rolled_out: ({ reason }) => [lowered(reason ?? '')],
  held_out: ({ reason }) => [lowered(reason ?? '')],
  denied: ({ reason }) => [reason ?? ''],
  met: ({ actions }) =>
    actions.length === 0
      ? ['the rule is met; it pays nothing itself.']
      : actions.map(({ problem }) => lowered(problem?.detail ?? '')),
}

function whyNot(rule: RuleJudgement): readonly string[] {
  return whyNotByStanding[rule.standing](rule).map((why) => `not paid: ${why}`)
}

/** The conditions of that outcome, as they are what the whole came to. */
function conditionsBut({ conditions }: RuleJudgement, outcome: 'false' | 'unknown') {
  const telling = conditions.filter((condition) => condition.outcome === outcome)
  const said = telling.length > 0 ? telling : conditions
  return said.map(({ detail }) => detail.replace(/^(not met|unknown): /, ''))
}

function lowered(sentence: string): string {
  return sentence.replace(/^[A-Z](?=[a-z])/, (letter) => letter.toLowerCase())
}
