import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { scopeNames } from '@pineos/contract/scopes.ts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { settingNames } from '../config/settings.ts'
import { runCommand } from '../testing/command-line.ts'
import { version } from '../version.ts'
import { exitCodes, runProgram } from './program.ts'

async function run(...args: readonly string[]) {
  const output = { printed: '', warned: '' }
  const exitCode = await runProgram(args, {
    print: (text) => {
      output.printed += `${text}\n`
    },
    warn: (text) => {
      output.warned += `${text}\n`
    },
  })
  return { exitCode, ...output }
}

describe('help', () => {
  test('names every command and ends well', async () => {
    const { exitCode, printed } = await run('--help')
    expect(exitCode).toBe(exitCodes.done)
    for (const command of ['start', 'migrate', 'config', 'verify', 'quarantine', 'demo', 'keys']) {
      expect(printed).toMatch(new RegExp(`^ {2}${command}\\b`, 'm'))
    }
  })

  test.each(['start', 'migrate', 'config', 'verify', 'quarantine', 'demo', 'keys'])(
    'of %s has an example',
    async (command) => {
      const { exitCode, printed } = await run(command, '--help')
      expect(exitCode).toBe(exitCodes.done)
      expect(printed).toMatch(/Examples:\n {2}npm /)
    },
  )

  test('gives the version', async () => {
    expect(await run('--version')).toEqual({
      exitCode: exitCodes.done,
      printed: `${version}\n`,
      warned: '',
    })
  })
})

describe('what is not understood ends with 2, says what is wrong and prints nothing', () => {
  test.each([
    ['no command', [], 'Usage: pineos'],
    ['an unknown command', ['launch'], "unknown command 'launch'"],
    ['an unknown option', ['config', '--jsn'], "unknown option '--jsn'"],
    ['one argument too many', ['verify', 'now'], 'too many arguments'],
    ['a command group alone', ['keys'], 'Usage: pineos keys'],
    [
      'a quarantine to lift without a reason',
      ['quarantine', 'lift', '--user', 'alice', '--currency', 'USD'],
      "required option '--reason <text>'",
    ],
    ['a missing name', ['keys', 'create', '--scopes', 'all'], "required option '--name <name>'"],
    ['an empty name', ['keys', 'create', '--name', '', '--scopes', 'all'], '1 to 200 characters'],
    [
      'a long name',
      ['keys', 'create', '--name', 'x'.repeat(201), '--scopes', 'all'],
      '1 to 200 characters',
    ],
    [
      'an unknown scope',
      ['keys', 'create', '--name', 'x', '--scopes', 'ledger:read,admin'],
      '"admin"',
    ],
    [
      'an owner that is the service itself',
      ['keys', 'create', '--name', 'x', '--scopes', 'all', '--owner', 'system:rules'],
      'does not start with "system:"',
    ],
    [
      'an owner with a space',
      ['keys', 'create', '--name', 'x', '--scopes', 'all', '--owner', 'the boss'],
      'An owner has 1 to 255',
    ],
    ['no scope', ['keys', 'create', '--name', 'x', '--scopes', ''], scopeNames.join(', ')],
    ['an id that is none', ['keys', 'revoke', "1' or true"], 'is a UUID'],
  ])('%s', async (_, args, message) => {
    const { exitCode, printed, warned } = await run(...args)
    expect(exitCode).toBe(exitCodes.misused)
    expect(printed).toBe('')
    expect(warned).toContain(message)
  })
})

describe('config', () => {
  const secretText = 'Canary-4f9e0c2b7a61d835'
  let directory: string
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'pineos-cli-'))
    writeFileSync(join(directory, '.env'), 'PORT=9100\nLOG_LEVEL=warn\n')
  })
  afterAll(() => rmSync(directory, { recursive: true }))

  async function runConfig(args: readonly string[], environment: Readonly<Record<string, string>>) {
    const { ended, output } = runCommand(['config', ...args], { environment, directory })
    return { exitCode: await ended, ...output }
  }

  test('--json gives every key with its source, and .env gives way to the environment', async () => {
    const { exitCode, stdout } = await runConfig(['--json'], {
      LOG_LEVEL: 'error',
      BOOTSTRAP_API_KEY: secretText,
      DATABASE_URL: `postgresql://app:${secretText}@db/rewards`,
    })
    expect(exitCode).toBe(exitCodes.done)
    expect(stdout).not.toContain(secretText)
    const shown: { name: string; value: string; source: string }[] = JSON.parse(stdout)
    expect(shown.map(({ name }) => name)).toEqual(settingNames)
    const values = new Map(shown.map(({ name, value }) => [name, value]))
    expect(values.get('PORT')).toBe('9100')
    expect(values.get('LOG_LEVEL')).toBe('error')
    expect(values.get('DATABASE_URL')).toBe('postgresql://app:********@db/rewards')
  })

  test('shows a table without secrets', async () => {
    const { exitCode, stdout } = await runConfig([], { BOOTSTRAP_API_KEY: secretText })
    expect(exitCode).toBe(exitCodes.done)
    expect(stdout).toMatch(/│ BOOTSTRAP_API_KEY +│ \*{8} +│ +│ environment +│/)
    expect(stdout).not.toContain(secretText)
  })

  test('--check ends with 1 and tells every fault, none of them a secret', async () => {
    const { exitCode, stdout, stderr } = await runConfig(['--check'], {
      PORT: 'eighty',
      DEFAULT_CURRENCY: 'usd',
      BOOTSTRAP_API_KEY: `${secretText} x`,
    })
    expect(exitCode).toBe(exitCodes.failed)
    expect(stdout).toBe('')
    expect(stderr.match(/^ {2}[A-Z_]+:/gm)).toEqual([
      '  PORT:',
      '  BOOTSTRAP_API_KEY:',
      '  DEFAULT_CURRENCY:',
    ])
    expect(stderr).not.toContain(secretText)
  })

  test('--check ends with 0 where nothing is wrong', async () => {
    expect(await runConfig(['--check'], {})).toMatchObject({ exitCode: exitCodes.done, stderr: '' })
  })
})
