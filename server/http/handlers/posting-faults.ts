import type { ValidationError } from '@pineos/contract/primitives.ts'
import { Failure } from '../../failure.ts'
import type { PostingRequest } from './posting.ts'

/**
 * What the schemas cannot say: how the fields of a request stand to each other. Null where they do as
 * they should; `at` is the pointer to the request.
 */
export function postingFault(request: PostingRequest, at = '/body'): Failure | null {
  const fault = faultOf(request)
  if (!fault) return null
  const { field, detail } = fault
  const error: ValidationError = { pointer: `${at}/${field}`, code: 'contradiction', detail }
  return new Failure('validation_failed', `One fault was found in the request: ${detail}`, {
    errors: [error],
  })
}

interface FieldFault {
  readonly field: string
  readonly detail: string
}

function faultOf(request: PostingRequest): FieldFault | null {
  switch (request.operation) {
    case 'credit': {
      const { available_at, expires_at, reward_status } = request.body
      if (available_at !== undefined && reward_status !== 'pending') {
        return {
          field: 'available_at',
          detail: 'available_at is the time at which a pending credit is confirmed.',
        }
      }
      if (available_at === undefined || expires_at === undefined) return null
      if (Date.parse(available_at) < Date.parse(expires_at)) return null
      return { field: 'expires_at', detail: 'expires_at must come after available_at.' }
    }
    case 'reverse': {
      const { amount_cents, refund } = request.body
      if (refund === undefined) return null
      if (amount_cents !== undefined) {
        return { field: 'refund', detail: 'Either amount_cents or refund says how much.' }
      }
      if (refund.refunded_cents <= refund.paid_cents) return null
      return {
        field: 'refund/refunded_cents',
        detail: 'No more can be refunded than was paid.',
      }
    }
    case 'debit':
    case 'confirm':
      return null
  }
}
