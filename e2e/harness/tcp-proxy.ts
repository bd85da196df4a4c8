import { connect, createServer, type NetConnectOpts, type Server, type Socket } from 'node:net'

/** Stands between the service and its database, and can fail as networks do. */
export interface TcpProxy {
  /** The address of the database by way of the proxy. */
  readonly databaseUrl: string
  /** From now on nothing passes, in either direction, and nothing is said about it. */
  pause(): void
  /** What was held back passes now. */
  resume(): void
  /** From now on what is sent arrives, and no answer comes back. */
  holdAnswers(): void
  /** Ends every connection, whatever was held back with it; new ones are taken and pass as before. */
  sever(): void
  /** Ends every connection and refuses new ones. */
  cut(): Promise<void>
  /** Takes connections again, at the same address. */
  mend(): Promise<void>
  stop(): Promise<void>
}

export async function startTcpProxy(databaseUrl: string): Promise<TcpProxy> {
  const target = targetOf(databaseUrl)
  const sockets = new Set<Socket>()
  const answering = new Set<Socket>()
  let isPaused = false

  const server = createServer((near) => {
    const far = connect(target)
    answering.add(far)
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from)
      from.on('data', (chunk) => to.write(chunk))
      from.on('error', () => {})
      from.on('close', () => {
        sockets.delete(from)
        answering.delete(from)
        to.destroy()
      })
      if (isPaused) from.pause()
    }
  })
  await listen(server, 0)
  const address = server.address()
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0
  const url = new URL(databaseUrl)
  url.hostname = '127.0.0.1'
  url.port = String(port)

  const cut = async () => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()))
    for (const socket of sockets) socket.destroy()
    await closed
  }
  return {
    databaseUrl: url.href,
    pause() {
      isPaused = true
      for (const socket of sockets) socket.pause()
    },
    resume() {
      isPaused = false
      for (const socket of sockets) socket.resume()
    },
    holdAnswers() {
      for (const socket of answering) socket.pause()
    },
    sever() {
      for (const socket of sockets) socket.destroy()
    },
    cut,
    mend: () => listen(server, port),
    stop: () => (server.listening ? cut() : Promise.resolve()),
  }
}

/** A host that is a directory holds the server's socket, named after its port. */
function targetOf(databaseUrl: string): NetConnectOpts {
  const url = new URL(databaseUrl)
  const host = decodeURIComponent(url.hostname)
  const port = Number(url.port || 5432)
  return host.startsWith('/') ? { path: `${host}/.s.PGSQL.${port}` } : { host, port }
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject)
      resolve()
    })
  })
}
