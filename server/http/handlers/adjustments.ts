import type { LedgerEntry } from '@pineos/contract/ledger.ts'
import { pageLimitDefault } from '@pineos/contract/primitives.ts'
import { type Adjustment, adjustmentToWire } from '../../adjustments/adjustment.ts'
import type { Adjustments, Answered, DecisionRequest } from '../../adjustments/adjustments.ts'
import { Failure } from '../../failure.ts'
import type { Handlers } from '../handler.ts'
import { fingerprintOf } from '../idempotency-key.ts'
import { refusalFailure } from '../problem-details.ts'

export interface AdjustmentsDependencies {
  readonly adjustments: Adjustments
  readonly readEntry: (id: string) => Promise<LedgerEntry>
}

type AdjustmentsHandlers = Handlers<
  | 'proposeAdjustment'
  | 'listAdjustments'
  | 'getAdjustment'
  | 'approveAdjustment'
  | 'rejectAdjustment'
  | 'withdrawAdjustment'
>

const replayedHeaders = { 'idempotent-replayed': 'true' }

export function adjustmentsHandlers({
  adjustments,
  readEntry,
}: AdjustmentsDependencies): AdjustmentsHandlers {
  const stateOf = async (adjustment: Adjustment) => ({
    data: adjustmentToWire(adjustment),
    ...(adjustment.entryId === null ? {} : { entry: await readEntry(adjustment.entryId) }),
  })

  async function decide(request: DecisionRequest) {
    const { adjustment, refusal, isDuplicate } = await adjustments.decide(request)
    if (refusal) throw refusalFailure(refusal, isDuplicate && adjustment.settledAt !== null)
    return {
      status: 200,
      body: { ...(await stateOf(adjustment)), is_duplicate: isDuplicate },
      ...(isDuplicate ? { headers: replayedHeaders } : {}),
    } as const
  }

  return {
    async proposeAdjustment({ body, principal, idempotencyKey }) {
      // The route requires the header, so it is there by now.
      const key = idempotencyKey ?? ''
      const answered = await adjustments.propose({
        body,
        principal,
        key,
        ...fingerprintOf('adjust', body, key),
      })
      const { adjustment, isDuplicate } = answered
      throwIfRefusedAtOnce(answered)
      const state = { ...(await stateOf(adjustment)), is_duplicate: isDuplicate }
      if (isDuplicate) return { status: 200, body: state, headers: replayedHeaders }
      const headers = { location: `/api/v1/ledger/adjustments/${adjustment.id}` }
      return adjustment.status === 'posted'
        ? { status: 201, body: state, headers }
        : { status: 202, body: state, headers }
    },

    async listAdjustments({ query }) {
      const limit = query.limit ?? pageLimitDefault
      const found = await adjustments.list({
        status: query.status,
        userId: query.user_id,
        beforeId: query.cursor === undefined ? undefined : idOfCursor(query.cursor),
        // One row more than asked tells of a next page.
        limit: limit + 1,
      })
      const last = found.length > limit ? found[limit - 1] : undefined
      return {
        status: 200,
        body: {
          adjustments: found.slice(0, limit).map(adjustmentToWire),
          next_cursor: last ? Buffer.from(last.id).toString('base64url') : null,
        },
      }
    },

    async getAdjustment({ parameters }) {
      return { status: 200, body: await stateOf(await adjustments.get(parameters.id)) }
    },

    approveAdjustment: ({ parameters, principal }) =>
      decide({ id: parameters.id, decision: 'approve', principal, reason: null }),
    rejectAdjustment: ({ parameters, principal, body }) =>
      decide({ id: parameters.id, decision: 'reject', principal, reason: body.reason }),
    withdrawAdjustment: ({ parameters, principal }) =>
      decide({ id: parameters.id, decision: 'withdraw', principal, reason: null }),
  }
}

/** What was answered at once is answered so again; what waited for approval is shown as it stands. */
function throwIfRefusedAtOnce({ adjustment, refusal, isDuplicate }: Answered): void {
  if (!refusal || adjustment.lapsesAt !== null) return
  throw refusalFailure(refusal, isDuplicate && adjustment.settledAt !== null)
}

const uuidPattern = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

function idOfCursor(cursor: string): string {
  const id = Buffer.from(cursor, 'base64url').toString()
  if (uuidPattern.test(id)) return id
  const fault = {
    pointer: '/query/cursor',
    code: 'cursor_invalid',
    detail: 'The cursor is not one that a page has given.',
  }
  throw new Failure('validation_failed', fault.detail, { errors: [fault] })
}
