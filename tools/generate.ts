/** `npm run generate`: writes every file that is made from the code; `--check` only compares. */
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { configurationFiles } from './generated/configuration.ts'
import { contractFiles } from './generated/contract.ts'
import { postmanFiles } from './generated/postman.ts'

/** A file made from the code: its path from the root, and what is to be in it. */
export interface GeneratedFile {
  readonly file: string
  readonly content: () => Promise<string>
}

const root = fileURLToPath(new URL('..', import.meta.url))
const files: readonly GeneratedFile[] = [...configurationFiles, ...contractFiles, ...postmanFiles]
const isCheck = process.argv.includes('--check')

let stale = 0
for (const { file, content } of files) {
  const path = join(root, file)
  const wanted = await content()
  const found = await readFile(path, 'utf8').catch(() => undefined)
  if (found === wanted) continue
  stale += 1
  process.stdout.write(`${file} ${isCheck ? 'is not current: run npm run generate' : 'written'}\n`)
  if (isCheck) continue
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, wanted)
}
if (stale === 0) process.stdout.write(`${files.length} files are current\n`)
process.exitCode = isCheck && stale > 0 ? 1 : 0
