import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Answer, Api } from './harness/api.ts'
import { type Fleet, startFleet } from './harness/fleet.ts'
import { createLedger, type Ledger } from './harness/ledger.ts'
import { expectProblem } from './harness/problem.ts'
import { expectProofOfZero } from './harness/proof-of-zero.ts'
import { publishRule } from './harness/rules.ts'

const processes = 4

let fleet: Fleet
let api: Api
let ledger: Ledger

beforeAll(async () => {
  fleet = await startFleet(processes)
  api = fleet.api(0)
  ledger = createLedger(api)
})
afterAll(async () => {
  await expectProofOfZero(api)
  await fleet.stop()
})

/** The same work from all processes in turn, all at once. */
function inParallel<Result>(
  count: number,
  work: (api: Api, index: number) => Promise<Result>,
): Promise<Result[]> {
  return Promise.all(Array.from({ length: count }, (_, index) => work(fleet.api(index), index)))
}

function countStatus(answers: readonly Answer[], status: number): number {
  return answers.filter((answer) => answer.status === status).length
}

it('never pays out more than a user has, however many debits come at once', async () => {
  await ledger.credit('contested', 1_000)
  const answers = await inParallel(40, (own) => createLedger(own).debit('contested', 70))
  expect(countStatus(answers, 201)).toBe(14)
  for (const answer of answers.filter(({ status }) => status !== 201)) {
    const problem = expectProblem(answer, 'insufficient_balance')
    expect(problem.available_cents).toBeLessThan(70)
  }
  expect(await ledger.balance('contested')).toMatchObject({ balance_cents: 20, version: 15 })
})

it('answers the same request under one key with one entry in every process', async () => {
  const key = randomUUID()
  const answers = await inParallel(24, (own) => createLedger(own).credit('same', 5, {}, key))
  expect([countStatus(answers, 201), countStatus(answers, 200)]).toEqual([1, 23])
  expect(new Set(answers.map(({ body }) => body.data.id))).toHaveLength(1)
  expect(await ledger.balance('same')).toMatchObject({ balance_cents: 5, version: 1 })
})

it('confirms or reverses a pending credit, never both for the same money', async () => {
  for (let round = 0; round < 5; round++) {
    const user = `undecided-${round}`
    const { body } = await ledger.credit(user, 100, { reward_status: 'pending' })
    const answers = await inParallel(8, (own, index) =>
      index % 2 === 0
        ? createLedger(own).confirm(body.data.id)
        : createLedger(own).reverse(body.data.id, { amount_cents: 60 }),
    )
    // One reversal of 60 leaves 40, which a confirmation before or after it makes spendable.
    expect(countStatus(answers, 201)).toBeLessThanOrEqual(2)
    const { balance_cents, pending_cents } = await ledger.balance(user)
    expect(balance_cents + pending_cents).toBe(40)
  }
})

it('judges the next event by a rule that another process has just published', async () => {
  for (let turn = 1; turn < processes; turn++) {
    const story = `published-${turn}`
    const data = { story, referrer_id: story }
    // Each process has seen the rules before, so it has to notice that they have changed.
    await fleet.api(turn).post('/api/v1/events', { id: `${story}-0`, type: 't', data }, null)
    await publishRule(api, story)
    const { body } = await fleet
      .api(turn)
      .post('/api/v1/events', { id: `${story}-1`, type: 't', data }, null)
    expect(body.decision.rules_triggered).toBe(1)
  }
})

it('pays for an event once when all processes receive it at once', async () => {
  await publishRule(api, 'everywhere')
  // Many times: whether a process sees the commit of another between two of its reads is chance.
  for (let turn = 1; turn <= 50; turn++) {
    const data = { story: 'everywhere', referrer_id: 'won' }
    const event = { id: `everywhere-${turn}`, type: 't', data }
    const answers = await inParallel(16, (own) => own.post('/api/v1/events', event, null))
    expect([countStatus(answers, 201), countStatus(answers, 200)]).toEqual([1, 15])
    expect(await ledger.balance('won')).toMatchObject({ balance_cents: 500 * turn, version: turn })
  }
})

it('posts atomic batches that share their keys as a whole or not at all', async () => {
  const users = Array.from({ length: 6 }, (_, index) => `atom-${index}`)
  const credits = users.map((user_id) => ({
    operation: 'credit',
    idempotency_key: randomUUID(),
    user_id,
    amount_cents: 3,
  }))
  // Each leaves one out and ends with a debit of its own that only some of them can pay.
  const answers = await inParallel(12, (own, index) =>
    own.post(
      '/api/v1/ledger/batch',
      {
        atomic: true,
        operations: [
          ...credits.filter((_credit, place) => place !== index % users.length),
          {
            operation: 'debit',
            idempotency_key: randomUUID(),
            user_id: users[(index + 1) % users.length],
            amount_cents: index % 2 === 0 ? 1 : 1_000,
          },
        ],
      },
      null,
    ),
  )
  const entryIds = new Set<string>()
  for (const [index, { body }] of answers.entries()) {
    const statuses = body.results.map((result: { status: number }) => result.status)
    const isPosted = index % 2 === 0
    expect(statuses.at(-1)).toBe(isPosted ? 201 : 400)
    for (const { status, data, problem } of body.results.slice(0, -1)) {
      if (status === 409) expect([isPosted, problem.code]).toEqual([false, 'batch_aborted'])
      else entryIds.add(data.id)
    }
  }
  // Whatever was said to be posted is there, once for each key.
  expect(entryIds.size).toBe(users.length)
  for (const id of entryIds)
    expect((await api.get(`/api/v1/ledger/entries/${id}`)).status).toBe(200)
  let sum = 0
  for (const user of users) sum += (await ledger.balance(user)).balance_cents
  expect(sum).toBe(users.length * 3 - 6)
})
