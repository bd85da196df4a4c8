import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseEnv } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type SettingName, settingNames, settings } from './config/settings.ts'
import { ConfigFailure, type Environment, loadConfig, showConfig } from './config.ts'

const secretText = 'Canary-4f9e0c2b7a61d835'
const pemOf = ({ privateKey }: { privateKey: KeyObject }) =>
  String(privateKey.export({ format: 'pem', type: 'pkcs8' }))
const ed25519Pem = pemOf(generateKeyPairSync('ed25519'))
const rsaPem = pemOf(generateKeyPairSync('rsa', { modulusLength: 2_048 }))
const example = readFileSync(resolve(import.meta.dirname, '../.env.example'), 'utf8')

/** For each key: texts that it takes, with a value where one is interesting, and texts it must refuse. */
const cases: Readonly<
  Record<SettingName, { takes: readonly string[]; refuses: readonly string[] }>
> = {
  HOST: {
    takes: ['0.0.0.0', '::', 'localhost'],
    refuses: ['http://localhost', 'a b', 'x'.repeat(256)],
  },
  PORT: { takes: ['0', '65535'], refuses: ['65536', '-1', '80a', '1e3', '0x50', ' 80', '8000.0'] },
  PUBLIC_URL: {
    takes: ['https://rewards.example.com', 'http://example.com/base/'],
    refuses: [
      'example.com',
      'ftp://example.com',
      'https://u:p@example.com',
      'https://example.com/?a=1',
    ],
  },
  TRUST_PROXY: { takes: ['true', 'false', '1', '10'], refuses: ['0', '11', 'yes', '10.0.0.1'] },
  CORS_ORIGINS: {
    takes: ['https://a.example', 'https://a.example, http://localhost:5173'],
    refuses: [
      '*',
      'null',
      'https://a.example/',
      'a.example',
      'https://a.example,',
      'https://a.example/x',
    ],
  },
  REQUEST_TIMEOUT_MS: { takes: ['600000'], refuses: ['999', '600001', '30s'] },
  DRAIN_DELAY_MS: { takes: ['0', '300000'], refuses: ['300001', '-1'] },
  SHUTDOWN_TIMEOUT_MS: { takes: ['1000', '600000'], refuses: ['999', '600001'] },
  LOG_LEVEL: { takes: ['fatal', 'silent'], refuses: ['INFO', 'verbose'] },
  DATABASE_URL: {
    takes: [
      'postgresql://u:p@h:5432/db',
      'postgres://h/db',
      'postgresql:///db?host=/run/postgresql',
    ],
    refuses: ['mysql://h/db', 'h:5432/db', 'postgresql://h', 'postgresql://h:port/db'],
  },
  MIGRATION_DATABASE_URL: { takes: [], refuses: ['mysql://h/db'] },
  DATA_DIR: { takes: ['/srv/pineos', 'data dir'], refuses: ['x'.repeat(1_025), 'a\0b'] },
  PG_BIN_DIR: { takes: ['/usr/lib/postgresql/18/bin'], refuses: ['x'.repeat(1_025)] },
  DATABASE_POOL_MAX: { takes: ['1', '500'], refuses: ['0', '501'] },
  DATABASE_STATEMENT_TIMEOUT_MS: { takes: ['5000'], refuses: ['99', '600001'] },
  DATABASE_LOCK_TIMEOUT_MS: { takes: ['10'], refuses: ['9', '600001'] },
  DATABASE_QUERY_TIMEOUT_MS: { takes: ['600000'], refuses: ['99', '600001'] },
  DATABASE_IDLE_IN_TRANSACTION_TIMEOUT_MS: { takes: ['100'], refuses: ['99', '600001'] },
  JOURNAL_QUEUE_MAX: { takes: ['1', '1000000'], refuses: ['0', '1000001'] },
  JOURNAL_BATCH_MAX: { takes: ['1', '10000'], refuses: ['0', '10001'] },
  JOURNAL_DEADLINE_MS: { takes: ['100'], refuses: ['99', '300001'] },
  ADJUSTMENT_APPROVAL_CENTS: {
    takes: ['50000, JPY=6000, KWD=0', '0', '999999999999999'],
    refuses: ['-1', '1.5', 'JPY=1', '1,JPY', '1,ZZZ=2', '1,JPY=2=3', '1,JPY=2,JPY=2', '1,'],
  },
  ADJUSTMENT_LAPSE_DAYS: { takes: ['1', '3650'], refuses: ['0', '3651'] },
  LOG_SIGNING_KEY: {
    takes: [Buffer.alloc(32, 7).toString('base64'), ed25519Pem],
    refuses: ['x'.repeat(43), Buffer.alloc(31).toString('base64'), 'a key', rsaPem],
  },
  LOG_ORIGIN: {
    takes: ['ledger.example.com/main', 'x'.repeat(255)],
    refuses: ['with space', 'a+b', 'x'.repeat(256), 'a\nb'],
  },
  LOG_SEAL_INTERVAL_MS: { takes: ['50', '3600000'], refuses: ['49', '3600001'] },
  LOG_WITNESS_FILE: { takes: ['/mnt/witness/heads.ndjson'], refuses: ['x'.repeat(1_025)] },
  LOG_WITNESS_URL: { takes: ['https://witness.example/heads'], refuses: ['witness.example'] },
  LOG_WITNESS_INTERVAL_MS: { takes: ['100', '86400000'], refuses: ['99', '86400001'] },
  PROOF_ENTRIES_MAX: { takes: ['0', '100000'], refuses: ['-1', '100001'] },
  PROOF_ROUND_MS: { takes: ['1000'], refuses: ['999', '86400001'] },
  PROGRAM_TIMEZONE: {
    takes: ['UTC', 'Europe/Berlin', 'America/Argentina/Buenos_Aires'],
    refuses: ['Europe/Atlantis', 'Berlin time', '+02:00'],
  },
  RULE_APPROVAL: { takes: ['true', 'false'], refuses: ['1', 'always'] },
  METRICS_PUBLIC: { takes: ['true', 'false'], refuses: ['1', 'yes'] },
  BOOTSTRAP_API_KEY: {
    takes: ['x'.repeat(16), 'x'.repeat(255)],
    refuses: ['x'.repeat(15), 'x'.repeat(256), 'with a space inside', 'schlüssel-schlüssel'],
  },
  DEMO_DATA: { takes: ['true', 'false'], refuses: ['1', 'yes', 'True'] },
  DEFAULT_CURRENCY: { takes: ['INR', 'JPY'], refuses: ['usd', 'ZZZ', 'US'] },
}

