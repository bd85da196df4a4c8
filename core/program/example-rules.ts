import type { CreateRuleRequest } from '@pineos/contract/rules.ts'

/** The rules that a new service can be given to begin with. */
export const exampleRules: readonly CreateRuleRequest[] = [
  {
    name: 'Paid User Referral Bonus',
    description: 'A paying user who brings somebody with an active subscription gets 500.00.',
    rule_json: {
      conditions: [
        { field: 'referrer.is_paid_user', operator: '==', value: true },
        { field: 'referred.subscription_status', operator: '==', value: 'active' },
      ],
      logic: 'AND',
      actions: [
        { type: 'credit', user: 'referrer_id', amount_cents: 50_000, reward_id: 'referral_bonus' },
      ],
    },
  },
  {
    name: 'First Purchase Bonus',
    description: 'Whoever referred a customer gets 200.00 for a first purchase above 1,000.00.',
    rule_json: {
      conditions: [
        { field: 'purchase.is_first', operator: '==', value: true },
        { field: 'purchase.amount_cents', operator: '>', value: 100_000 },
      ],
      logic: 'AND',
      actions: [
        {
          type: 'credit',
          user: 'referrer_id',
          amount_cents: 20_000,
          reward_id: 'first_purchase_bonus',
        },
      ],
    },
  },
]
