/**
 * The chart of accounts. Each kind says which side its balance grows on: what the program owes its
 * users is a liability (credit), what it has spent on rewards an expense (debit).
 */
export const accountKinds = {
  user_available: { owner: 'user', normalSide: 'credit', pattern: 'user:*:available' },
  user_pending: { owner: 'user', normalSide: 'credit', pattern: 'user:*:pending' },
  program_rewards: { owner: 'program', normalSide: 'debit', pattern: 'program:*:rewards' },
  program_redemptions: { owner: 'program', normalSide: 'credit', pattern: 'program:*:redemptions' },
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

/** Name of the account of this kind, such as `user:alice:available` or `program:default:rewards`. */
export function accountName(
  kind: AccountKind,
  owners: { userId: string; programId: string },
): string {
  const { owner, before, after } = nameParts[kind]
  return before + (owner === 'user' ? owners.userId : owners.programId) + after
}

/** True for accounts that belong to a user: their balance is kept in one row per user and currency. */
export function isUserAccount(kind: AccountKind): boolean {
  return accountKinds[kind].owner === 'user'
}
