import { connect, createServer, type NetConnectOpts, type Server } from 'node:net'
import { type CommitTrap, type Pace, Wire } from './wire.ts'

/** Stands between the service and its database, and can fail as networks do. */
export interface TcpProxy {
  /** The address of the database by way of the proxy. */
  readonly databaseUrl: string
  /** How many connections the service holds open at this moment. */
  connections(): number
  /** From now on nothing passes, in either direction, and nothing is said about it. */
  pause(): void
  /** Whether anything is held back at this moment. */
  isHolding(): boolean
  /** What was held back passes now. */
  resume(): void
  /** From now on what is sent arrives, and no answer comes back. */
  holdAnswers(): void
  /** From now on everything passes at this pace; what is under way slower arrives at once. */
  setPace(pace: Pace): void
  /** Every connection dies half-way through what it sends next, and neither side is told; new ones pass. */
  halve(): void
  /** Ends every connection, whatever was held back with it; new ones are taken and pass as before. */
  sever(): void
  /** The same, told to the service by a reset rather than an orderly end. */
  reset(): void
  /** The same at the next commit: all of its transaction has arrived, but not the commit itself. */
  halveAtCommit(): Promise<void>
  /**
   * Ends the connection on which the next commit takes place, when it has and before the service is
   * told; resolves then. From that moment on everything is paused.
   */
  loseNextCommit(): Promise<void>
  /** Ends every connection and refuses new ones. */
  cut(): Promise<void>
  /** Takes connections again, at the same address. */
  mend(): Promise<void>
  stop(): Promise<void>
}

export async function startTcpProxy(databaseUrl: string): Promise<TcpProxy> {
  const target = targetOf(databaseUrl)
  const wires = new Set<Wire>()
  const dead = new Set<Wire>()
  let isPaused = false
  let pace: Pace = {}
  let trap: CommitTrap | undefined

  const server = createServer((near) => {
    const wire = new Wire(near, connect(target), pace)
    wires.add(wire)
    near.on('close', () => wires.delete(wire))
    wire.setTrap(trap)
    if (isPaused) near.pause()
  })
  await listen(server, 0)
  const address = server.address()
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0
  const url = new URL(databaseUrl)
  url.hostname = '127.0.0.1'
  url.port = String(port)

  const setPaused = (paused: boolean) => {
    isPaused = paused
    for (const { near, far } of wires) {
      for (const socket of [near, far]) {
        if (paused) socket.pause()
        else socket.resume()
      }
    }
  }
  /** The database learns of connections that died when the next ones do, or at the end. */
  const endDead = () => {
    for (const wire of dead) wire.end()
    dead.clear()
  }
  const halve = () => {
    endDead()
    for (const wire of wires) {
      wire.halve()
      dead.add(wire)
    }
  }
  /** Resolves when the next commit has come to that moment; `atOnce` runs in it. */
  const trapped = (moment: CommitTrap['moment'], atOnce: () => void = () => {}) =>
    new Promise<void>((resolve) => {
      const onSprung = () => {
        trap = undefined
        for (const wire of wires) wire.setTrap(undefined)
        atOnce()
        resolve()
      }
      trap = { moment, onSprung }
      for (const wire of wires) wire.setTrap(trap)
    })
  const cut = async () => {
    endDead()
    const closed = new Promise<void>((resolve) => server.close(() => resolve()))
    for (const wire of wires) wire.end()
    await closed
  }
  return {
    databaseUrl: url.href,
    connections: () => wires.size,
    pause: () => setPaused(true),
    isHolding: () =>
      [...wires].some(({ near, far }) => near.readableLength + far.readableLength > 0),
    resume: () => setPaused(false),
    holdAnswers() {
      for (const { far } of wires) far.pause()
    },
    setPace(wanted) {
      pace = wanted
      for (const wire of wires) wire.setPace(wanted)
    },
    halve,
    async halveAtCommit() {
      await trapped('before')
      halve()
    },
    sever() {
      for (const wire of wires) wire.end()
    },
    reset() {
      for (const wire of wires) wire.reset()
    },
    async loseNextCommit() {
      await trapped('after', () => setPaused(true))
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
