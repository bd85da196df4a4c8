import { masked } from '@pineos/server/config/masking.ts'
import {
  type SettingName,
  settingGroups,
  settingOrders,
  settings,
} from '@pineos/server/config/settings.ts'

/** The files that are made from the table of settings. */
export const configurationFiles: readonly {
  readonly file: string
  readonly content: () => Promise<string>
}[] = [
  { file: '.env.example', content: async () => environmentExample() },
  { file: 'docs/reference/configuration.md', content: async () => referencePage() },
]

const lineWidth = 98

function environmentExample(): string {
  const lines = [
    '# Configuration of the PineOS Referral System. Generated from server/config/settings.ts.',
    '# Copy to .env and take away the # before what you want to change: the values here are the',
    '# defaults. What is set in the real environment wins. Every key may be given as <NAME>_FILE, the',
    '# path of a file that holds the value. `npm run config` shows what is in effect.',
  ]
  for (const [group, members] of Object.entries(settingGroups)) {
    lines.push('', `# ${group}`)
    for (const name of namesOf(members)) {
      const { description, unit } = settings[name]
      lines.push('', ...comment(unit ? `${description} Unit: ${unit}.` : description))
      const note = settings[name].defaultNote
      if (note) lines.push(...comment(`Default: ${note}.`))
      lines.push(`#${name}=${defaultText(name)}`)
    }
  }
  return `${lines.join('\n')}\n`
}

function referencePage(): string {
  const lines = [
    '# Configuration',
    '',
    '<!-- Generated from server/config/settings.ts by `npm run generate`. -->',
    '',
    'The service is configured by environment variables. A `.env` file in the working directory is read',
    'too; what is set in the real environment wins. `.env.example` lists every key.',
    '',
    '- Every key may be given as `<NAME>_FILE`, the path of a file that holds the value (for secrets of',
    '  Docker and Kubernetes). One line break at its end is cut off. Setting both is a fault.',
    '- Empty text is the same as not being set. Keys that are not in these tables are left alone.',
    '- Values are read strictly. Every fault is reported at once, and the service does not start.',
    '- `npm run config` shows what is in effect and where it comes from, with secrets masked;',
    '  `npm run config -- --check` only checks it.',
  ]
  for (const [group, members] of Object.entries(settingGroups)) {
    lines.push(
      '',
      `## ${group}`,
      '',
      '| key | value | default | meaning |',
      '| --- | --- | --- | --- |',
    )
    for (const name of namesOf(members)) lines.push(referenceRow(name))
  }
  lines.push('', '## Pairs', '', 'The service refuses to start unless', '')
  for (const [lesser, greater] of settingOrders)
    lines.push(`- \`${lesser}\` is less than \`${greater}\``)
  lines.push('- `DATABASE_URL` is set where `MIGRATION_DATABASE_URL` is')
  return `${lines.join('\n')}\n`
}

function referenceRow(name: SettingName): string {
  const { kind, unit, description, masking, defaultNote } = settings[name]
  const value = unit ? `${kind.expects} (${unit})` : kind.expects
  const text = defaultText(name)
  const secrecy = masking ? ' Never logged; masked wherever it is shown.' : ''
  const cells = [
    `\`${name}\``,
    value,
    defaultNote ?? (text ? `\`${text}\`` : 'none'),
    description + secrecy,
  ]
  return `| ${cells.join(' | ')} |`
}

/** The default as it would be written in the environment; empty where there is none. */
function defaultText(name: SettingName): string {
  const { kind, default: value, masking } = settings[name]
  // The default of a setting is a value of its kind.
  const show = kind.show as (value: unknown) => string
  return value === undefined ? '' : masked(show(value), masking)
}

// Object.keys loses the literal type; the groups are parts of the table of settings.
function namesOf(group: object): readonly SettingName[] {
  return Object.keys(group) as SettingName[]
}

function comment(text: string): readonly string[] {
  const lines: string[] = []
  let line = '#'
  for (const word of text.split(' ')) {
    if (line.length + 1 + word.length > lineWidth) {
      lines.push(line)
      line = '#'
    }
    line += ` ${word}`
  }
  return [...lines, line]
}
