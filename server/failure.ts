import type { ProblemDocument, ValidationError } from '@pineos/contract/primitives.ts'
import { type ProblemCode, problems } from '@pineos/contract/problems.ts'

/** What a problem document may carry beside its code and detail. */
export type FailureFacts = Pick<
  ProblemDocument,
  | 'fields'
  | 'available_cents'
  | 'required_cents'
  | 'reversible_cents'
  | 'questions'
  | 'revision'
  | 'state'
  | 'possible'
> & {
  readonly errors?: ValidationError[]
  /** True where this is the first answer to the idempotency key again; told in a header. */
  readonly isReplayed?: boolean
}

/**
 * Something that can happen and that the caller is told of, by a code of the problem catalogue.
 * What cannot happen is an assertion instead.
 */
export class Failure extends Error {
  readonly code: ProblemCode
  readonly facts: FailureFacts

  constructor(code: ProblemCode, detail?: string, facts: FailureFacts = {}) {
    super(detail ?? problems[code].title)
    this.name = 'Failure'
    this.code = code
    this.facts = facts
  }
}
