import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Answer, createApi } from './harness/api.ts'
import { type RunningService, startService } from './harness/service.ts'

/** Commands in the storm; the campaign asks for more. */
const commands = Number(process.env['STORM_COMMANDS'] ?? 20_000)
const processes = 4
const clients = 64
const users = [
  'hot-0',
  'hot-1',
  'hot-2',
  ...Array.from({ length: 200 }, (_, index) => `cold-${index}`),
]

const services: RunningService[] = []

beforeAll(async () => {
  const first = await startService()
  services.push(first)
  const others = Array.from({ length: processes - 1 }, () =>
    startService({ databaseUrl: first.databaseUrl, apiKey: first.apiKey }),
  )
  services.push(...(await Promise.all(others)))
})
afterAll(async () => {
  for (const service of services.reverse()) await service.stop()
})

interface Command {
  readonly key: string
  readonly body: { readonly user_id: string; readonly amount_cents: number }
  readonly kind: 'new' | 'repeat' | 'altered'
}

/** 60 % new, 30 % exact repeats and 10 % altered repeats of recent commands; half go to three users. */
function plan(): Command[] {
  let seed = 20_261_124
  const random = (below: number) => {
    // A linear congruential generator (Numerical Recipes): the storm is the same every time.
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((seed / 2 ** 32) * below)
  }
  const fresh: Command[] = []
  return Array.from({ length: commands }, (): Command => {
    const dice = random(10)
    const recent = fresh[fresh.length - 1 - random(Math.min(100, fresh.length || 1))]
    if (recent && dice < 3) return { ...recent, kind: 'repeat' }
    if (recent && dice === 3) {
      return {
        ...recent,
        body: { ...recent.body, amount_cents: recent.body.amount_cents + 1 },
        kind: 'altered',
      }
    }
    const user = users[random(2) === 0 ? random(3) : random(users.length)] ?? 'hot-0'
    const command: Command = {
      key: randomUUID(),
      body: { user_id: user, amount_cents: 1 + random(50) },
      kind: 'new',
    }
    fresh.push(command)
    return command
  })
}

// Without it, two processes could each believe that they were the first with a key.
it(`gives each of ${commands} commands at most one effect, from ${processes} processes, repeats and altered repeats among them`, async () => {
  const apis = services.map((service) => createApi(service))
  const queue = plan()
  const answers = new Map<Command, Answer>()
  let next = 0
  await Promise.all(
    Array.from({ length: clients }, async () => {
      while (next < queue.length) {
        const index = next++
        const command = queue[index]
        const api = apis[index % apis.length]
        if (!command || !api) return
        answers.set(command, await api.post('/api/v1/ledger/credit', command.body, command.key))
      }
    }),
  )

  const byKey = new Map<string, [Command, Answer][]>()
  for (const [command, answer] of answers) {
    byKey.set(command.key, [...(byKey.get(command.key) ?? []), [command, answer]])
  }
  const faults = [...byKey].flatMap(([key, sent]) => keyFaults(key, sent))
  expect(
    faults.slice(0, 20),
    services.map((service) => service.output().slice(-2_000)).join('\n'),
  ).toEqual([])
  expect(await sumFaults(services[0]?.databaseUrl ?? '', byKey)).toEqual([])
  const verification = await apis[0]?.get('/api/v1/ledger/verify')
  expect(verification?.body).toMatchObject({ ok: true })
}, 600_000)

/** One 201 for a key; the same request is answered with its entry; every other request is refused. */
function keyFaults(key: string, sent: readonly [Command, Answer][]): string[] {
  const firsts = sent.filter(([, answer]) => answer.status === 201)
  const winner = firsts[0]
  if (firsts.length !== 1 || !winner) return [`${key}: ${firsts.length} first answers`]
  const amount = winner[0].body.amount_cents
  return sent.flatMap(([command, answer]) => {
    const isSame = command.body.amount_cents === amount
    if (!isSame) {
      const isRefused = answer.status === 409 && answer.body.code === 'idempotency_key_reused'
      return isRefused ? [] : [`${key}: an altered repeat was answered ${answer.status}`]
    }
    const isOwn =
      (answer.status === 200 || answer.status === 201) &&
      answer.body.data.id === winner[1].body.data.id
    return isOwn ? [] : [`${key}: a repeat was answered ${answer.status}`]
  })
}

async function sumFaults(
  databaseUrl: string,
  byKey: ReadonlyMap<string, unknown>,
): Promise<string[]> {
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  try {
    const { rows } = await client.query<{ entries: string; keys: string }>(
      `select count(*)::text as entries, count(distinct idempotency_key)::text as keys from ledger_entries`,
    )
    const balances = await client.query<{ faults: string }>(
      `select count(*)::text as faults
       from (select user_id, sum(amount_cents) as total, count(*) as entries from ledger_entries group by user_id) e
       full join user_balances b on b.user_id = e.user_id
       where b.available_cents is distinct from e.total or b.version is distinct from e.entries`,
    )
    const found = {
      entries: Number(rows[0]?.entries),
      keys: Number(rows[0]?.keys),
      wrong: Number(balances.rows[0]?.faults),
    }
    const wanted = { entries: byKey.size, keys: byKey.size, wrong: 0 }
    return JSON.stringify(found) === JSON.stringify(wanted)
      ? []
      : [JSON.stringify({ found, wanted })]
  } finally {
    await client.end()
  }
}
