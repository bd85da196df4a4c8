import type { Answer, Api } from './api.ts'

/** Requests about one rule in the words of the tests; `ifMatch` is the header, none where it is absent. */
export interface RuleKeeper {
  get(path?: string): Promise<Answer>
  post(path: string, body?: unknown, ifMatch?: string): Promise<Answer>
  put(path: string, body: unknown, ifMatch?: string): Promise<Answer>
  patch(body: unknown, ifMatch?: string): Promise<Answer>
  delete(path: string, ifMatch?: string): Promise<Answer>
}

export function createKeeper(api: Api, apiKey: string, ruleId: string): RuleKeeper {
  const base = `/api/v1/rules/${ruleId}`
  const change = (method: string) => (path: string, body: unknown, ifMatch?: string) =>
    api.send(path === '' ? base : `${base}/${path}`, {
      method,
      headers: {
        authorization: `Bearer ${apiKey}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(ifMatch === undefined ? {} : { 'if-match': ifMatch }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
  return {
    get: (path = '') => api.get(path === '' ? base : `${base}/${path}`),
    post: change('POST'),
    put: change('PUT'),
    patch: (body, ifMatch) => change('PATCH')('', body, ifMatch),
    delete: (path, ifMatch) => change('DELETE')(path, undefined, ifMatch),
  }
}

/** A rule that pays `cents` to `referrer_id` for events with this story. */
export function storyRule(story: string, cents: number): Readonly<Record<string, unknown>> {
  return {
    conditions: [{ field: 'story', operator: '==', value: story }],
    actions: [
      { type: 'credit', user: 'referrer_id', amount_cents: cents, reward_id: 'referral_bonus' },
    ],
  }
}
