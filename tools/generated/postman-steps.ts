import type { RouteName } from '@pineos/contract/routes.ts'
import { ruleLifeSteps } from './postman-rule-life.ts'
import { simulationSteps } from './postman-simulation.ts'

/** One request of the Postman collection. Text in double braces is a variable of the collection. */
export interface PostmanStep {
  readonly route: RouteName
  /** What to call it, where it is not the summary of the route. */
  readonly title?: string
  readonly parameters?: Readonly<Record<string, string>>
  readonly query?: Readonly<Record<string, string>>
  readonly body?: unknown
  readonly idempotencyKey?: string
  readonly statuses: readonly number[]
  /** Variables to keep from the answer, by where they are in it. */
  readonly keep?: Readonly<Record<string, string>>
  /** What has to be in the answer. */
  readonly expect?: readonly (readonly [path: string, value: unknown])[]
}

const user = '{{userId}}-{{run}}'

/** The stories of the collection, in the order in which they can be run. */
export const postmanSteps: readonly PostmanStep[] = [
  {
    route: 'credit',
    body: {
      user_id: user,
      amount_cents: 50_000,
      reward_id: 'referral_bonus',
      metadata: { campaign: 'spring' },
    },
    idempotencyKey: 'credit-{{run}}',
    statuses: [201],
    keep: { creditId: '.data.id' },
    expect: [
      ['.is_duplicate', false],
      ['.data.balance_after_cents', 50_000],
    ],
  },
  {
    route: 'credit',
    title: 'Credit a user, the same request again',
    body: {
      user_id: user,
      amount_cents: 50_000,
      reward_id: 'referral_bonus',
      metadata: { campaign: 'spring' },
    },
    idempotencyKey: 'credit-{{run}}',
    statuses: [200],
    expect: [['.is_duplicate', true]],
  },
  {
    route: 'credit',
    title: 'Credit a user, the same key for another request',
    body: { user_id: user, amount_cents: 60_000 },
    idempotencyKey: 'credit-{{run}}',
    statuses: [409],
    expect: [['.code', 'idempotency_key_reused']],
  },
  {
    route: 'credit',
    title: 'Credit a user, pending',
    body: { user_id: user, amount_cents: 20_000, reward_status: 'pending' },
    statuses: [201],
    keep: { pendingId: '.data.id' },
    expect: [['.data.pending_after_cents', 20_000]],
  },
  {
    route: 'confirm',
    body: { entry_id: '{{pendingId}}' },
    statuses: [201],
    expect: [['.data.balance_after_cents', 70_000]],
  },
  {
    route: 'debit',
    body: { user_id: user, amount_cents: 10_000 },
    statuses: [201],
    expect: [['.data.balance_after_cents', 60_000]],
  },
  {
    route: 'debit',
    title: 'Debit a user, more than there is',
    body: { user_id: user, amount_cents: 1_000_000 },
    statuses: [400],
    expect: [
      ['.code', 'insufficient_balance'],
      ['.available_cents', 60_000],
    ],
  },
  {
    route: 'reverse',
    title: 'Reverse an entry in part',
    body: {
      entry_id: '{{creditId}}',
      reason: 'Half of the order was returned',
      amount_cents: 25_000,
    },
    statuses: [201],
    expect: [['.data.balance_after_cents', 35_000]],
  },
  {
    route: 'postBatch',
    body: {
      operations: [
        {
          operation: 'credit',
          idempotency_key: 'batch-1-{{run}}',
          user_id: user,
          amount_cents: 100,
        },
        {
          operation: 'debit',
          idempotency_key: 'batch-2-{{run}}',
          user_id: user,
          amount_cents: 100,
        },
      ],
      atomic: true,
    },
    statuses: [200],
    expect: [
      ['.results[0].status', 201],
      ['.results[1].status', 201],
    ],
  },
  {
    route: 'getEntry',
    parameters: { id: '{{creditId}}' },
    statuses: [200],
    expect: [
      ['.reversed_cents', 25_000],
      ['.reversible_cents', 25_000],
    ],
  },
  {
    route: 'listEntries',
    query: { user_id: user, limit: '10' },
    statuses: [200],
    expect: [['.total', 7]],
  },
  {
    route: 'getBalance',
    parameters: { user_id: user },
    statuses: [200],
    expect: [
      ['.balance_cents', 35_000],
      ['.balance_dollars', '350.00'],
    ],
  },
  {
    route: 'getStatement',
    parameters: { user_id: user },
    query: { limit: '3' },
    statuses: [200],
    expect: [
      ['.total', 7],
      ['.lines[0].balance_cents', 50_000],
      ['.closing.balance_cents', 35_000],
    ],
  },
  { route: 'listAccounts', statuses: [200] },
  {
    route: 'closePeriod',
    body: { until: '2000-01-01T00:00:00Z' },
    statuses: [201, 200],
    expect: [['.closed_until', '2000-01-01T00:00:00.000Z']],
  },
  { route: 'listPeriods', statuses: [200] },
  { route: 'verify', statuses: [200], expect: [['.ok', true]] },
  {
    route: 'proposeAdjustment',
    body: {
      user_id: user,
      direction: 'debit',
      amount_cents: 500,
      reason: 'Bonus was paid twice',
    },
    statuses: [201],
    expect: [
      ['.data.status', 'posted'],
      ['.entry.balance_after_cents', 34_500],
    ],
  },
  {
    route: 'proposeAdjustment',
    title: 'Correct the balance of a user by hand, above what one person may adjust',
    body: {
      user_id: user,
      direction: 'credit',
      amount_cents: 250_000,
      reason: 'Prize of the spring campaign',
    },
    idempotencyKey: 'adjustment-{{run}}',
    statuses: [202],
    keep: { adjustmentId: '.data.id' },
    expect: [['.data.status', 'awaiting_approval']],
  },
  {
    route: 'approveAdjustment',
    title: 'Approve an adjustment of one’s own',
    parameters: { id: '{{adjustmentId}}' },
    statuses: [403],
    expect: [['.code', 'approval_by_proposer']],
  },
  {
    route: 'rejectAdjustment',
    title: 'Reject an adjustment of one’s own',
    parameters: { id: '{{adjustmentId}}' },
    body: { reason: 'There was no such prize' },
    statuses: [403],
    expect: [['.code', 'approval_by_proposer']],
  },
  {
    route: 'withdrawAdjustment',
    parameters: { id: '{{adjustmentId}}' },
    statuses: [200],
    expect: [['.data.status', 'withdrawn']],
  },
  {
    route: 'getAdjustment',
    parameters: { id: '{{adjustmentId}}' },
    statuses: [200],
    expect: [['.data.entry_id', null]],
  },
  {
    route: 'listAdjustments',
    query: { user_id: user, status: 'withdrawn' },
    statuses: [200],
    expect: [['.adjustments.length', 1]],
  },
  // An entry is sealed a moment after it was posted: the first of a database may not be yet.
  { route: 'getTreeHead', statuses: [200, 404] },
  { route: 'getConsistencyProof', query: { from: '1', to: '1' }, statuses: [200, 404] },
  { route: 'getInclusionProof', parameters: { id: '{{creditId}}' }, statuses: [200, 409] },
  { route: 'listLogKeys', statuses: [200] },
  { route: 'seedExampleRules', statuses: [200, 201] },
  {
    route: 'createRule',
    body: {
      name: 'Welcome bonus {{run}}',
      rule_json: {
        on: ['postman.{{run}}'],
        conditions: [{ field: 'plan', operator: 'in', value: ['plus', 'pro'] }],
        actions: [
          { type: 'credit', user: 'referred_id', amount_cents: 1_000, reward_id: 'welcome_bonus' },
        ],
      },
    },
    statuses: [201],
    keep: { ruleId: '.id' },
    expect: [['.status', 'published']],
  },
  {
    route: 'readSentence',
    body: { description: 'Reward $50 to the referrer for a first purchase above $1,000' },
    statuses: [200],
    expect: [['.rule.rule_json.actions[0].amount_cents', 5_000]],
  },
  { route: 'getRule', parameters: { id: '{{ruleId}}' }, statuses: [200] },
  {
    route: 'exportRule',
    parameters: { id: '{{ruleId}}' },
    query: { format: 'json-logic' },
    statuses: [200],
    expect: [['.document.in[1][0]', 'plus']],
  },
  {
    route: 'importRule',
    body: { format: 'json-logic', document: { in: [{ var: 'plan' }, ['plus', 'pro']] } },
    statuses: [200],
    expect: [['.rule_json.conditions[0].operator', 'in']],
  },
  { route: 'listRules', query: { active_only: 'true' }, statuses: [200] },
  { route: 'listRuleMetrics', statuses: [200] },
  ...ruleLifeSteps,
  ...simulationSteps,
  {
    route: 'evaluateRules',
    title: 'Evaluate an event without paying',
    body: {
      rule_id: '{{ruleId}}',
      dry_run: true,
      event_data: { type: 'postman.{{run}}', plan: 'pro', referred_id: user },
    },
    statuses: [200],
    expect: [['.rules_triggered', 1]],
  },
  {
    route: 'sendEvent',
    body: {
      id: 'event-{{run}}',
      type: 'postman.{{run}}',
      data: { plan: 'pro', referred_id: user },
    },
    statuses: [201],
    expect: [['.is_duplicate', false]],
  },
  {
    route: 'sendEvent',
    title: 'Send the same event again',
    body: {
      id: 'event-{{run}}',
      type: 'postman.{{run}}',
      data: { plan: 'pro', referred_id: user },
    },
    statuses: [200],
    expect: [['.is_duplicate', true]],
  },
  {
    route: 'sendEvents',
    body: {
      events: [
        {
          id: 'event-2-{{run}}',
          type: 'postman.{{run}}',
          data: { plan: 'basic', referred_id: user },
        },
      ],
    },
    statuses: [200],
    expect: [['.results[0].status', 201]],
  },
  { route: 'getEvent', parameters: { source: 'api', id: 'event-{{run}}' }, statuses: [200] },
  {
    route: 'createKey',
    body: { name: 'Postman', scopes: ['ledger:read'] },
    statuses: [201],
    keep: { keyId: '.data.id' },
  },
  { route: 'listQuarantines', statuses: [200] },
  {
    route: 'liftQuarantine',
    title: 'Lift a quarantine that there is not',
    body: { user_id: user, reason: 'To see that it is refused' },
    statuses: [409],
    expect: [['.code', 'account_not_quarantined']],
  },
  { route: 'listKeys', statuses: [200] },
  { route: 'revokeKey', parameters: { id: '{{keyId}}' }, statuses: [200] },
  { route: 'about', statuses: [200] },
  { route: 'health', statuses: [200], expect: [['.status', 'healthy']] },
  { route: 'livez', statuses: [200] },
  { route: 'readyz', statuses: [200], expect: [['.status', 'ready']] },
]
