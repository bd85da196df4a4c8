import { spawnSync } from 'node:child_process'
import { closeSync, openSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'

// Root has the right to mount; anybody else has it in a user namespace of their own, where the kernel
// allows such. Either way nobody else sees the mount, and it goes with the last process that does.
const asRoot = ['--mount']
const asOrdinaryUser = ['--user', '--map-current-user', '--keep-caps', '--mount']
const chunkBytes = 64 * 1_024

/**
 * The command that starts another one with a small filesystem of its own at the directory; undefined
 * where this machine lets nobody mount one.
 */
export function smallFilesystem(directory: string, bytes: number): readonly string[] | undefined {
  const script = `mount -t tmpfs -o size=${bytes},mode=0755 pineos "$0" && exec "$@"`
  const options = process.getuid?.() === 0 ? asRoot : asOrdinaryUser
  const command = [...options, 'sh', '-c', script, directory]
  const { status } = spawnSync('unshare', [...command, 'true'])
  return status === 0 ? ['unshare', ...command] : undefined
}

/** Takes all the room that is left in the directory; gives it back when `release` is called. */
export function fillUp(directory: string): { release(): void } {
  const ballast = join(directory, 'ballast')
  const file = openSync(ballast, 'w')
  const zeros = Buffer.alloc(chunkBytes)
  try {
    for (;;) writeSync(file, zeros)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error
  } finally {
    closeSync(file)
  }
  return { release: () => rmSync(ballast) }
}
