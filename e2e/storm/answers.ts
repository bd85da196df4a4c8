import type { Answer, Api } from '../harness/api.ts'
import type { Command, Operation } from './commands.ts'

/** What one operation of one request was answered. */
export interface Observation {
  readonly operation: Operation
  readonly isAltered: boolean
  readonly status: number
  readonly code: string | null
  readonly entry: { readonly id: string; readonly flow: string } | null
  /** Null where the answer does not tell: for refusals within a batch. */
  readonly isReplay: boolean | null
}

/** Sends the command and gives what became of each of its operations. */
export async function send(api: Api, command: Command): Promise<Observation[]> {
  const [operation] = command.operations
  if (command.shape === 'single' && operation) {
    const path = `/api/v1/ledger/${operation.kind}`
    const answer = await api.post(path, operation.body, operation.key)
    const isReplay = answer.headers.get('idempotent-replayed') === 'true'
    return [observationOf(command, operation, { result: resultOf(answer), isReplay })]
  }
  const operations = command.operations.map(({ kind, key, body }) => ({
    operation: kind,
    idempotency_key: key,
    ...body,
  }))
  const body = { operations, ...(command.shape === 'atomic' ? { atomic: true } : {}) }
  const answer = await api.post('/api/v1/ledger/batch', body, null)
  return command.operations.map((each, index) => {
    const result = answer.status === 200 ? answer.body.results[index] : resultOf(answer)
    return observationOf(command, each, { result, isReplay: result.is_duplicate ?? null })
  })
}

interface Result {
  readonly status: number
  readonly data?: { readonly id: string; readonly flow: string }
  readonly problem?: { readonly code: string }
}

function resultOf({ status, body }: Answer): Result {
  return status < 300 ? { status, data: body.data } : { status, problem: body }
}

function observationOf(
  { isAltered }: Command,
  operation: Operation,
  { result, isReplay }: { result: Result; isReplay: boolean | null },
): Observation {
  const { status, data, problem } = result
  const entry = data ? { id: data.id, flow: data.flow } : null
  return { operation, isAltered, status, code: problem?.code ?? null, entry, isReplay }
}

/** The refusals of the ledger that the commands of a storm can meet. */
const refusals = new Set([
  'insufficient_balance',
  'already_reversed',
  'already_confirmed',
  'reversal_exceeds_entry',
])

/**
 * What is wrong with the answers that one key was given; empty when all is well. The first request
 * with a key has the one effect or the one refusal, the same request again is answered the same, and
 * any other is told that the key is taken.
 */
export function keyFaults(key: string, observations: readonly Observation[]): string[] {
  const faults: string[] = []
  const settled = observations.filter(({ code }) => code === null || refusals.has(code))
  const others = observations.filter((observation) => !settled.includes(observation))
  for (const { status, code } of others) {
    const isTaken = status === 409 && code === 'idempotency_key_reused' && settled.length > 0
    if (!isTaken && !(status === 409 && code === 'batch_aborted'))
      faults.push(`${key}: answered ${status} ${code}`)
  }
  const answers = new Set(
    settled.map(({ isAltered, code, entry }) => JSON.stringify([isAltered, code, entry?.id])),
  )
  if (answers.size > 1) faults.push(`${key}: answered as ${[...answers].join(' and ')}`)
  const isPosted = settled.some(({ entry }) => entry !== null)
  const firsts = settled.filter(({ status, isReplay }) =>
    isPosted ? status === 201 && isReplay !== true : isReplay === false,
  )
  // Where a batch was refused, its answer does not tell whether it was the first.
  const isTold = isPosted || settled.some(({ isReplay }) => isReplay !== null)
  if (isTold && firsts.length !== 1) faults.push(`${key}: ${firsts.length} first answers`)
  return faults
}
