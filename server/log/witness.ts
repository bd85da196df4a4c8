import { appendFile } from 'node:fs/promises'
import type { TreeHead } from '@pineos/contract/log.ts'

/** Keeps heads where the operator of the database cannot change them. */
export interface Witness {
  /** What it is called in the log of the process. */
  readonly name: string
  /** Hands a head over. Fails where it is not known to have arrived. */
  receive(head: TreeHead): Promise<void>
}

const postTimeoutMs = 5_000

/** Appends each head to a file as a line of JSON, on the disk before it returns. */
export function fileWitness(path: string): Witness {
  return {
    name: 'the witness file',
    receive: (head) => appendFile(path, `${JSON.stringify(head)}\n`, { flush: true }),
  }
}

/** Posts each head as JSON; any answer of success will do. */
export function urlWitness(url: string): Witness {
  return {
    name: 'the witness',
    async receive(head) {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(head),
        redirect: 'error',
        signal: AbortSignal.timeout(postTimeoutMs),
      })
      await response.body?.cancel()
      if (!response.ok) throw new Error(`the witness has answered ${response.status}`)
    },
  }
}

/** Gives the witness the newest head, where that is another one than the last that it was given. */
export function createWitnessing(
  witness: Witness,
  readHead: () => Promise<TreeHead | undefined>,
): () => Promise<boolean> {
  let witnessed = ''
  return async () => {
    const head = await readHead()
    if (head && head.signature !== witnessed) {
      await witness.receive(head)
      witnessed = head.signature
    }
    return false
  }
}
