import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { constants, gzip } from 'node:zlib'

const compressible = /\.(?:js|css|svg|json)$/

/**
 * Puts a compressed copy (`.gz`) beside each text file of the folder, so that the service compresses
 * nothing while it runs. Gives the names of these files with their compressed bytes.
 */
export async function compressFiles(directory) {
  const names = (await readdir(directory)).filter((name) => compressible.test(name))
  return Promise.all(
    names.map(async (name) => {
      const path = join(directory, name)
      const packed = await promisify(gzip)(await readFile(path), {
        level: constants.Z_BEST_COMPRESSION,
      })
      await writeFile(`${path}.gz`, packed)
      return { name, bytes: packed.length }
    }),
  )
}
