import { createReadStream } from 'node:fs'
import { DocumentFailure, type Head } from './documents.ts'
import { hashLeaf, RootOfLeaves } from './merkle.ts'

const lineFeed = 10
/** An entry carries at most 16 KiB of metadata. */
const lineBytesMax = 1024 * 1024

/**
 * Checks an exported log, each line the text of a leaf, against heads of it. Gives what is wrong, with
 * the lines that it can be in, undefined where all is right. Memory does not grow with the log.
 */
export async function logFault(path: string, heads: readonly Head[]): Promise<string | undefined> {
  const bySize = [...heads].sort((a, b) => a.treeSize - b.treeSize)
  const tree = new RootOfLeaves()
  let next = 0
  let rightUpTo = 0
  for await (const line of linesOf(path)) {
    tree.add(hashLeaf(line))
    if (!isEntry(line)) return `line ${tree.count} is not the JSON of an entry`
    for (let head = bySize[next]; head?.treeSize === tree.count; head = bySize[next]) {
      next += 1
      if (!head.rootHash.equals(tree.root())) return rangeFault(rightUpTo, head)
      rightUpTo = head.treeSize
    }
  }
  const missing = bySize[next]
  if (missing)
    return `the log has ${tree.count} entries, and a head of ${missing.treeSize} was signed: its tail was cut`
  if (tree.count > rightUpTo)
    return `lines ${rightUpTo + 1} to ${tree.count} come after the newest head that was given: nothing proves them`
  return undefined
}

function rangeFault(rightUpTo: number, head: Head): string {
  const which =
    head.treeSize - rightUpTo === 1
      ? `line ${head.treeSize} is not what it was`
      : `of lines ${rightUpTo + 1} to ${head.treeSize} not all are what they were`
  return `${which} when the head of ${head.treeSize} entries was signed at ${head.signedAt}`
}

function isEntry(line: Buffer): boolean {
  try {
    const value: unknown = JSON.parse(line.toString('utf8'))
    return typeof value === 'object' && value !== null && 'id' in value
  } catch {
    return false
  }
}

/** As bytes: they were hashed, and reading them as text could change them. */
async function* linesOf(path: string): AsyncGenerator<Buffer> {
  let rest: Buffer = Buffer.alloc(0)
  try {
    for await (const chunk of createReadStream(path)) {
      // A stream without an encoding gives buffers.
      const bytes = Buffer.concat([rest, chunk as Buffer])
      let begin = 0
      for (let end = bytes.indexOf(lineFeed); end >= 0; end = bytes.indexOf(lineFeed, begin)) {
        yield bytes.subarray(begin, end)
        begin = end + 1
      }
      rest = bytes.subarray(begin)
      if (rest.length > lineBytesMax)
        throw new DocumentFailure(`${path} has a line of more than ${lineBytesMax} bytes`)
    }
  } catch (error) {
    if (error instanceof DocumentFailure) throw error
    throw new DocumentFailure(`${path} cannot be read: ${(error as Error).message}`)
  }
  if (rest.length > 0) yield rest
}
