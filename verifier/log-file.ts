import { createReadStream } from 'node:fs'
import { DocumentFailure, type Head } from './documents.ts'
import { LeafFailure, leafOf } from './leaf.ts'
import { hashLeaf, RootOfLeaves } from './merkle.ts'

const lineFeed = 10
/** An entry has some KiB; what an export has beside entries may be longer. */
const lineBytesMax = 64 * 1024 * 1024
/** How the lines of an export begin that are no entries: nothing is proven of them here. */
const recordBeginning = Buffer.from('{"record":')

/**
 * Checks an exported log, each line the text of a leaf, against heads of it; other records of an export
 * are passed over. Gives what is wrong, with the lines that it can be in, undefined where all is right.
 * Memory does not grow with the log.
 */
export async function logFault(path: string, heads: readonly Head[]): Promise<string | undefined> {
  const bySize = [...heads].sort((a, b) => a.treeSize - b.treeSize)
  const tree = new RootOfLeaves()
  let next = 0
  /** Entries, and lines, of which the last head that was met is. */
  let right = { entries: 0, lines: 0 }
  let lines = 0
  let lastEntryLine = 0
  for await (const line of linesOf(path)) {
    lines += 1
    if (line.subarray(0, recordBeginning.length).equals(recordBeginning)) continue
    lastEntryLine = lines
    const leaf = leafIn(line)
    if (!leaf) return `line ${lines} is not the JSON of an entry as the service writes it`
    tree.add(hashLeaf(leaf))
    for (let head = bySize[next]; head?.treeSize === tree.count; head = bySize[next]) {
      next += 1
      if (!head.rootHash.equals(tree.root()))
        return rangeFault({ from: right.lines + 1, to: lines }, head)
      right = { entries: tree.count, lines }
    }
  }
  const missing = bySize[next]
  if (missing)
    return `the log has ${tree.count} entries, and a head of ${missing.treeSize} was signed: its tail was cut`
  if (tree.count > right.entries)
    return `lines ${right.lines + 1} to ${lastEntryLine} come after the newest head that was given: nothing proves them`
  return undefined
}

function rangeFault({ from, to }: { from: number; to: number }, head: Head): string {
  const which =
    from === to
      ? `line ${to} is not what it was`
      : `of lines ${from} to ${to} not all are what they were`
  return `${which} when the head of ${head.treeSize} entries was signed at ${head.signedAt}`
}

/** The bytes that were hashed; undefined where the line is no entry. */
function leafIn(line: Buffer): Buffer | undefined {
  const text = line.toString('utf8')
  // Bytes that are no UTF-8 would be read as others.
  if (!Buffer.from(text).equals(line)) return undefined
  try {
    return leafOf(text).bytes
  } catch (error) {
    if (error instanceof LeafFailure) return undefined
    throw error
  }
}

/** As bytes: a piece of the file may end within a character. */
async function* linesOf(path: string): AsyncGenerator<Buffer> {
  let parts: Buffer[] = []
  let bytes = 0
  const finish = (last: Buffer): Buffer => {
    const line = Buffer.concat([...parts, last])
    parts = []
    bytes = 0
    return line
  }
  try {
    for await (const chunk of createReadStream(path)) {
      // A stream without an encoding gives buffers.
      const piece = chunk as Buffer
      let begin = 0
      for (let end = piece.indexOf(lineFeed); end >= 0; end = piece.indexOf(lineFeed, begin)) {
        yield finish(piece.subarray(begin, end))
        begin = end + 1
      }
      parts.push(piece.subarray(begin))
      bytes += piece.length - begin
      if (bytes > lineBytesMax)
        throw new DocumentFailure(`${path} has a line of more than ${lineBytesMax} bytes`)
    }
  } catch (error) {
    if (error instanceof DocumentFailure) throw error
    throw new DocumentFailure(`${path} cannot be read: ${(error as Error).message}`)
  }
  if (bytes > 0) yield finish(Buffer.alloc(0))
}
