/** What an API key may be allowed to do, each with the sentence a person reads when granting it. */
export const scopes = {
  'ledger:read': 'Read entries, balances, accounts and the proof of zero',
  'ledger:write': 'Post credits, debits, confirmations and reversals',
  'ledger:close': 'Close periods, after which nothing more can count within them',
  'adjustments:write': 'Propose and withdraw manual adjustments; small ones are posted at once',
  'adjustments:approve': 'Approve and reject the adjustments that others have proposed',
  'ledger:operate': 'Lift quarantines',
  'rules:read': 'Read rules',
  'rules:write': 'Create rules and evaluate events against them',
  'events:read': 'Read events and their decisions',
  'events:write': 'Send events',
  'keys:read': 'List API keys (never their secrets)',
  'keys:write': 'Create and revoke API keys',
  'metrics:read': 'Read the metrics of the service',
} as const satisfies Record<string, string>

export type Scope = keyof typeof scopes

// Object.keys loses the literal type; the table above is the only source of its keys.
export const scopeNames = Object.keys(scopes) as readonly Scope[]
