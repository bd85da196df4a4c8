import type { EventResult } from '@pineos/contract/events.ts'
import type { ProblemDocument } from '@pineos/contract/primitives.ts'
import { refusal, type SentAnswer, type Sender } from './sender.ts'

const batchLinesMax = 200
const retryWaitMs = 1_000

/**
 * Sends the lines in order, as many as fit into a batch at a time, and gives their results in order.
 * What cannot stand in a batch goes to the single endpoint as it is. Fails where the service takes
 * no events at all from this key.
 */
export async function feed(
  sender: Sender,
  lines: readonly string[],
  onResults: (results: readonly EventResult[]) => void,
): Promise<void> {
  let batch: string[] = []
  const sendBatch = async () => {
    if (batch.length > 0) onResults(await sendTogether(sender, batch))
    batch = []
  }
  for (const line of lines) {
    if (isFitForBatch(line)) {
      batch.push(line)
      if (batch.length === batchLinesMax) await sendBatch()
      continue
    }
    // In order: a line must not overtake the ones before it.
    await sendBatch()
    onResults([await sendAlone(sender, line)])
  }
  await sendBatch()
}

/** The line as JSON, undefined where it is none. */
export function parseLine(line: string): unknown {
  try {
    return JSON.parse(line) as unknown
  } catch {
    return undefined
  }
}

/** Whether the line can stand in a list of JSON without breaking what is around it. */
function isFitForBatch(line: string): boolean {
  return parseLine(line) !== undefined
}

/** A body that is refused as a whole because of one line is sent again line by line. */
async function sendTogether(sender: Sender, lines: readonly string[]): Promise<EventResult[]> {
  const results: EventResult[] = []
  let waiting = lines
  for (let attempt = 1; ; attempt++) {
    const answer = await sender.send({
      method: 'POST',
      path: '/api/v1/events/batch',
      body: `{"events":[${waiting.join(',')}]}`,
    })
    if (isRefusedForItsBody(answer)) {
      for (const line of waiting) results.push(await sendAlone(sender, line))
      return results
    }
    if (answer.status !== 200) throw refusal(answer, '/api/v1/events/batch')
    const sent = (answer.body as { results: EventResult[] }).results
    // From the first that must wait on, so that no event overtakes another; the rest are duplicates then.
    const settled = sent.findIndex((result) => result.status === 503)
    results.push(...(settled === -1 ? sent : sent.slice(0, settled)))
    if (settled === -1) return results
    waiting = waiting.slice(settled)
    await sender.pause(attempt, retryWaitMs)
  }
}

async function sendAlone(sender: Sender, line: string): Promise<EventResult> {
  const answer = await sender.send({ method: 'POST', path: '/api/v1/events', body: line })
  if (answer.status === 201 || answer.status === 200) {
    return { status: answer.status, ...(answer.body as Omit<EventResult, 'status'>) }
  }
  if (!isRefusedForItsBody(answer)) throw refusal(answer, '/api/v1/events')
  return { status: answer.status, problem: answer.body as ProblemDocument }
}

const bodyFaultStatuses = new Set([400, 409, 413, 422])

function isRefusedForItsBody({ status }: SentAnswer): boolean {
  return bodyFaultStatuses.has(status)
}
