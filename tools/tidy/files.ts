import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../..', import.meta.url))

/** Every file of the repository, as paths from its root: those that git tracks or would track. */
export function repositoryFiles(): readonly string[] {
  const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
  })
  const deleted = new Set(
    execFileSync('git', ['ls-files', '--deleted'], { cwd: root, encoding: 'utf8' }).split('\n'),
  )
  return listed.split('\n').filter((file) => file !== '' && !deleted.has(file))
}

export function read(file: string): string {
  return readFileSync(join(root, file), 'utf8')
}

/** Files whose path matches, with their text. */
export function filesLike(
  pattern: RegExp,
): readonly { readonly file: string; readonly text: string }[] {
  return repositoryFiles()
    .filter((file) => pattern.test(file))
    .map((file) => ({ file, text: read(file) }))
}
