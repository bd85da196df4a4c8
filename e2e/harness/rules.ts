import type { Answer, Api } from './api.ts'

export interface RuleOptions {
  readonly actions?: readonly Readonly<Record<string, unknown>>[]
  readonly conditions?: readonly Readonly<Record<string, unknown>>[]
  readonly more?: Readonly<Record<string, unknown>>
}

/**
 * Publishes a rule that only events with `data.story` equal to the name meet, so that the tests of
 * one file do not pay for each other; by default it credits 500 to `referrer_id`.
 */
export async function publishRule(
  api: Api,
  story: string,
  { actions, conditions = [], more = {} }: RuleOptions = {},
): Promise<Answer['body']> {
  const answer = await api.post('/api/v1/rules', {
    name: `Rule of ${story}`,
    rule_json: {
      conditions: [{ field: 'story', operator: '==', value: story }, ...conditions],
      actions: actions ?? [creditAction()],
      ...more,
    },
  })
  if (answer.status !== 201) throw new Error(`the rule was refused: ${JSON.stringify(answer.body)}`)
  return answer.body
}

export function creditAction(more: Readonly<Record<string, unknown>> = {}) {
  return {
    type: 'credit',
    user: 'referrer_id',
    amount_cents: 500,
    reward_id: 'referral_bonus',
    ...more,
  }
}

/** The results of the rules that an event has met: others of the same file are none of its business. */
export function metResults(decision: Answer['body']): Answer['body'][] {
  return decision.results.filter((result: { conditions_met: boolean }) => result.conditions_met)
}
