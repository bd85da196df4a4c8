import type { FlowName } from '@pineos/contract/ledger.ts'
import { type AccountKind, accountKinds } from '@pineos/core/ledger/accounts.ts'
import { flows } from '@pineos/core/ledger/flows.ts'

type Direction = -1n | 0n | 1n

/** What an amount of a flow adds to each part of its user's balance: itself, its opposite or nothing. */
export interface FlowEffect {
  readonly available: Direction
  readonly pending: Direction
  readonly debt: Direction
}

/** A debt grows where the account is debited. */
export const flowEffects = Object.fromEntries(
  Object.entries(flows).map(([name, { from, to }]) => {
    const enters = (kind: AccountKind) => direction(to === kind, from === kind)
    const leaves = (kind: AccountKind) => direction(from === kind, to === kind)
    return [
      name,
      {
        available: enters('user_available'),
        pending: enters('user_pending'),
        debt: leaves('user_debt'),
      },
    ]
  }),
  // Object.entries loses the names; the table of flows is their only source.
) as Readonly<Record<FlowName, FlowEffect>>

function direction(adds: boolean, takes: boolean): Direction {
  if (adds === takes) return 0n
  return adds ? 1n : -1n
}

// The same as SQL that no input reaches.
const effects = Object.entries(flows)
  .map(([name, { from, to }]) => {
    const { available, pending, debt } = flowEffects[name as FlowName]
    const parts = [available, pending, debt, ...nameParts(from), ...nameParts(to)]
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
