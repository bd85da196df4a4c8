import { existsSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { describe, expect, it } from 'vitest'
import { filesLike, read, repositoryFiles, root } from './files.ts'

const sources = /\.(ts|tsx|mjs|sql|css)$/
const linesMax = 400

describe('the files of the repository', () => {
  it(`have at most ${linesMax} lines each`, () => {
    const long = filesLike(sources).filter(({ text }) => text.split('\n').length > linesMax + 1)
    expect(long.map(({ file }) => file)).toEqual([])
  })

  it('are named for nouns and operations', () => {
    const banned =
      /(^|[/.-])(utils?|helpers?|common|misc|types|constants|service|manager|base)\.[a-z]+$/
    // A route group and its handlers are named for what they serve: the service itself.
    const allowed = /(routes|handlers|harness)\/service\.ts$|(bench|with)-service\.ts$/
    expect(repositoryFiles().filter((file) => banned.test(file) && !allowed.test(file))).toEqual([])
  })

  it('promise nothing for later without the number of an issue', () => {
    const open = filesLike(sources).flatMap(({ file, text }) =>
      text
        .split('\n')
        .flatMap((line) =>
          /\b(TO[D]O|FIX[M]E|HAC[K])\b(?!.*#\d+)/.test(line) ? [`${file}: ${line.trim()}`] : [],
        ),
    )
    expect(open).toEqual([])
  })

  it('name no path of the machine that they were written on', () => {
    const paths = filesLike(/\.(ts|tsx|mjs|sql|md|json|yaml|sh|ps1)$/).flatMap(({ file, text }) =>
      /(^|["'`\s(])\/(home|work|Users)\/\w/m.test(text) ? [file] : [],
    )
    expect(paths.filter((file) => !file.startsWith('tools/tidy/'))).toEqual([])
  })

  it('are documented where they are a part of the architecture', () => {
    const folders = [
      'core/ledger',
      'core/rules',
      'core/program',
      'server/journal',
      'server/log',
      'server/export',
      'server/worker',
      'verifier',
      'server/database',
      'server/http',
      'server/access',
      'server/adjustments',
      'server/rules',
      'server/cli',
      'contract',
      'web',
      'e2e',
      'bench',
    ]
    expect(folders.filter((folder) => !existsSync(join(root, folder, 'README.md')))).toEqual([])
  })
})

describe('migrations', () => {
  const names = repositoryFiles()
    .filter((file) => file.startsWith('server/migrations/'))
    .map((file) => file.slice('server/migrations/'.length))
    .sort()

  it('are named NNNN-kebab-name.sql, without gaps', () => {
    expect(names.length).toBeGreaterThan(0)
    expect(names.filter((name) => !/^\d{4}-[a-z0-9]+(-[a-z0-9]+)*\.sql$/.test(name))).toEqual([])
    expect(names.map((name) => Number(name.slice(0, 4)))).toEqual(
      names.map((_, index) => index + 1),
    )
  })

  it('begin by saying why', () => {
    expect(names.filter((name) => !read(`server/migrations/${name}`).startsWith('-- '))).toEqual([])
  })
})

describe('SQL', () => {
  it('writes the tables of the ledger in the journal alone', () => {
    const tables =
      'ledger_entries|user_balances|idempotency_records|entry_positions|account_stripes|ledger_totals|closed_periods'
    const writes = new RegExp(
      `\\b(insert into|update|delete from|truncate)\\s+(table\\s+)?(${tables})\\b`,
      'i',
    )
    const found = filesLike(/^(server|web|core|contract)\/.*\.(ts|tsx)$/).filter(
      ({ file, text }) =>
        !/\.test\.ts$|^server\/(journal|testing)\//.test(file) && writes.test(text),
    )
    expect(found.map(({ file }) => file)).toEqual([])
    expect(filesLike(/^server\/journal\//).some(({ text }) => writes.test(text))).toBe(true)
  })

  it('never takes a value into its text', () => {
    const interpolated = filesLike(/^server\/.*\.ts$/).flatMap(({ file, text }) => {
      if (/\.test\.ts$|^server\/testing\//.test(file)) return []
      return [...text.matchAll(/(?:where|values|set)\s[^`]*?= ?'?\$\{(\w+)/g)].map(
        (match) => `${file}: ${match[1]}`,
      )
    })
    expect(interpolated.filter((line) => !/verificationTimeoutMs/.test(line))).toEqual([])
  })
})

describe('documents', () => {
  it('name tests that there are', () => {
    const rows = [
      ...read('docs/quality/known-pains.md').matchAll(/^\|[^|]+\| (.+?) \| `(.+?)` \|$/gm),
    ]
    expect(rows.length).toBeGreaterThan(20)
    const missing = rows.filter(([, name = '', file = '']) => !read(file).includes(`'${name}'`))
    expect(missing.map(([row]) => row)).toEqual([])
  })

  it('link to files that there are', () => {
    const broken = filesLike(/\.md$/).flatMap(({ file, text }) =>
      [...text.matchAll(/\]\((?!https?:|mailto:|#)([^)#\s]+)/g)].flatMap(([, target = '']) =>
        existsSync(join(root, dirname(file), target)) ? [] : [`${file}: ${target}`],
      ),
    )
    expect(broken).toEqual([])
  })

  it('name files that there are', () => {
    const made = /^(server\/dist|web\/dist|verifier\/dist|data)\b/
    const missing = filesLike(/\.md$/).flatMap(({ file, text }) =>
      [
        ...text.matchAll(
          /`((?:contract|core|server|web|e2e|bench|deploy|docs|examples|tools|verifier)\/[\w./-]+\.\w+)`/g,
        ),
      ].flatMap(([, named = '']) =>
        existsSync(join(root, normalize(named))) || made.test(named) ? [] : [`${file}: ${named}`],
      ),
    )
    expect(missing).toEqual([])
  })

  it('give the two commands that do everything, and every verb of npm run', () => {
    const readme = read('README.md')
    expect(readme).toContain('npm ci && npm start')
    expect(readme).toContain('npm ci && npm test')
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> }
    const left = Object.keys(scripts).filter(
      (name) => !['start', 'test'].includes(name) && !readme.includes(`npm run ${name}`),
    )
    expect(left).toEqual([])
    expect(read('.ci/run')).toContain('npm ci && npm test')
  })
})

describe('dependencies', () => {
  // Under another name too, where two versions of one package are needed.
  const exactVersion = /^(npm:(@[\w-]+\/)?[\w-]+@)?\d+\.\d+\.\d+(-[\w.]+)?$/

  it('are pinned exactly', () => {
    const loose = filesLike(/(^|\/)package\.json$/).flatMap(({ file, text }) => {
      const manifest = JSON.parse(text) as Record<string, Record<string, string> | undefined>
      return ['dependencies', 'devDependencies', 'optionalDependencies'].flatMap((kind) =>
        Object.entries(manifest[kind] ?? {}).flatMap(([name, version]) =>
          exactVersion.test(version) ? [] : [`${file}: ${name} ${version}`],
        ),
      )
    })
    expect(loose).toEqual([])
  })

  it('are locked without the addresses of anybody’s registry', () => {
    expect(read('package-lock.json')).not.toMatch(/"resolved": "https?:/)
  })
})
