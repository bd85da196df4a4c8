import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { frameLines, readBlocks } from './blocks.ts'

async function* inPages(lines: readonly string[]): AsyncGenerator<readonly string[]> {
  for (let at = 0; at < lines.length; at += 7) yield lines.slice(at, at + 7)
}

async function* inPieces(bytes: Buffer, pieceBytes: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes)
}

async function framed(lines: readonly string[]): Promise<Buffer> {
  let text = ''
  for await (const piece of frameLines(inPages(lines))) text += piece
  return Buffer.from(text)
}

async function read(bytes: Buffer, pieceBytes = 64): Promise<string[]> {
  const lines: string[] = []
  for await (const block of readBlocks(inPieces(bytes, pieceBytes), () => {}))
    lines.push(...block.lines)
  return lines
}

const someLines = fc.array(
  fc.string({ unit: 'grapheme' }).filter((line) => !/\n|^\{"record":"(digests|end)",/.test(line)),
  { minLength: 1, maxLength: 40 },
)

describe('a framed file', () => {
  it('gives the lines that were framed, wherever its pieces end', async () => {
    await fc.assert(
      fc.asyncProperty(someLines, fc.integer({ min: 1, max: 90 }), async (lines, pieceBytes) => {
        expect(await read(await framed(lines), pieceBytes)).toEqual(lines)
      }),
    )
  })

  it('is refused where any byte is another one, and wherever it is cut', async () => {
    await fc.assert(
      fc.asyncProperty(
        someLines,
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        async (lines, n, by) => {
          const bytes = await framed(lines)
          // The last line feed is the only byte that says nothing.
          const at = n % (bytes.length - 1)
          const cut = bytes.subarray(0, at)
          await expect(read(cut)).rejects.toThrow(/^line \d+: /)
          const changed = Buffer.from(bytes)
          changed[at] = ((bytes[at] ?? 0) + by) % 256
          await expect(read(changed)).rejects.toThrow(/^line \d+: /)
        },
      ),
    )
  })

  it('has blocks of a bounded number of lines, and is refused where one has more', async () => {
    const lines = Array.from({ length: 1_300 }, (_, index) => `line ${index}`)
    const blocks: number[] = []
    for await (const block of readBlocks(inPieces(await framed(lines), 999), () => {}))
      blocks.push(block.lines.length)
    expect(blocks).toEqual([512, 512, 276])
    const endless = Buffer.from('line\n'.repeat(513))
    await expect(read(endless)).rejects.toThrow('line 513: the digests of the lines before')
  })

  it('has blocks of a bounded number of bytes', async () => {
    const lines = Array.from({ length: 9 }, () => 'x'.repeat(1024 * 1024))
    const blocks: number[] = []
    for await (const block of readBlocks(inPieces(await framed(lines), 65_536), () => {}))
      blocks.push(block.lines.length)
    expect(blocks).toEqual([4, 4, 1])
    await expect(read(Buffer.alloc(65 * 1024 * 1024, 'x'), 1024 * 1024)).rejects.toThrow(
      'line 1: the line has more than 67108864 bytes',
    )
  })
})
