import { randomBytes } from 'node:crypto'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { isSecret, newSecret } from '../access/secret.ts'

/** The file in the data directory that holds the key made at the first start. */
export const firstKeyFileName = 'api-key'

/**
 * The API key of an installation that was given none: made once and kept, readable by its user
 * alone, beside the embedded database that it opens. Only the service that runs that database may
 * call this, which is what keeps two processes from making two keys.
 * Throws where the file is there and holds no key.
 */
export async function readOrMakeFirstKey(dataDir: string): Promise<string> {
  return (await readFirstKey(dataDir)) ?? makeFirstKey(join(dataDir, firstKeyFileName))
}

/** The key that was made at the first start, undefined where none was. Throws where the file holds none. */
export async function readFirstKey(dataDir: string): Promise<string | undefined> {
  const path = join(dataDir, firstKeyFileName)
  const secret = (await readIfThere(path))?.trim()
  if (secret === undefined || isSecret(secret)) return secret
  throw new Error(
    `${path} does not hold an API key. Delete it, and the next start makes a new one.`,
  )
}

async function makeFirstKey(path: string): Promise<string> {
  const secret = newSecret(randomBytes)
  await mkdir(dirname(path), { recursive: true })
  // Renamed into place, so that a crash leaves the whole key or none.
  await writeFile(`${path}.new`, `${secret}\n`, { mode: 0o600, flush: true })
  await rename(`${path}.new`, path)
  return secret
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}
