import type { EventResult } from '@pineos/contract/events.ts'
import type { ProblemDocument } from '@pineos/contract/primitives.ts'
import { refusal, type Sender, type SentAnswer } from './sender.ts'

const batchLinesMax = 200
const batchPath = '/api/v1/events/batch'
const eventPath = '/api/v1/events'

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

/** A batch that is refused as a whole because of one line is halved until that line stands alone. */
async function sendTogether(sender: Sender, lines: readonly string[]): Promise<EventResult[]> {
  const [first = ''] = lines
  if (lines.length <= 1) return [await sendAlone(sender, first)]
  const answer = await sender.send({
    method: 'POST',
    path: batchPath,
    body: `{"events":[${lines.join(',')}]}`,
  })
  if (isRefusedForItsBody(answer)) {
    const half = Math.ceil(lines.length / 2)
    const before = await sendTogether(sender, lines.slice(0, half))
    return [...before, ...(await sendTogether(sender, lines.slice(half)))]
  }
  if (answer.status !== 200) throw refusal(answer, batchPath)
  const { results } = answer.body as { results: EventResult[] }
  const settled: EventResult[] = []
  for (const [index, result] of results.entries()) {
    // Single events that had to wait: the sender knows how long and how often to try again.
    settled.push(result.status === 503 ? await sendAlone(sender, lines[index] ?? '') : result)
  }
  return settled
}

async function sendAlone(sender: Sender, line: string): Promise<EventResult> {
  const answer = await sender.send({ method: 'POST', path: eventPath, body: line })
  if (answer.status === 201 || answer.status === 200) {
    return { status: answer.status, ...(answer.body as Omit<EventResult, 'status'>) }
  }
  if (!isRefusedForItsBody(answer)) throw refusal(answer, eventPath)
  return { status: answer.status, problem: answer.body as ProblemDocument }
}

const bodyFaultStatuses = new Set([400, 409, 413, 422])

function isRefusedForItsBody({ status }: SentAnswer): boolean {
  return bodyFaultStatuses.has(status)
}
