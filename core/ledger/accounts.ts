/**
 * The chart of accounts. Each kind says which side its balance grows on: what the program owes its
 * users is a liability (credit), what they owe it an asset (debit), what it has spent on rewards and
 * on adjustments an expense (debit), what has expired unspent an income (credit).
 */
export const accountKinds = {
  user_available: { owner: 'user', normalSide: 'credit', pattern: 'user:*:available' },
  user_pending: { owner: 'user', normalSide: 'credit', pattern: 'user:*:pending' },
  user_debt: { owner: 'user', normalSide: 'debit', pattern: 'user:*:debt' },
  program_rewards: { owner: 'program', normalSide: 'debit', pattern: 'program:*:rewards' },
  program_redemptions: { owner: 'program', normalSide: 'credit', pattern: 'program:*:redemptions' },
  program_breakage: { owner: 'program', normalSide: 'credit', pattern: 'program:*:breakage' },
  program_adjustments: { owner: 'program', normalSide: 'debit', pattern: 'program:*:adjustments' },
} as const

export type AccountKind = keyof typeof accountKinds
export type NormalSide = (typeof accountKinds)[AccountKind]['normalSide']

/** The program that pays where no other is named. */
export const programDefault = 'default'

// Every entry names two accounts, so the patterns are taken apart once.
const nameParts = Object.fromEntries(
  Object.entries(accountKinds).map(([kind, { owner, pattern }]) => {
    const [before = '', after = ''] = pattern.split('*')
    return [kind, { owner, before, after }]
  }),
) as Readonly<Record<AccountKind, { owner: 'user' | 'program'; before: string; after: string }>>

// Object.keys loses the literal type; the chart is the only source of its keys.
const programKinds = (Object.keys(accountKinds) as AccountKind[]).filter(
  (kind) => accountKinds[kind].owner === 'program',
)

/** Name of the account of this kind, such as `user:alice:available` or `program:default:rewards`. */
export function accountName(
  kind: AccountKind,
  owners: { userId: string; programId: string },
): string {
  const { owner, before, after } = nameParts[kind]
  return before + (owner === 'user' ? owners.userId : owners.programId) + after
}

/** The kind of the account of a program with this name, such as `program:default:rewards`. */
export function programAccountKind(account: string): AccountKind {
  const kind = programKinds.find((name) => account.endsWith(nameParts[name].after))
  if (!kind) throw new Error(`${account} is no account of a program`)
  return kind
}

/** True for accounts that belong to a user: their balance is kept in one row per user and currency. */
export function isUserAccount(kind: AccountKind): boolean {
  return accountKinds[kind].owner === 'user'
}
