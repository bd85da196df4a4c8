import type { FlowName } from '@pineos/contract/ledger.ts'
import type { AccountKind } from './accounts.ts'

/**
 * A permitted kind of movement: the amount leaves `from` (debited) and enters `to` (credited).
 * Nothing outside this table can be posted.
 */
export interface Flow {
  readonly entryType: 'credit' | 'debit' | 'reversal'
  readonly from: AccountKind
  readonly to: AccountKind
  /** Status of the reward once the entry is posted; null where no reward is concerned. */
  readonly rewardStatus: 'pending' | 'confirmed' | 'reversed' | null
  /** The flow that takes an entry of this one back; null where the entry itself cannot be reversed. */
  readonly reversedBy: FlowName | null
}

export const flows: Readonly<Record<FlowName, Flow>> = {
  credit: {
    entryType: 'credit',
    from: 'program_rewards',
    to: 'user_available',
    rewardStatus: 'confirmed',
    reversedBy: 'reverse_credit',
  },
  credit_pending: {
    entryType: 'credit',
    from: 'program_rewards',
    to: 'user_pending',
    rewardStatus: 'pending',
    // Once it is confirmed the money stands in the available account and `reverse_credit` takes it.
    reversedBy: 'reverse_pending',
  },
  confirm: {
    entryType: 'credit',
    from: 'user_pending',
    to: 'user_available',
    rewardStatus: 'confirmed',
    reversedBy: null,
  },
  debit: {
    entryType: 'debit',
    from: 'user_available',
    to: 'program_redemptions',
    rewardStatus: null,
    reversedBy: 'reverse_debit',
  },
  reverse_credit: {
    entryType: 'reversal',
    from: 'user_available',
    to: 'program_rewards',
    rewardStatus: 'reversed',
    reversedBy: null,
  },
  reverse_pending: {
    entryType: 'reversal',
    from: 'user_pending',
    to: 'program_rewards',
    rewardStatus: 'reversed',
    reversedBy: null,
  },
  reverse_debit: {
    entryType: 'reversal',
    from: 'program_redemptions',
    to: 'user_available',
    rewardStatus: null,
    reversedBy: null,
  },
}
