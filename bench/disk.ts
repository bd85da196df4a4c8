import { closeSync, fdatasyncSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'

const measureMs = 2_000
const blockBytes = 8_192

/** How often a second the disk under the directory makes a block durable (write and fdatasync). */
export function syncsPerSecond(directory: string): number {
  mkdirSync(directory, { recursive: true })
  const path = join(directory, 'fdatasync.probe')
  const file = openSync(path, 'w')
  const block = Buffer.alloc(blockBytes, 1)
  try {
    const start = performance.now()
    let count = 0
    while (performance.now() - start < measureMs) {
      writeSync(file, block, 0, blockBytes, 0)
      fdatasyncSync(file)
      count += 1
    }
    return (count * 1000) / (performance.now() - start)
  } finally {
    closeSync(file)
    rmSync(path)
  }
}
