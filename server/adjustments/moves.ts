import type { AdjustmentStatus } from '@pineos/contract/adjustments.ts'
import type { ProblemCode } from '@pineos/contract/problems.ts'

/** Where an adjustment can go from each status. The trigger of its table holds the same list. */
const moves: Readonly<Record<AdjustmentStatus, readonly AdjustmentStatus[]>> = {
  awaiting_approval: ['approved', 'rejected', 'withdrawn', 'lapsed'],
  approved: ['posted', 'refused'],
  posted: [],
  refused: [],
  rejected: [],
  withdrawn: [],
  lapsed: [],
}

/** The first guard of every move; the condition of its statement and the trigger are the others. */
export function assertMove(from: AdjustmentStatus, to: AdjustmentStatus): void {
  if (!moves[from].includes(to)) throw new Error(`an adjustment cannot go from ${from} to ${to}`)
}

/** What a person can say to an adjustment that waits. */
export interface DecisionKind {
  readonly to: 'approved' | 'rejected' | 'withdrawn'
  /** Whether it is for the owner who proposed it, or for anybody but them. */
  readonly isProposers: boolean
  /** What whoever it is not for is told. */
  readonly problem: ProblemCode
}

export const decisionKinds = {
  approve: { to: 'approved', isProposers: false, problem: 'approval_by_proposer' },
  reject: { to: 'rejected', isProposers: false, problem: 'approval_by_proposer' },
  withdraw: { to: 'withdrawn', isProposers: true, problem: 'withdrawal_by_other' },
} as const satisfies Record<string, DecisionKind>
export type DecisionName = keyof typeof decisionKinds

/** The statuses that an adjustment has once a person has said this to it. */
export const statusesAfter: Readonly<Record<DecisionName, readonly AdjustmentStatus[]>> = {
  approve: ['approved', ...moves.approved],
  reject: ['rejected'],
  withdraw: ['withdrawn'],
}