let directory: string
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'pineos-config-'))
})
afterAll(() => rmSync(directory, { recursive: true }))

function faultsOf(environment: Environment): readonly string[] {
  try {
    loadConfig(environment)
  } catch (error) {
    if (error instanceof ConfigFailure) return error.faults
    throw error
  }
  return []
}

function fileWith(content: string | Uint8Array): string {
  const path = join(directory, `value-${Math.random()}`)
  writeFileSync(path, content)
  return path
}

describe('each key', () => {
  const taken = settingNames.flatMap((name) =>
    cases[name].takes.map((text) => [name, text] as const),
  )
  test.each(taken)('%s takes %s', (name, text) => {
    expect(faultsOf({ [name]: text })).toEqual([])
  })

  const refused = settingNames.flatMap((name) =>
    cases[name].refuses.map((text) => [name, text] as const),
  )
  test.each(refused)('%s refuses %j and says what it expects', (name, text) => {
    const faults = faultsOf({ DATABASE_URL: 'postgresql://h/db', [name]: text })
    expect(faults).toHaveLength(1)
    expect(faults[0]).toContain(`${name}: expected ${settings[name].kind.expects}`)
  })
})

test('gives the documented defaults to an empty environment', () => {
  expect(loadConfig({})).toEqual({
    host: '127.0.0.1',
    port: 8_000,
    publicUrl: undefined,
    trustProxy: false,
    corsOrigins: [],
    requestTimeoutMs: 30_000,
    programTimezone: 'UTC',
    ruleApproval: false,
    drainDelayMs: 0,
    shutdownTimeoutMs: 25_000,
    logLevel: 'info',
    databaseUrl: undefined,
    migrationDatabaseUrl: undefined,
    dataDir: resolve('data'),
    pgBinDir: undefined,
    databasePoolMax: 10,
    databaseStatementTimeoutMs: 10_000,
    databaseLockTimeoutMs: 2_000,
    databaseQueryTimeoutMs: 12_000,
    databaseIdleInTransactionTimeoutMs: 15_000,
    logOrigin: 'pineos-referral',
    logSealIntervalMs: 1_000,
    logSigningKey: undefined,
    logWitnessFile: undefined,
    logWitnessIntervalMs: 60_000,
    logWitnessUrl: undefined,
    journalQueueMax: 20_000,
    journalBatchMax: 1_000,
    journalDeadlineMs: 10_000,
    adjustmentApprovalCents: { otherwiseCents: 100_000, centsByCurrency: {} },
    adjustmentLapseDays: 30,
    bootstrapApiKey: undefined,
    demoData: true,
    defaultCurrency: 'USD',
    proofEntriesMax: 5_000,
    proofRoundMs: 60_000,
    metricsPublic: false,
  })
})

test('fills no demo data into a database of somebody else unless told to', () => {
  const databaseUrl = 'postgresql://h/db'
  expect(loadConfig({ DATABASE_URL: databaseUrl }).demoData).toBe(false)
  expect(loadConfig({ DATABASE_URL: databaseUrl, DEMO_DATA: 'true' }).demoData).toBe(true)
  expect(loadConfig({ DEMO_DATA: 'false' }).demoData).toBe(false)
})

test('takes empty text for a key that is not set', () => {
  const empty = Object.fromEntries(
    settingNames.flatMap((name) => [[name, ''] as const, [`${name}_FILE`, ''] as const]),
  )
  expect(loadConfig(empty)).toEqual(loadConfig({}))
})

