import type { IncomingMessage, Server } from 'node:http'
import type { Socket } from 'node:net'

/**
 * Closes the connections on which nothing was ever asked once the returned function is called, and
 * those that come after it. Node counts them as busy and would wait for them when the server closes;
 * browsers and proxies open such connections ahead of need and keep them open.
 */
export function closeUnusedConnections(server: Server): () => void {
  const unused = new Set<Socket>()
  let isClosing = false
  server.on('connection', (socket) => {
    if (isClosing) {
      socket.destroy()
      return
    }
    unused.add(socket)
    socket.once('close', () => unused.delete(socket))
  })
  server.on('request', (request: IncomingMessage) => unused.delete(request.socket))
  return () => {
    isClosing = true
    for (const socket of unused) socket.destroy()
  }
}
