import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { isSecret } from '../access/secret.ts'
import { firstKeyFileName, readOrMakeFirstKey } from './first-key.ts'

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'pineos-first-key-'))
})
afterEach(() => rm(directory, { recursive: true }))

test('makes a key once and keeps it', async () => {
  const dataDir = join(directory, 'data')
  const secret = await readOrMakeFirstKey(dataDir)
  expect(isSecret(secret)).toBe(true)
  expect(await readOrMakeFirstKey(dataDir)).toBe(secret)
})

test('leaves the key to its user alone', async () => {
  await readOrMakeFirstKey(directory)
  const { mode } = await stat(join(directory, firstKeyFileName))
  expect(mode & 0o777).toBe(0o600)
})

test('refuses a file that holds no key, and leaves it as it is', async () => {
  const path = join(directory, firstKeyFileName)
  await writeFile(path, 'x\n')
  await expect(readOrMakeFirstKey(directory)).rejects.toThrow(`${path} does not hold an API key`)
  expect(await readFile(path, 'utf8')).toBe('x\n')
})
