import { connect } from 'node:net'
import type { Answer } from './api.ts'

const answerTimeoutMs = 10_000

/**
 * Sends bytes as they are, whether they are HTTP or not, and reads one answer: for what a proper
 * client cannot be made to send. The sender keeps its side open, as a slow one would.
 */
export function sendRaw(baseUrl: string, bytes: string | Buffer): Promise<Answer> {
  const { hostname, port } = new URL(baseUrl)
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => socket.write(bytes))
    let received = ''
    const finish = (work: () => void) => {
      socket.destroy()
      work()
    }
    socket.setTimeout(answerTimeoutMs, () =>
      finish(() => reject(new Error('the service did not answer'))),
    )
    socket.on('data', (chunk) => {
      received += chunk.toString('utf8')
      const answer = parseAnswer(received)
      if (answer) finish(() => resolve(answer))
    })
    socket.on('error', (error) => finish(() => reject(error)))
    socket.on('end', () => {
      const error = new Error(`the service ended the connection after: ${received}`)
      finish(() => reject(error))
    })
  })
}

/** The head of a request, its lines ended as HTTP wants them. */
export function requestHead(lines: readonly string[]): string {
  return `${lines.join('\r\n')}\r\n\r\n`
}

/** The answer, once the bytes hold the whole of it. */
function parseAnswer(received: string): Answer | undefined {
  const headEnd = received.indexOf('\r\n\r\n')
  if (headEnd === -1) return undefined
  const [statusLine = '', ...lines] = received.slice(0, headEnd).split('\r\n')
  const headers = new Headers(lines.map((line) => line.split(/:\s*/, 2) as [string, string]))
  const body = received.slice(headEnd + 4)
  if (Buffer.byteLength(body) < Number(headers.get('content-length') ?? 0)) return undefined
  const isJson = /json/.test(headers.get('content-type') ?? '')
  return {
    status: Number(statusLine.split(' ')[1]),
    headers,
    body: isJson && body !== '' ? JSON.parse(body) : body,
  }
}