test('leaves keys alone that are not its own', () => {
  expect(loadConfig({ PORTS: 'x', PATH: '/bin', JOURNAL: '1' })).toEqual(loadConfig({}))
})

test('reports all faults at once', () => {
  const environment = Object.fromEntries(
    settingNames.map((name) => [name, cases[name].refuses[0]] as const),
  )
  const faults = faultsOf(environment)
  expect(faults.map((fault) => fault.split(':')[0])).toEqual(settingNames)
})

test('refuses an outer time limit that ends before the inner one', () => {
  expect(faultsOf({ DATABASE_QUERY_TIMEOUT_MS: '9000', JOURNAL_DEADLINE_MS: '30000' })).toEqual([
    'DATABASE_STATEMENT_TIMEOUT_MS: 10000 must be less than DATABASE_QUERY_TIMEOUT_MS, which is 9000',
    'JOURNAL_DEADLINE_MS: 30000 must be less than REQUEST_TIMEOUT_MS, which is 30000',
  ])
})

test('refuses an owner of the migrations without a database', () => {
  expect(faultsOf({ MIGRATION_DATABASE_URL: 'postgresql://h/db' })).toEqual([
    'MIGRATION_DATABASE_URL: is set without DATABASE_URL',
  ])
})

describe('a value from a file', () => {
  test.each(settingNames.map((name) => [name] as const))('%s_FILE', (name) => {
    const text = cases[name].takes[0] ?? 'postgresql://owner:p@h/db'
    const rest = name === 'DATABASE_URL' ? {} : { DATABASE_URL: 'postgresql://h/db' }
    expect(loadConfig({ ...rest, [`${name}_FILE`]: fileWith(`${text}\n`) })).toEqual(
      loadConfig({ ...rest, [name]: text }),
    )
  })

  test('loses one line break at its end and nothing else', () => {
    const path = fileWith('x'.repeat(16).concat('\r\n'))
    expect(loadConfig({ BOOTSTRAP_API_KEY_FILE: path }).bootstrapApiKey).toBe('x'.repeat(16))
    expect(faultsOf({ BOOTSTRAP_API_KEY_FILE: fileWith(`${'x'.repeat(16)}\n\n`) })).toHaveLength(1)
  })

  test('is refused beside the value itself', () => {
    expect(faultsOf({ PORT: '1', PORT_FILE: fileWith('1') })).toEqual([
      'PORT: is set together with PORT_FILE; keep one of them',
    ])
  })

  test('is refused where the file is absent, a directory, empty, or too large', () => {
    const absent = join(directory, 'absent')
    const faults = [absent, directory, fileWith(''), fileWith(new Uint8Array(65_537))].map(
      (path) => faultsOf({ PORT_FILE: path })[0],
    )
    expect(faults).toEqual([
      expect.stringContaining(`PORT_FILE: cannot read ${absent} (ENOENT)`),
      expect.stringContaining('(EISDIR)'),
      expect.stringContaining('(it is empty)'),
      expect.stringContaining('(more than 65536 bytes)'),
    ])
  })
})

describe('secrets', () => {
  test('are never part of a fault', () => {
    const environment = {
      DATABASE_URL: `postgresql://u:${secretText}@h:port/db`,
      MIGRATION_DATABASE_URL: `mysql://u:${secretText}@h/db`,
      BOOTSTRAP_API_KEY: `${secretText} with a space`,
    }
    const faults = faultsOf(environment)
    expect(faults).toHaveLength(3)
    expect(faults.join()).not.toContain(secretText)
  })

  test('are masked when shown, and the rest of a URL stays readable', () => {
    const url = `postgresql://app:${secretText}@db.internal:5433/rewards?sslmode=require`
    const shown = showConfig({
      DATABASE_URL: url,
      MIGRATION_DATABASE_URL: `postgresql:///rewards?host=/run&user=o&password=${secretText}`,
      BOOTSTRAP_API_KEY_FILE: fileWith(secretText),
    })
    expect(JSON.stringify(shown)).not.toContain(secretText)
    const values = new Map(shown.map((setting) => [setting.name, setting]))
    expect(values.get('DATABASE_URL')).toEqual({
      name: 'DATABASE_URL',
      value: 'postgresql://app:********@db.internal:5433/rewards?sslmode=require',
      source: 'environment',
    })
    expect(values.get('MIGRATION_DATABASE_URL')?.value).toContain('password=********')
    expect(values.get('BOOTSTRAP_API_KEY')).toEqual({
      name: 'BOOTSTRAP_API_KEY',
      value: '********',
      source: 'file',
    })
    expect(values.get('PORT')).toEqual({ name: 'PORT', value: '8000', source: 'default' })
  })
})

describe('.env.example', () => {
  test('changes nothing when it is copied as it is', () => {
    expect(parseEnv(example)).toEqual({})
  })

  test('changes nothing when every line of it is taken in', () => {
    const lines = parseEnv(example.replaceAll(/^#(?=[A-Z_]+=)/gm, ''))
    expect(Object.keys(lines).sort()).toEqual([...settingNames].sort())
    expect(loadConfig(lines)).toEqual(loadConfig({}))
  })
})
