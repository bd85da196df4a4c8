import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Answer, type Api, createApi } from './harness/api.ts'
import { withDatabase } from './harness/database.ts'
import { createLedger, type Ledger } from './harness/ledger.ts'
import { expectProblem } from './harness/problem.ts'
import { untilSealed } from './harness/sealed.ts'
import { serveProved } from './harness/served.ts'
import { type RunningService, startService } from './harness/service.ts'
import { until } from './harness/until.ts'
import { runVerifier } from './harness/verifier.ts'

type Body = Answer['body']

let service: RunningService
let api: Api
let ledger: Ledger
/** What the operator hands out, once. */
let key: string
/** Heads as somebody may have kept them, oldest first. */
const heads: Body[] = []

serveProved((served) => {
  service = served.service
  api = served.api
  ledger = served.ledger
})

beforeAll(async () => {
  expectProblem(await api.get('/api/v1/ledger/log/head'), 'log_empty')
  for (const count of [3, 1, 40, 9]) {
    await Promise.all(
      Array.from({ length: count }, (_, index) =>
        ledger.credit(`evident-${index}`, 100 + index, {
          metadata: { note: 'naïve “quotes” \\ 雪' },
        }),
      ),
    )
    await untilSealed(api)
    const { body } = await api.get('/api/v1/ledger/log/head')
    heads.push(body)
  }
  const { body } = await api.get('/api/v1/ledger/log/keys')
  key = body.keys[0].public_key
})

const newest = (): Body => heads.at(-1)
const proofOf = async (id: string): Promise<Body> => {
  const { status, body } = await api.get(`/api/v1/ledger/entries/${id}/proof`)
  expect(status).toBe(200)
  return body
}

async function allEntries(): Promise<Body[]> {
  const { body } = await api.get('/api/v1/ledger/entries?limit=1000')
  return body.entries
}

/** The log as an export would have it: the leaves, each on a line. */
async function logText(size: number = newest().tree_size): Promise<string> {
  const proofs = await Promise.all((await allEntries()).map(({ id }) => proofOf(id)))
  const leaves = proofs
    .filter((proof) => proof.leaf_index < size)
    .sort((a, b) => a.leaf_index - b.leaf_index)
    .map((proof) => `${proof.leaf}\n`)
  expect(leaves).toHaveLength(size)
  return leaves.join('')
}

describe('a tree head', () => {
  it('has the shape that is promised, and is signed with the published key', () => {
    expect(newest()).toEqual({
      origin: 'pineos-referral',
      tree_size: 53,
      root_hash: expect.stringMatching(/^[0-9a-f]{64}$/),
      signed_at: expect.stringMatching(/^\d{4}-\d{2}-\d{2}T[\d:]{8}\.\d{3}Z$/),
      key_id: expect.stringMatching(/^[0-9a-f]{32}$/),
      signature: expect.stringMatching(/^[\w+/]{86}==$/),
    })
    for (const head of heads) {
      const { status, output } = runVerifier([
        ['key', key],
        ['head', head],
      ])
      expect(output).toMatch(/^right: the head of \d+ entries/)
      expect(status).toBe(0)
    }
  })

  it.each([
    ['tree_size', 54],
    ['root_hash', 'a'.repeat(64)],
    ['signed_at', '2020-01-01T00:00:00.000Z'],
    ['origin', 'other'],
    ['signature', Buffer.alloc(64).toString('base64')],
    ['key_id', 'a'.repeat(32)],
  ])('is found out where its %s was changed', (field, value) => {
    const { status, output } = runVerifier([
      ['key', key],
      ['head', { ...newest(), [field]: value }],
    ])
    expect(output).toMatch(/^WRONG/)
    expect(status).toBe(1)
  })
})

