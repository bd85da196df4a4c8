import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Balance, Verification } from '@pineos/contract/ledger.ts'
import { assets } from '../assets.ts'
import { startProgress } from '../progress.ts'
import { feed, parseLine } from './feed.ts'
import { createSender, refusal, type Sender, type SenderLog } from './sender.ts'
import { formatSummary } from './summary.ts'
import { createTally, type Tally } from './tally.ts'

export interface DemoOptions {
  /** Where the service is, such as `http://127.0.0.1:8000`. */
  readonly baseUrl: string
  /** A key that may send events, create rules, and post to and read the ledger. */
  readonly apiKey: string
  /** Events, one in a line, as they are sent to `/api/v1/events`; the example year where it is absent. */
  readonly file?: string
  /** Where progress and the closing table are written. */
  readonly output: NodeJS.WritableStream
  /** Whether the output is a terminal: then the progress is a bar, else a line every tenth. */
  readonly isInteractive: boolean
  readonly log: SenderLog
  /** Ends the run early, as a stopping service does. */
  readonly signal?: AbortSignal
}

/** What a run came to. Amounts are in minor units of the service's currency. */
export interface DemoResult extends Tally {
  /** The highest ten, then by user id. */
  readonly topBalances: readonly Balance[]
  readonly verification: Verification
  /** Whether everything was there already, as after a second run. */
  readonly isUnchanged: boolean
}

/** The file of the example year. */
export const exampleFile = join(assets.examplesDir, 'referral-year', 'events.ndjson')

const topMax = 10
const balancesAtOnce = 8

/**
 * Creates the two example rules, gives alice and bob what they start with, and feeds the events of
 * the file, all of it through the public API. Running it again changes nothing. Writes a table of
 * what became of the events, of the highest balances and of the proof of zero.
 * @throws Error with a sentence for people where the service cannot be reached or refuses the key
 */
export async function runDemo(options: DemoOptions): Promise<DemoResult> {
  const { file = exampleFile, output, isInteractive } = options
  const lines = await readLines(file)
  const sender = createSender(options)
  await sender.post('/api/v1/rules/seed-examples')
  const wereSeeded = await seedUsers(sender)

  const tally = createTally()
  const progress = startProgress({
    task: 'Feeding the example events',
    total: lines.length,
    output,
    isInteractive,
  })
  try {
    await feed(sender, lines, (answers) => {
      for (const answer of answers) tally.add(answer)
      progress.advance(answers.length)
    })
  } finally {
    progress.end()
  }
  const users = [...seededUsers.map(({ userId }) => userId), ...tally.beneficiaries()]
  const { accepted, rewardsPaid } = tally.current()
  const result: DemoResult = {
    ...tally.current(),
    topBalances: await topBalances(sender, new Set(users)),
    verification: await sender.get<Verification>('/api/v1/ledger/verify'),
    isUnchanged: wereSeeded && accepted === 0 && rewardsPaid.length === 0,
  }
  output.write(`${formatSummary(result)}\n`)
  return result
}

/**
 * Whether a run has come to the end of the file, as far as the service knows: it has the last event.
 * After a run that was cut short it has not, and another one fills in the rest.
 */
export async function isDemoFed(
  options: Pick<DemoOptions, 'baseUrl' | 'apiKey' | 'file' | 'log' | 'signal'>,
): Promise<boolean> {
  const last = parseLine((await readLines(options.file ?? exampleFile)).at(-1) ?? '')
  const { source = 'api', id } = (last ?? {}) as { source?: string; id?: string }
  if (id === undefined) return false
  const path = `/api/v1/events/${encodeURIComponent(source)}/${encodeURIComponent(id)}`
  const answer = await createSender(options).send({ method: 'GET', path })
  if (answer.status !== 200 && answer.status !== 404) throw refusal(answer, path)
  return answer.status === 200
}

/** Charlie starts with nothing, and a ledger has no entry for nothing. */
const seededUsers = [
  { userId: 'alice', amountCents: 50_000 },
  { userId: 'bob', amountCents: 25_000 },
  { userId: 'charlie', amountCents: 0 },
] as const

/** True where all of them had been given theirs before. */
async function seedUsers(sender: Sender): Promise<boolean> {
  let wereSeeded = true
  for (const { userId, amountCents } of seededUsers) {
    if (amountCents === 0) continue
    const posted = await sender.post<{ is_duplicate: boolean }>('/api/v1/ledger/credit', {
      body: JSON.stringify({
        user_id: userId,
        amount_cents: amountCents,
        metadata: { note: 'Starting balance of the demo' },
      }),
      idempotencyKey: `seed-${userId}-1`,
    })
    wereSeeded &&= posted.is_duplicate
  }
  return wereSeeded
}

async function topBalances(sender: Sender, users: ReadonlySet<string>): Promise<Balance[]> {
  const waiting = [...users]
  const balances: Balance[] = []
  while (waiting.length > 0) {
    const asked = waiting.splice(0, balancesAtOnce)
    const path = (userId: string) => `/api/v1/ledger/balance/${encodeURIComponent(userId)}`
    balances.push(...(await Promise.all(asked.map((userId) => sender.get<Balance>(path(userId))))))
  }
  return balances.sort(byBalance).slice(0, topMax)
}

function byBalance(a: Balance, b: Balance): number {
  return b.balance_cents - a.balance_cents || (a.user_id < b.user_id ? -1 : 1)
}

async function readLines(file: string): Promise<string[]> {
  return (await readFile(file, 'utf8')).split('\n').filter((line) => line !== '')
}
