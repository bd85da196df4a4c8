import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { closeUnusedConnections } from './unused-connections.ts'

let server: Server
afterEach(() => server.closeAllConnections())

async function listen(handle: (finish: () => void) => void) {
  server = createServer((_request, response) => handle(() => response.end('done')))
  const closeUnused = closeUnusedConnections(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  // The address of a server that listens on a port is never a path.
  const { port } = server.address() as AddressInfo
  return { port, closeUnused }
}

// Without it the stop would wait for the browser, and end by force.
test('lets the server close although a connection was opened on which nothing was asked', async () => {
  const { port, closeUnused } = await listen((finish) => finish())
  const accepted = once(server, 'connection')
  const socket = connect(port, '127.0.0.1')
  await accepted
  closeUnused()
  const closed = once(server, 'close')
  server.close()
  await Promise.all([closed, once(socket, 'close')])
})

test('leaves a request that is under way to finish', async () => {
  let finish = () => {}
  const { port, closeUnused } = await listen((end) => {
    finish = end
  })
  const asked = once(server, 'request')
  const answer = fetch(`http://127.0.0.1:${port}`)
  await asked
  closeUnused()
  finish()
  expect(await (await answer).text()).toBe('done')
})