describe('an inclusion proof', () => {
  it('holds for every entry, by the public key and the file alone', async () => {
    for (const { id } of await allEntries()) {
      const proof = await proofOf(id)
      expect(proof.entry_id).toBe(id)
      expect(proof.tree_size).toBe(proof.head.tree_size)
      const { status, output } = runVerifier([
        ['key', key],
        ['inclusion', proof],
      ])
      expect(output).toBe(
        `right: entry ${id} is leaf ${proof.leaf_index} of the tree of ${proof.tree_size} entries\n`,
      )
      expect(status).toBe(0)
    }
  })

  it('shows the entry as it is answered elsewhere', async () => {
    const [entry] = await allEntries()
    const leaf = JSON.parse((await proofOf(entry.id)).leaf)
    for (const name of Object.keys(leaf).filter((field) => field in entry)) {
      const isTime = name.endsWith('_at') && leaf[name] !== null
      // In the leaf, times are in UTC without saying so.
      if (isTime) expect(new Date(`${leaf[name]}Z`).toISOString()).toBe(entry[name])
      // Metadata is the text of its JSON, so that none of its numbers is rounded.
      else if (name === 'metadata') expect(JSON.parse(leaf[name])).toEqual(entry[name])
      else expect(leaf[name]).toEqual(entry[name])
    }
    expect(leaf).toMatchObject({ id: entry.id, amount_cents: entry.amount_cents })
  })

  it.each([
    ['its text', (proof: Body) => ({ ...proof, leaf: proof.leaf.replace('"USD"', '"EUR"') })],
    ['its place', (proof: Body) => ({ ...proof, leaf_index: proof.leaf_index + 1 })],
    ['its path', (proof: Body) => ({ ...proof, path: proof.path.slice(1) })],
    ['its hash', (proof: Body) => ({ ...proof, leaf_hash: 'b'.repeat(64) })],
    [
      'its entry',
      (proof: Body) => ({ ...proof, entry_id: '00000000-0000-7000-8000-000000000000' }),
    ],
    ['its head', (proof: Body) => ({ ...proof, head: heads[0] })],
  ])('is found out where %s was changed', async (_what, change) => {
    const [, , , entry] = await allEntries()
    const { status, output } = runVerifier([
      ['key', key],
      ['inclusion', change(await proofOf(entry.id))],
    ])
    expect(output).toMatch(/^WRONG/)
    expect(status).toBe(1)
  })

  it('is refused for an entry that there is not, and for one that waits to be sealed', async () => {
    const nobody = '00000000-0000-7000-8000-000000000000'
    expectProblem(await api.get(`/api/v1/ledger/entries/${nobody}/proof`), 'entry_not_found')
    await withDatabase(service.databaseUrl, async (client) => {
      // No sealer writes as long as this is held; readers are let through.
      await client.query('begin; lock table log_tiles in exclusive mode')
      const { body } = await ledger.credit('waiting', 1)
      const answer = await api.get(`/api/v1/ledger/entries/${body.data.id}/proof`)
      await client.query('rollback')
      expectProblem(answer, 'entry_not_sealed')
      expect(answer.headers.get('retry-after')).toBe('1')
      await untilSealed(api)
      expect((await proofOf(body.data.id)).leaf_index).toBe(53)
    })
  })
})

describe('a consistency proof', () => {
  it('holds between any two heads', async () => {
    for (const [index, from] of heads.entries()) {
      for (const to of heads.slice(index)) {
        const { body } = await api.get(
          `/api/v1/ledger/log/consistency?from=${from.tree_size}&to=${to.tree_size}`,
        )
        expect(body).toMatchObject({ from: from.tree_size, to: to.tree_size })
        const { status, output } = runVerifier([
          ['key', key],
          ['earlier-head', from],
          ['head', to],
          ['consistency', body],
        ])
        expect(output).toContain('has grown from')
        expect(status).toBe(0)
      }
    }
  })

  it('is found out where it was changed', async () => {
    const { body } = await api.get(
      `/api/v1/ledger/log/consistency?from=${heads[0].tree_size}&to=${newest().tree_size}`,
    )
    const { status, output } = runVerifier([
      ['key', key],
      ['earlier-head', heads[0]],
      ['head', newest()],
      ['consistency', { ...body, path: body.path.toReversed() }],
    ])
    expect(output).toContain('WRONG: the tree of 53 entries has not grown from the one of 3')
    expect(status).toBe(1)
  })

  it.each(['from=1&to=9007199254740991', 'from=2&to=1'])(
    'is refused for sizes that the log never had: %s',
    async (query) => {
      expectProblem(await api.get(`/api/v1/ledger/log/consistency?${query}`), 'tree_size_unknown')
    },
  )

  it.each(['', 'from=0&to=1', 'from=1', 'from=1&to=x'])(
    'is refused where the sizes are none: %s',
    async (query) => {
      expectProblem(await api.get(`/api/v1/ledger/log/consistency?${query}`), 'validation_failed')
    },
  )
})

