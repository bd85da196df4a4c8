import { type BatchOperation, BatchResult, batchOperations } from '@pineos/contract/ledger.ts'
import type { ValidateFunction } from 'ajv'
import type { Principal } from '../../access/principal.ts'
import { Failure } from '../../failure.ts'
import type { KeyedPosting } from '../../journal/command.ts'
import type { Journal } from '../../journal/journal.ts'
import type { PostingOutcome } from '../../journal/outcome.ts'
import { Pieces } from '../../pieces.ts'
import type { Handlers } from '../handler.ts'
import { failureOf, problemReply } from '../problem-details.ts'
import { type Validator, validationFailure } from '../validation.ts'
import { keyedPosting, type PostingDefaults, postedReply, postingRequestOf } from './posting.ts'
import { postingFault } from './posting-faults.ts'

export interface BatchDependencies extends PostingDefaults {
  readonly journal: Journal
  readonly validator: Validator
}

// Its serializer is compiled once for this value; Fastify takes schemas as plain objects.
const resultSchema = { ...BatchResult }

/** One operation of a batch: the posting it asks for, or why it cannot be one. */
type Prepared = KeyedPosting | Failure

/**
 * Posts many operations at once. Each is checked by itself, so that a malformed one is a result of
 * its own and does not hurt the others; with `atomic` it refuses all.
 */
export function batchHandlers(dependencies: BatchDependencies): Handlers<'postBatch'> {
  const { journal, validator } = dependencies
  const validates: Readonly<Record<BatchOperation['operation'], ValidateFunction>> = {
    credit: validator.compile(batchOperations.credit, 'body'),
    debit: validator.compile(batchOperations.debit, 'body'),
    reverse: validator.compile(batchOperations.reverse, 'body'),
  }
  const pieces = new Pieces()

  return {
    async postBatch({ body, principal, requestId, bodyBytes, reply }) {
      const prepared = await pieces.map(body.operations, (operation, index) =>
        prepare(operation, { validates, principal, index, defaults: dependencies }),
      )
      const results = body.atomic
        ? await postAtomic(journal, prepared, bodyBytes)
        : await postEach(journal, prepared, Math.ceil(bodyBytes / prepared.length))
      const serialize = reply.compileSerializationSchema(resultSchema)
      const texts = await pieces.map(results, (result) => serialize(wireResult(result, requestId)))
      const text = Buffer.from(`{"results":[${texts.join(',')}]}`)
      return reply.code(200).type('application/json; charset=utf-8').send(text)
    },
  }
}

function prepare(
  operation: unknown,
  context: {
    validates: Readonly<Record<BatchOperation['operation'], ValidateFunction>>
    principal: Principal
    index: number
    defaults: PostingDefaults
  },
): Prepared {
  const at = `/operations/${context.index}`
  const kind = kindOf(operation)
  if (!kind) return unknownOperation(at)
  const validate = context.validates[kind]
  if (!validate(operation)) {
    const errors = (validate.errors ?? []).map((error) => ({
      ...error,
      instancePath: `${at}${error.instancePath}`,
    }))
    return validationFailure(errors, 'body')
  }
  // The validator of its kind has just checked it.
  const checked = operation as BatchOperation
  const keyed = { principal: context.principal, key: checked.idempotency_key }
  const request = postingRequestOf(checked)
  return postingFault(request, `/body${at}`) ?? keyedPosting(request, keyed, context.defaults)
}

function kindOf(operation: unknown): BatchOperation['operation'] | undefined {
  if (typeof operation !== 'object' || operation === null || !('operation' in operation))
    return undefined
  const { operation: kind } = operation
  return kind === 'credit' || kind === 'debit' || kind === 'reverse' ? kind : undefined
}

function unknownOperation(at: string): Failure {
  const detail = 'operation must be one of credit, debit, reverse.'
  const fault = { pointer: `/body${at}/operation`, code: 'enum', detail }
  return new Failure('validation_failed', `One fault was found in the request: ${detail}`, {
    errors: [fault],
  })
}

async function postEach(
  journal: Journal,
  prepared: readonly Prepared[],
  bytesEach: number,
): Promise<readonly (PostingOutcome | Error)[]> {
  const postings = prepared.filter((item): item is KeyedPosting => !(item instanceof Failure))
  const outcomes = await journal.submitEach(postings, bytesEach)
  if (postings.length === prepared.length) return outcomes
  let next = 0
  return prepared.flatMap((item) => (item instanceof Failure ? item : (outcomes[next++] ?? [])))
}

async function postAtomic(
  journal: Journal,
  prepared: readonly Prepared[],
  bytes: number,
): Promise<readonly (PostingOutcome | Failure)[]> {
  const postings = prepared.filter((item): item is KeyedPosting => !(item instanceof Failure))
  if (postings.length < prepared.length) {
    return prepared.map((item) => (item instanceof Failure ? item : { kind: 'aborted' }))
  }
  const { outcomes } = await journal.submit({ kind: 'atomic', postings }, bytes)
  return outcomes
}

function wireResult(result: PostingOutcome | Error, requestId: string): BatchResult {
  try {
    if (result instanceof Error) throw result
    const { status, body } = postedReply(result)
    return { status, ...body }
  } catch (error) {
    const { status, document } = problemReply(failureOf(error), requestId)
    return { status, problem: document }
  }
}
