import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { root } from './files.ts'

let directory: string
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'pineos-boundaries-'))
  cpSync(join(root, 'biome.json'), join(directory, 'biome.json'))
  cpSync(join(root, 'tools/biome'), join(directory, 'tools/biome'), { recursive: true })
})
afterAll(() => rmSync(directory, { recursive: true, force: true }))

/** What Biome says, under the configuration of the repository, of a file that is planted in it. */
function lint(file: string, text: string): string {
  const path = join(directory, file)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
  const { stdout, stderr } = spawnSync(
    join(root, 'node_modules', '.bin', 'biome'),
    ['lint', '--vcs-enabled=false', '--reporter=github', file],
    { cwd: directory, encoding: 'utf8' },
  )
  rmSync(path)
  return stdout + stderr
}

const importing = (from: string) => `import { x } from '${from}'\nexport const y = x\n`

// Each rule of the layout with an import that it must refuse: a rule that cannot fail holds nothing.
describe('an import against the layout is refused', () => {
  it.each([
    ['contract/planted.ts', '@pineos/core/ledger/decide.ts'],
    ['contract/planted.ts', '../core/ledger/decide.ts'],
    ['contract/routes/planted.ts', '../../server/config.ts'],
    ['contract/planted.ts', 'node:fs'],
    ['core/planted.ts', '@pineos/server/config.ts'],
    ['core/planted.ts', '../server/config.ts'],
    ['core/program/planted.ts', '../../server/config.ts'],
    ['core/planted.ts', 'node:crypto'],
    ['core/planted.ts', 'pg'],
    ['core/ledger/planted.ts', '../rules/language/parse.ts'],
    ['core/ledger/planted.ts', '../program/judgement.ts'],
    ['core/ledger/planted.ts', '../../server/config.ts'],
    ['core/rules/planted.ts', '../../server/config.ts'],
    ['core/rules/planted.ts', '../ledger/decide.ts'],
    ['core/rules/planted.ts', '../program/judgement.ts'],
    ['server/planted.ts', '@pineos/web/main.tsx'],
    ['server/planted.ts', '../bench/run.ts'],
    ['server/http/planted.ts', '../cli/start.ts'],
    ['server/http/planted.ts', '../worker/run.ts'],
    ['server/http/planted.ts', 'pg'],
    ['server/http/planted.ts', '../compose.ts'],
    ['server/cli/planted.ts', '../http/app.ts'],
    ['server/cli/planted.ts', '../worker/run.ts'],
    ['server/worker/planted.ts', '../http/app.ts'],
    ['server/worker/planted.ts', '../cli/start.ts'],
    ['server/journal/planted.ts', '../http/app.ts'],
    ['server/journal/planted.ts', '../worker/run.ts'],
    ['server/journal/planted.ts', 'fastify'],
    ['server/ledger/planted.ts', '../cli/start.ts'],
    ['server/database/planted.ts', '../compose.ts'],
    ['server/log/planted.ts', '../worker/worker.ts'],
    ['server/log/planted.ts', '../http/app.ts'],
    ['server/export/planted.ts', '../http/app.ts'],
    ['verifier/planted.ts', '@pineos/contract/log.ts'],
    ['verifier/planted.ts', '../server/log/merkle.ts'],
    ['verifier/planted.ts', '../core/ledger/decide.ts'],
    ['verifier/planted.ts', '../contract/log.ts'],
    ['server/observability/planted.ts', '../http/app.ts'],
    ['web/planted.ts', '@pineos/server/config.ts'],
    ['web/planted.ts', '../server/config.ts'],
    ['web/planted.ts', 'node:fs'],
    ['e2e/planted.test.ts', '@pineos/server/journal/journal.ts'],
    ['e2e/planted.test.ts', '../server/config.ts'],
    ['e2e/planted.test.ts', '@pineos/core/ledger/decide.ts'],
  ])('%s must not import %s', (file, from) => {
    expect(lint(file, importing(from))).toContain('noRestrictedImports')
  })

  it.each([
    ['core/ledger/planted.ts', '@pineos/contract/currency.ts'],
    ['core/rules/planted.ts', '@pineos/contract/formats.ts'],
    ['core/program/planted.ts', '../rules/language/facts.ts'],
    ['core/program/planted.ts', '../ledger/accounts.ts'],
    ['server/journal/planted.ts', '@pineos/core/ledger/decide.ts'],
    ['server/log/planted.ts', '@pineos/contract/log.ts'],
    ['server/worker/planted.ts', '../log/sealer.ts'],
    ['verifier/planted.ts', './merkle.ts'],
    ['server/http/planted.ts', '../journal/journal.ts'],
    ['web/planted.ts', '@pineos/contract/client.ts'],
    ['e2e/planted.test.ts', '@pineos/contract/client.ts'],
    ['e2e/planted.test.ts', '@pineos/server/testing/database.ts'],
  ])('%s may import %s', (file, from) => {
    expect(lint(file, importing(from))).not.toContain('noRestrictedImports')
  })
})

describe('what the code may not do is refused', () => {
  it.each([
    ['read the wall clock', 'core/planted.ts', 'export const now = Date.now()\n', 'Ask the clock'],
    [
      'make a time of now',
      'server/journal/planted.ts',
      'export const now = new Date()\n',
      'Ask the clock',
    ],
    ['pass the wall clock on', 'core/planted.ts', 'export const now = Date.now\n', 'Ask the clock'],
    ['ask the network', 'core/planted.ts', "export const x = fetch('/')\n", 'noRestrictedGlobals'],
    [
      'make an id in the core',
      'core/planted.ts',
      'export const id = crypto.randomUUID()\n',
      'noRestrictedGlobals',
    ],
    [
      'look up the status of a problem',
      'server/ledger/planted.ts',
      'export const status = problems[code].status\n',
      'Throw a Failure',
    ],
    [
      'answer with a status of refusal',
      'server/http/planted.ts',
      'export const refuse = () => reply.code(404)\n',
      'Throw a Failure',
    ],
    ['roll dice', 'core/planted.ts', 'export const dice = Math.random()\n', 'Ask the clock'],
    [
      'read the environment',
      'server/journal/planted.ts',
      "export const x = process.env['HOME']\n",
      'noProcessEnv',
    ],
    ['export by default', 'core/planted.ts', 'export default 1\n', 'noDefaultExport'],
    ['print', 'server/journal/planted.ts', "console.log('x')\n", 'noConsole'],
  ])('%s', (_what, file, text, expected) => {
    expect(lint(file, text)).toContain(expected)
  })

  it('but the problem document may know the status', () => {
    const text = 'export const status = problems[code].status\n'
    expect(lint('server/http/problem-details.ts', text)).not.toContain('Throw a Failure')
  })

  it('but the clock itself may', () => {
    expect(lint('server/clock.ts', 'export const now = new Date()\n')).not.toContain(
      'Ask the clock',
    )
  })
})