describe('an exported log', () => {
  const check = (log: string, files: readonly (readonly [string, unknown])[] = []) =>
    runVerifier([['key', key], ['log', log], ['head', newest()], ...files])

  it('is the log of the newest head and of every one before', async () => {
    const kept = heads.map((head) => `${JSON.stringify(head)}\n`).join('')
    const { status, output } = check(await logText(), [['earlier-head', kept]])
    expect(output).toContain('is the log of every head that was given')
    expect(status).toBe(0)
  })

  it('is found out where a line was changed, and between which heads', async () => {
    const lines = (await logText()).split('\n')
    const changed = lines.map((line, at) => (at === 3 ? line.replace('100', '900') : line))
    expect(changed).not.toEqual(lines)
    const { status, output } = check(changed.join('\n'), [
      ['earlier-head', heads[0]],
      ['earlier-head', heads[1]],
    ])
    expect(output).toMatch(/WRONG: line 4 is not what it was when the head of 4 entries was signed/)
    expect(status).toBe(1)
    const { output: wider } = check(changed.join('\n'))
    expect(wider).toMatch(/WRONG: of lines 1 to 53 not all are what they were/)
  })

  it.each([
    ['two lines were reordered', (lines: string[]) => [lines[1], lines[0], ...lines.slice(2)]],
    ['a line was taken out', (lines: string[]) => lines.filter((_, at) => at !== 20)],
    ['a line was put in', (lines: string[]) => [...lines.slice(0, 9), lines[0], ...lines.slice(9)]],
    ['a line is no JSON', (lines: string[]) => lines.with(7, '{')],
    ['its tail was cut', (lines: string[]) => lines.slice(0, 50)],
    ['something was added', (lines: string[]) => [...lines, lines[0]]],
  ])('is found out where %s', async (_what, change) => {
    const lines = (await logText()).trimEnd().split('\n')
    const { status, output } = check(`${change(lines).join('\n')}\n`)
    expect(output).toMatch(/WRONG: .*line|WRONG: .*tail/)
    expect(status).toBe(1)
  })

  // The forger has the service sign a head of the shorter log; somebody has kept the longer one.
  it('is found out through an earlier head where its tail was cut and signed anew', async () => {
    const { status, output } = runVerifier([
      ['key', key],
      ['log', await logText(heads[2].tree_size)],
      ['head', heads[2]],
      ['earlier-head', newest()],
    ])
    expect(output).toMatch(
      /WRONG: the log has 44 entries, and a head of 53 was signed: its tail was cut/,
    )
    expect(status).toBe(1)
  })

  it.each([
    [
      'a key that is none',
      [
        ['key', 'no key'],
        ['head', {}],
      ],
    ],
    ['a head that is none', [['head', '{}']]],
    ['a log without a head', [['log', '{}']]],
  ] as const)('ends with 2 and a sentence on %s', (_what, files) => {
    const given = files.some(([option]) => option === 'key')
      ? files
      : [['key', key] as const, ...files]
    const { status, output } = runVerifier(given)
    expect(output).toMatch(/^(error: .+|Checks heads.+)/)
    expect(output).not.toMatch(/\n\s+at /)
    expect(status).toBe(2)
  })
})

describe('witnesses', () => {
  it('are given the newest head by file and by POST, whatever else the service does', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'pineos-witness-'))
    const file = join(directory, 'heads.ndjson')
    const posted: Body[] = []
    let refusals = 2
    const server = createServer((request, response) => {
      let text = ''
      request.on('data', (chunk) => (text += String(chunk)))
      request.on('end', () => {
        // A witness that is away holds nothing up, and is asked again.
        const isRefused = refusals-- > 0
        if (!isRefused) posted.push(JSON.parse(text))
        response.writeHead(isRefused ? 503 : 204).end()
      })
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    const witnessed = await startService({
      env: {
        LOG_WITNESS_FILE: file,
        LOG_WITNESS_URL: `http://127.0.0.1:${port}/heads`,
        LOG_WITNESS_INTERVAL_MS: '100',
      },
    })
    try {
      const own = createApi(witnessed)
      for (let entry = 0; entry < 3; entry++) await createLedger(own).credit('witnessed', 1)
      await untilSealed(own)
      const { body: head } = await own.get('/api/v1/ledger/log/head')
      const fromFile = () => {
        try {
          return readFileSync(file, 'utf8')
            .trimEnd()
            .split('\n')
            .map((line) => JSON.parse(line))
        } catch {
          return []
        }
      }
      await until('both have the newest head', () =>
        [fromFile(), posted].every((kept) => kept.at(-1)?.signature === head.signature),
      )
      const { body: keys } = await own.get('/api/v1/ledger/log/keys')
      const { status } = runVerifier([
        ['key', keys.keys[0].public_key],
        ['head', head],
        ['earlier-head', readFileSync(file, 'utf8')],
      ])
      expect(status).toBe(0)
    } finally {
      await witnessed.stop()
      await new Promise((resolve) => server.close(resolve))
      rmSync(directory, { recursive: true })
    }
  })
})

describe('the proof of zero over HTTP', () => {
  it('says how many entries are in the log', async () => {
    const { body } = await api.get('/api/v1/ledger/verify?full=false')
    expect(body.tree_size).toBe(newest().tree_size + 1)
  })

  it('names an entry that was changed behind the back of the service', async () => {
    const [entry] = await allEntries()
    const change = (text: string) =>
      withDatabase(service.databaseUrl, async (client) => {
        await client.query("set session_replication_role = 'replica'")
        await client.query('update ledger_entries set actor = $2 where id = $1', [entry.id, text])
      })
    await change('key:somebody-else')
    const { body } = await api.get('/api/v1/ledger/verify')
    const { status, output } = runVerifier([
      ['key', key],
      ['inclusion', await proofOf(entry.id)],
    ])
    await change(entry.actor)
    expect(body.ok).toBe(false)
    expect(body.checks.find(({ name }: Body) => name === 'leaves_equal_entries').faults).toEqual([
      expect.objectContaining({ entry_id: entry.id }),
    ])
    expect(output).toContain(`WRONG: the text of entry ${entry.id} is not the one that was sealed`)
    expect(status).toBe(1)
  })
})

afterAll(() => {
  expect(heads).toHaveLength(4)
})
