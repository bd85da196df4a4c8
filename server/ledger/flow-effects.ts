import { type AccountKind, accountKinds } from '@pineos/core/ledger/accounts.ts'
import { flows } from '@pineos/core/ledger/flows.ts'

// What each flow does to the balances of its user, as SQL that no input reaches. A debt grows where
// the account is debited.
const effects = Object.entries(flows)
  .map(([name, { from, to }]) => {
    const effectOn = (kind: AccountKind) => (to === kind ? 1 : 0) - (from === kind ? 1 : 0)
    const parts = [
      effectOn('user_available'),
      effectOn('user_pending'),
      -effectOn('user_debt'),
      ...nameParts(from),
      ...nameParts(to),
    ]
    return `('${name}', ${parts.join(', ')})`
  })
  .join(', ')

function nameParts(kind: AccountKind): string[] {
  const { owner, pattern } = accountKinds[kind]
  const [before = '', after = ''] = pattern.split('*')
  return [`${owner === 'user'}`, `'${before}'`, `'${after}'`]
}

/**
 * The flows as rows: what an amount adds to each part of its user's balance, and of the account that
 * it leaves and of the one that it enters: whether it is the user's, and what stands in its name
 * before and after the owner.
 */
export const flowTable = `(values ${effects}) as f (flow, available, pending, debt,
  from_user, from_before, from_after, to_user, to_before, to_after)`

/** True of an entry `e` with its row `f` of the flows (or none) that moves what its flow may not. */
export const isAgainstItsFlow = `(f.flow is null or e.amount_cents <= 0
  or not ${isNamed('e.debit_account', 'from')} or not ${isNamed('e.credit_account', 'to')})`

function isNamed(account: string, side: 'from' | 'to'): string {
  return `(case when f.${side}_user then ${account} = f.${side}_before || e.user_id || f.${side}_after
    else starts_with(${account}, f.${side}_before) and right(${account}, length(f.${side}_after)) = f.${side}_after end)`
}
