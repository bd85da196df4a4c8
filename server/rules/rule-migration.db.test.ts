import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { assets } from '../assets.ts'
import { migrate } from '../database/migrate.ts'
import { createEmptyDatabase } from '../testing/database.ts'
import { ann, createLife, on, paying } from './rules.fixture.ts'

let database: Awaited<ReturnType<typeof createEmptyDatabase>>
let owner: pg.Pool

const id = (n: number) => `00000000-0000-7000-8000-00000000000${n}`

/** As the database was before rules had a life: two published in the order 2, 1 and a draft. */
beforeAll(async () => {
  database = await createEmptyDatabase()
  owner = new pg.Pool({ connectionString: database.ownerConnectionString })
  await owner.query(
    'create table schema_migrations (version integer primary key, name text not null, checksum text not null, applied_at timestamptz not null default now())',
  )
  for (const name of readdirSync(assets.migrationsDir).sort()) {
    const number = Number(name.slice(0, 4))
    if (number >= 9) continue
    const sql = readFileSync(join(assets.migrationsDir, name), 'utf8')
    await owner.query(sql)
    const checksum = createHash('sha256').update(sql).digest('hex')
    await owner.query('insert into schema_migrations values ($1, $2, $3)', [number, name, checksum])
  }
  for (const [n, publishedAt] of [
    [1, '2027-01-03T00:00:00Z'],
    [2, '2027-01-02T00:00:00Z'],
    [3, null],
  ] as const) {
    await owner.query(
      `insert into referral_rules (id, name, version, status, created_at, updated_at)
       values ($1, $2, 1, $3, '2027-01-01T00:00:00Z', '2027-01-01T00:00:00Z')`,
      [id(n), `rule ${n}`, publishedAt ? 'published' : 'draft'],
    )
    await owner.query(
      `insert into rule_versions (rule_id, version, rule_json, created_at, published_at)
       values ($1, 1, $2, '2027-01-01T00:00:00Z', $3)`,
      [id(n), JSON.stringify(paying(n)), publishedAt],
    )
    if (publishedAt) await owner.query('update rule_set set version = version + 1')
  }
})
afterAll(async () => {
  await owner.end()
  await database.drop()
})

it('gives the rules that are there already their life, in force since the set grew with them', async () => {
  await migrate({ connectionString: database.ownerConnectionString, log: () => {} })
  const clock = { now: () => new Date('2027-02-01T00:00:00Z') }
  const life = createLife(owner, { clock })
  const terms = async (n: number) => (await life.versions.get(id(n), 1)).version.in_force
  const first = {
    from_set_version: 2,
    until_set_version: null,
    from: '2027-01-02T00:00:00.000Z',
    until: null,
  }
  expect(await terms(2)).toEqual([first])
  expect(await terms(1)).toEqual([
    { ...first, from_set_version: 3, from: '2027-01-03T00:00:00.000Z' },
  ])
  expect(await terms(3)).toEqual([])
  const rule = await life.store.get(id(1))
  expect(rule).toMatchObject({
    status: 'published',
    revision: 1,
    live_version: 1,
    latest_version: 1,
    created_by: 'system:migration',
  })
  await life.versions.draft(on(rule), paying(9))
  await life.moves.publish(on(rule), {})
  const [term] = await terms(1)
  expect(term).toMatchObject({ until_set_version: 4, until: clock.now().toISOString() })
  expect(await life.moves.publish(on({ id: id(3) }, ann), {})).toMatchObject({ version: 1 })
  const changes = await life.versions.changes(id(3), { limit: 9, before: undefined })
  expect(changes.map(({ action, actor }) => [action, actor])).toEqual([
    ['publish', 'key:ann'],
    ['create', 'system:migration'],
  ])
})
