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
      `'${accountKinds[from].pattern}'`,
      `'${accountKinds[to].pattern}'`,
    ]
    return `('${name}', ${parts.join(', ')})`
  })
  .join(', ')

/** The flows as rows: what an amount adds to each part of its user's balance, and the accounts' names. */
export const flowTable = `(values ${effects}) as f (flow, available, pending, debt, debited, credited)`
