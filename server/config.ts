import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import process from 'node:process'
import { parseEnv } from 'node:util'
import { masked } from './config/masking.ts'
import {
  type Setting,
  type SettingName,
  settingNames,
  settingOrders,
  settings,
} from './config/settings.ts'

export type Environment = Readonly<Record<string, string | undefined>>

/** `JOURNAL_DEADLINE_MS` → `journalDeadlineMs` */
type CamelCase<Name extends string> = Name extends `${infer Head}_${infer Tail}`
  ? `${Lowercase<Head>}${Capitalize<CamelCase<Tail>>}`
  : Lowercase<Name>

type ValueOf<Name extends SettingName> =
  (typeof settings)[Name] extends Setting<infer Value, infer Default>
    ? Value | Extract<Default, undefined>
    : never

/** The value of every setting, by its name in camel case; times in milliseconds. */
export type Config = Readonly<
  Omit<{ [Name in SettingName as CamelCase<Name>]: ValueOf<Name> }, 'demoData'> & {
    demoData: boolean
  }
>

/** Where a value comes from. */
export type SettingSource = 'default' | 'environment' | 'file'

/** A setting as people see it: secrets are masked, and empty text stands for no value. */
export interface ShownSetting {
  readonly name: SettingName
  readonly value: string
  readonly unit?: string
  readonly source: SettingSource
}

/** The configuration cannot be used; every fault there is, each a line that people can read. */
export class ConfigFailure extends Error {
  readonly faults: readonly string[]

  constructor(faults: readonly string[]) {
    super(['The configuration cannot be used:', ...faults.map((fault) => `  ${fault}`)].join('\n'))
    this.name = 'ConfigFailure'
    this.faults = faults
  }
}

/** More than any value can need; a path to a device or a log must not fill the memory. */
const valueFileBytesMax = 65_536

/**
 * The environment of the process over the `.env` of the working directory, if there is one: what is
 * really set wins. This is the only place that reads either.
 */
export function readEnvironment(): Environment {
  const file = resolve('.env')
  const fromFile = existsSync(file) ? parseEnv(readFileSync(file, 'utf8')) : {}
  return { ...fromFile, ...process.env }
}

/**
 * The configuration that the environment describes. `<NAME>_FILE` names a file with the value of
 * `<NAME>`; empty text is the same as not being set; keys that are not ours are left alone.
 * @throws ConfigFailure with all faults at once
 */
export function loadConfig(environment: Environment): Config {
  return readConfig(environment).config
}

/**
 * Every setting with the value in effect, secrets masked.
 * @throws ConfigFailure with all faults at once
 */
export function showConfig(environment: Environment): readonly ShownSetting[] {
  return readConfig(environment).shown
}

function readConfig(environment: Environment): { config: Config; shown: readonly ShownSetting[] } {
  const faults: string[] = []
  const given = new Map<SettingName, GivenText>()
  for (const name of settingNames) {
    const text = findText(environment, name, faults)
    if (text) given.set(name, text)
  }
  const values = new Map<SettingName, unknown>()
  for (const name of settingNames) {
    values.set(name, readValue(name, given.get(name), faults))
  }
  faults.push(...findConflicts(values, given))
  if (faults.length > 0) throw new ConfigFailure(faults)

  values.set('DEMO_DATA', values.get('DEMO_DATA') ?? values.get('DATABASE_URL') === undefined)
  values.set('DATA_DIR', resolve(String(values.get('DATA_DIR'))))
  const entries = settingNames.map((name) => [camelCase(name), values.get(name)] as const)
  return {
    // Each value was read by the kind of its own setting, which is what the type is made of.
    config: Object.freeze(Object.fromEntries(entries)) as Config,
    shown: settingNames.map((name) => showSetting(name, values.get(name), given.get(name))),
  }
}

interface GivenText {
  readonly text: string
  readonly source: Exclude<SettingSource, 'default'>
}

function findText(
  environment: Environment,
  name: SettingName,
  faults: string[],
): GivenText | undefined {
  const text = environment[name]
  const path = environment[`${name}_FILE`]
  if (text && path) {
    faults.push(`${name}: is set together with ${name}_FILE; keep one of them`)
    return undefined
  }
  if (text) return { text, source: 'environment' }
  if (!path) return undefined
  const content = readValueFile(path)
  if (typeof content === 'string') return { text: content, source: 'file' }
  faults.push(`${name}_FILE: cannot read ${path} (${content.reason})`)
  return undefined
}

function readValueFile(path: string): string | { readonly reason: string } {
  try {
    const content = readFileSync(path)
    if (content.length > valueFileBytesMax)
      return { reason: `more than ${valueFileBytesMax} bytes` }
    const text = content.toString('utf8').replace(/\r?\n$/, '')
    return text === '' ? { reason: 'it is empty' } : text
  } catch (error) {
    return { reason: (error as NodeJS.ErrnoException).code ?? 'unknown error' }
  }
}

function readValue(name: SettingName, given: GivenText | undefined, faults: string[]): unknown {
  const { kind, default: fallback, masking = 'none' } = settings[name]
  if (!given) return fallback
  const value = kind.read(given.text)
  if (value !== undefined) return value
  // What should have been masked is not shown at all: a broken URL cannot be masked reliably.
  const found = masking === 'none' ? `, found ${JSON.stringify(given.text.slice(0, 80))}` : ''
  faults.push(`${name}: expected ${kind.expects}${found}`)
  return undefined
}

/** Faults of values that are right by themselves. Those that are not were reported and are skipped. */
function findConflicts(
  values: ReadonlyMap<SettingName, unknown>,
  given: ReadonlyMap<SettingName, GivenText>,
): readonly string[] {
  const conflicts: string[] = []
  for (const [lesser, greater] of settingOrders) {
    const [low, high] = [values.get(lesser), values.get(greater)]
    if (typeof low === 'number' && typeof high === 'number' && low >= high) {
      conflicts.push(`${lesser}: ${low} must be less than ${greater}, which is ${high}`)
    }
  }
  if (given.has('MIGRATION_DATABASE_URL') && !given.has('DATABASE_URL')) {
    conflicts.push('MIGRATION_DATABASE_URL: is set without DATABASE_URL')
  }
  return conflicts
}

function showSetting(
  name: SettingName,
  value: unknown,
  given: GivenText | undefined,
): ShownSetting {
  const { kind, masking, unit } = settings[name]
  // The value came out of this very kind, or is the default of this very setting.
  const show = kind.show as (value: unknown) => string
  return {
    name,
    value: value === undefined ? '' : masked(show(value), masking),
    ...(unit === undefined ? {} : { unit }),
    source: given?.source ?? 'default',
  }
}

function camelCase(name: string): string {
  return name.toLowerCase().replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())
}
