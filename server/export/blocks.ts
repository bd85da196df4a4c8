import { createHash, type Hash, hash } from 'node:crypto'
import { Type } from 'typebox'
import { Value } from 'typebox/value'
import { ExportFileFailure } from './export-failure.ts'

/**
 * The frame of an export: after every block of lines a line with a digest of each, by which a damaged
 * one is named; at the end the SHA-256 of all, without which the file is cut.
 */
const blockLinesMax = 512
const blockBytesMax = 4 * 1024 * 1024
/** Longer than any row that the service writes. */
const lineBytesMax = 64 * 1024 * 1024
/** So much of a SHA-256 in hexadecimal names the line; what proves the file is the whole at its end. */
const digestCharacters = 8

const DigestsLine = Type.Object({
  record: Type.Literal('digests'),
  lines: Type.Integer({ minimum: 1, maximum: blockLinesMax }),
  digests: Type.String({ pattern: `^([0-9a-f]{${digestCharacters}})+$` }),
})

const EndLine = Type.Object({
  record: Type.Literal('end'),
  lines: Type.Integer({ minimum: 1 }),
  sha256: Type.String({ pattern: '^[0-9a-f]{64}$' }),
})

/** Frames lines (without their line feeds): gives the text of the file, a block at a time. */
export async function* frameLines(
  pages: AsyncIterable<readonly string[]>,
): AsyncGenerator<string, void> {
  const whole = createHash('sha256')
  let lines = 0
  const finish = (block: readonly string[]): string => {
    const digests = JSON.stringify({
      record: 'digests',
      lines: block.length,
      digests: block.map(digestOf).join(''),
    })
    const text = `${block.join('\n')}\n${digests}\n`
    whole.update(text)
    lines += block.length + 1
    return text
  }
  let block: string[] = []
  let bytes = 0
  for await (const page of pages) {
    for (const line of page) {
      block.push(line)
      bytes += line.length
      if (block.length < blockLinesMax && bytes < blockBytesMax) continue
      yield finish(block)
      block = []
      bytes = 0
    }
  }
  if (block.length > 0) yield finish(block)
  yield `${JSON.stringify({ record: 'end', lines, sha256: whole.digest('hex') })}\n`
}

/** Lines that stand one after the other and are as they were written. */
export interface Block {
  readonly firstLine: number
  readonly lines: readonly string[]
}

/**
 * Gives the lines of a framed file, a block at a time, each once its digests were right. `checkFirst` has
 * the first line before, so that a file that is something else is told so. Throws an ExportFileFailure
 * with the number of the line where the file is not what was written; the last of it, that the whole is,
 * only once everything was given.
 */
export async function* readBlocks(
  source: AsyncIterable<Uint8Array>,
  checkFirst: (line: string) => void,
): AsyncGenerator<Block, void> {
  const frame = new FrameReader()
  for await (const line of linesOf(source)) {
    if (frame.lines === 0) checkFirst(line)
    const block = frame.take(line)
    if (block) yield block
  }
  frame.assertEnded()
}

class FrameReader {
  /** Taken so far. */
  lines = 0
  #block: string[] = []
  #bytes = 0
  #isEnded = false
  readonly #whole: Hash = createHash('sha256')

  /** The block that the line ends, where it ends one. */
  take(line: string): Block | undefined {
    this.lines += 1
    if (this.#isEnded) throw new ExportFileFailure(this.lines, 'something comes after the end')
    if (line.startsWith('{"record":"end",')) {
      this.#end(line)
      return undefined
    }
    this.#whole.update(line).update('\n')
    if (line.startsWith('{"record":"digests",')) return this.#finishBlock(line)
    // Whatever has no digests by now was not written in this form; without a bound it would be kept.
    if (this.#block.length === blockLinesMax || this.#bytes >= blockBytesMax)
      throw new ExportFileFailure(this.lines, 'the digests of the lines before are missing')
    this.#block.push(line)
    this.#bytes += line.length
    return undefined
  }

  assertEnded(): void {
    if (!this.#isEnded)
      throw new ExportFileFailure(this.lines + 1, 'the file is cut: its end is missing')
  }

  #finishBlock(line: string): Block {
    const value = parseJson(line)
    if (!Value.Check(DigestsLine, value))
      throw new ExportFileFailure(this.lines, 'the digests of the lines before cannot be read')
    const block = { firstLine: this.lines - this.#block.length, lines: this.#block }
    const digests = value.digests.match(/.{8}/g) ?? []
    for (const [at, digest] of digests.entries()) {
      const known = block.lines[at]
      if (known === undefined)
        throw new ExportFileFailure(block.firstLine + at, 'a line that was here is missing')
      if (digestOf(known) !== digest) throw notAsWritten(block.firstLine + at)
    }
    if (digests.length < block.lines.length) throw notAsWritten(block.firstLine + digests.length)
    this.#block = []
    this.#bytes = 0
    return block
  }

  #end(line: string): void {
    const value = parseJson(line)
    if (!Value.Check(EndLine, value))
      throw new ExportFileFailure(this.lines, 'the end of the file cannot be read')
    if (this.#block.length > 0)
      throw new ExportFileFailure(this.lines, 'the digests of the lines before are missing')
    if (value.lines !== this.lines - 1)
      throw new ExportFileFailure(
        this.lines,
        `${value.lines} lines were written before the end, there are ${this.lines - 1}`,
      )
    if (value.sha256 !== this.#whole.digest('hex'))
      throw new ExportFileFailure(this.lines, 'the file is not the one that was written')
    this.#isEnded = true
  }
}

function notAsWritten(line: number): ExportFileFailure {
  return new ExportFileFailure(
    line,
    'this is not what was written here: the line was changed or moved, or one was put in or taken out',
  )
}

function digestOf(line: string): string {
  return hash('sha256', line, 'hex').slice(0, digestCharacters)
}

const lineFeed = 10

/** Lines of UTF-8, without their line feeds; what comes after the last one is a line too. */
async function* linesOf(source: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  let parts: Uint8Array[] = []
  let bytes = 0
  let count = 0
  const finish = (last: Uint8Array): string => {
    const line = parts.length === 0 ? last : Buffer.concat([...parts, last])
    parts = []
    bytes = 0
    count += 1
    return Buffer.from(line.buffer, line.byteOffset, line.byteLength).toString('utf8')
  }
  for await (const chunk of source) {
    let begin = 0
    for (let end = chunk.indexOf(lineFeed); end >= 0; end = chunk.indexOf(lineFeed, begin)) {
      yield finish(chunk.subarray(begin, end))
      begin = end + 1
    }
    parts.push(chunk.subarray(begin))
    bytes += chunk.length - begin
    if (bytes > lineBytesMax)
      throw new ExportFileFailure(count + 1, `the line has more than ${lineBytesMax} bytes`)
  }
  if (bytes > 0) yield finish(new Uint8Array())
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
