import type { entryTypes, FlowName, rewardStatuses } from '@pineos/contract/ledger.ts'
import type { AccountKind } from './accounts.ts'

/**
 * A permitted kind of movement: the amount leaves `from` (debited) and enters `to` (credited).
 * Nothing outside this table can be posted.
 */
export interface Flow {
  readonly entryType: (typeof entryTypes)[number]
  readonly from: AccountKind
  readonly to: AccountKind
  /** Status of the reward once the entry is posted; null where no reward is concerned. */
  readonly rewardStatus: (typeof rewardStatuses)[number] | null
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
  // A pending credit whose time has passed was never the user's: it goes back to where it came from.
  lapse: {
    entryType: 'expiry',
    from: 'user_pending',
    to: 'program_rewards',
    rewardStatus: 'expired',
    reversedBy: null,
  },
  expire: {
    entryType: 'expiry',
    from: 'user_available',
    to: 'program_breakage',
    rewardStatus: 'expired',
    reversedBy: null,
  },
  // What a reversal takes that is not there any more: lent to the user first, so that the reversal
  // itself is one entry over its whole amount.
  debt: {
    entryType: 'debt',
    from: 'user_debt',
    to: 'user_available',
    rewardStatus: null,
    reversedBy: null,
  },
  netting: {
    entryType: 'netting',
    from: 'user_available',
    to: 'user_debt',
    rewardStatus: null,
    reversedBy: null,
  },
  // Corrected by another adjustment, which has its own reason and approval.
  adjust_credit: {
    entryType: 'adjustment',
    from: 'program_adjustments',
    to: 'user_available',
    rewardStatus: null,
    reversedBy: null,
  },
  adjust_debit: {
    entryType: 'adjustment',
    from: 'user_available',
    to: 'program_adjustments',
    rewardStatus: null,
    reversedBy: null,
  },
}
