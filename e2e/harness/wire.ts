import type { Socket } from 'node:net'

/** How slowly bytes pass; nothing set lets them pass at once. */
export interface Pace {
  /** How long each byte is under way. */
  readonly delayMs?: number
  /** How many bytes pass in a second, in either direction. */
  readonly bytesPerSecond?: number
}

// How `commit` is asked for and how it is answered, in the protocol of PostgreSQL (version 3): a
// letter, the length, and a text that ends with zero. No text that users write can hold a zero byte.
const commitQuery = 'Q\0\0\0\x0bcommit\0'
const commitDone = 'C\0\0\0\x0bCOMMIT\0'
// The first message of a session names the application: traps are for the writer of the ledger alone.
const journalName = 'application_name\0pineos-journal\0'
const sliceBytesMax = 1_024

/** What is to happen at the next commit of a journal that passes. */
export interface CommitTrap {
  /**
   * `before`: all of the transaction but its commit has arrived, and the connection is dead from then
   * on. `after`: it is committed, and the connection is ended before anybody is told.
   */
  readonly moment: 'before' | 'after'
  readonly onSprung: () => void
}

/** One connection through the proxy: from the service, which is near, to the database, which is far. */
export class Wire {
  readonly near: Socket
  readonly far: Socket
  readonly #toFar: Lane
  readonly #toNear: Lane
  #isDead = false
  #isHalved = false
  #trap: CommitTrap | undefined
  #isJournal: boolean | undefined
  #isCommitting = false
  #asked = ''
  #answered = ''

  constructor(near: Socket, far: Socket, pace: Pace) {
    this.near = near
    this.far = far
    this.#toFar = new Lane(far, pace)
    this.#toNear = new Lane(near, pace)
    near.on('data', (chunk) => this.#ask(chunk))
    far.on('data', (chunk) => this.#answer(chunk))
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      from.on('error', () => {})
      from.on('close', () => {
        // The other side of a dead connection is never told.
        if (!this.#isHalved) to.destroy()
      })
    }
  }

  setPace(pace: Pace): void {
    this.#toFar.setPace(pace)
    this.#toNear.setPace(pace)
  }

  /** Half of what is sent next still arrives; then nothing passes ever again, and nobody is told. */
  halve(): void {
    this.#isHalved = true
  }

  setTrap(trap: CommitTrap | undefined): void {
    this.#trap = trap
    this.#isCommitting = false
  }

  /** Ends both sides, as a firewall does that has forgotten the connection. */
  reset(): void {
    this.near.resetAndDestroy()
    this.far.destroy()
  }

  end(): void {
    this.near.destroy()
    this.far.destroy()
  }

  #ask(chunk: Buffer): void {
    if (this.#isDead) return
    this.#isJournal ??= chunk.includes(journalName)
    if (this.#isHalved) {
      this.#isDead = true
      this.#toFar.send(chunk.subarray(0, Math.ceil(chunk.length / 2)))
      return
    }
    this.#toFar.send(this.#trap && this.#isJournal ? this.#beforeCommit(chunk, this.#trap) : chunk)
  }

  /** What of the chunk still arrives. */
  #beforeCommit(chunk: Buffer, { moment, onSprung }: CommitTrap): Buffer {
    const seen = this.#asked + chunk.toString('latin1')
    const at = seen.indexOf(commitQuery)
    const passed = Math.max(0, at - this.#asked.length)
    this.#asked = seen.slice(-commitQuery.length + 1)
    if (at === -1) return chunk
    this.#isCommitting = true
    if (moment === 'after') return chunk
    this.#isDead = true
    this.#isHalved = true
    onSprung()
    return chunk.subarray(0, passed)
  }

  #answer(chunk: Buffer): void {
    if (this.#isDead || this.#isHalved) return
    if (this.#trap && this.#isCommitting) {
      const seen = this.#answered + chunk.toString('latin1')
      if (seen.includes(commitDone)) {
        this.end()
        this.#trap.onSprung()
        return
      }
      this.#answered = seen.slice(-commitDone.length + 1)
    }
    this.#toNear.send(chunk)
  }
}

/** One direction: passes bytes on in their order, at its pace. */
class Lane {
  readonly #to: Socket
  #pace: Pace
  #waiting: { readonly bytes: Buffer; readonly dueMs: number }[] = []
  #lastDueMs = 0

  constructor(to: Socket, pace: Pace) {
    this.#to = to
    this.#pace = pace
  }

  /** What is under way at a slower pace arrives at once. */
  setPace(pace: Pace): void {
    this.#pace = pace
    for (const { bytes } of this.#waiting) this.#to.write(bytes)
    this.#waiting = []
    this.#lastDueMs = 0
  }

  send(chunk: Buffer): void {
    const { delayMs = 0, bytesPerSecond = Number.POSITIVE_INFINITY } = this.#pace
    if (delayMs === 0 && bytesPerSecond === Number.POSITIVE_INFINITY) {
      this.#to.write(chunk)
      return
    }
    for (let at = 0; at < chunk.length; at += sliceBytesMax) {
      const bytes = chunk.subarray(at, at + sliceBytesMax)
      const nowMs = performance.now()
      const transferMs = (bytes.length / bytesPerSecond) * 1_000
      const dueMs = Math.max(nowMs + delayMs, this.#lastDueMs) + transferMs
      this.#lastDueMs = dueMs
      this.#waiting.push({ bytes, dueMs })
      setTimeout(() => this.#pass(), Math.ceil(dueMs - nowMs))
    }
  }

  #pass(): void {
    const nowMs = performance.now()
    while (this.#waiting[0] && this.#waiting[0].dueMs <= nowMs + 1) {
      const next = this.#waiting.shift()
      if (next) this.#to.write(next.bytes)
    }
  }
}
