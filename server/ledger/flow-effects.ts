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
    const accounts = `'${accountKinds[from].pattern}', '${accountKinds[to].pattern}'`
    return `('${name}', ${available}, ${pending}, ${debt}, ${accounts})`
  })
  .join(', ')

/** The flows as rows: what an amount adds to each part of its user's balance, and the accounts' names. */
export const flowTable = `(values ${effects}) as f (flow, available, pending, debt, debited, credited)`
