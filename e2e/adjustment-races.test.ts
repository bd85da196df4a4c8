import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Adjuster, createAdjuster, createAdjusters } from './harness/adjustments.ts'
import { type Answer, createApi } from './harness/api.ts'
import { type Fleet, startFleet } from './harness/fleet.ts'
import type { OwnedKey } from './harness/keys.ts'
import { createLedger, type Ledger } from './harness/ledger.ts'
import { expectProofOfZero } from './harness/proof-of-zero.ts'

const processes = 4
const rounds = 10
const large = 100_001

let fleet: Fleet
let ledger: Ledger
let clerk: Adjuster
let controllerKey: OwnedKey

beforeAll(async () => {
  fleet = await startFleet(processes)
  ledger = createLedger(fleet.api(0))
  const [first] = fleet.services
  if (!first) throw new Error('the fleet is empty')
  ;({ clerk, controllerKey } = await createAdjusters(first))
})
afterAll(async () => {
  await expectProofOfZero(fleet.api(0))
  await fleet.stop()
})

/** The controller at one of the processes, in turn. */
function controllerAt(turn: number): Adjuster {
  const { baseUrl } = fleet.services[turn % processes] ?? { baseUrl: '' }
  return createAdjuster(createApi({ baseUrl, apiKey: controllerKey.secret }))
}

function inParallel(count: number, work: (turn: number) => Promise<Answer>): Promise<Answer[]> {
  return Promise.all(Array.from({ length: count }, (_, turn) => work(turn)))
}

function decideInTurn(id: string, turn: number, place: number): Promise<Answer> {
  const controller = controllerAt(turn)
  const decisions = [
    () => controller.approve(id),
    () => controller.reject(id),
    () => clerk.withdraw(id),
  ]
  return decisions[place % decisions.length]?.() ?? Promise.reject(new Error('no decision'))
}

describe('from several processes at once', () => {
  // Two who press the same button, or one who presses it twice.
  it('eight approvals of one adjustment post one entry, and all are told of it', async () => {
    for (let round = 0; round < rounds; round++) {
      const user = `approved-${round}`
      const { id } = (await clerk.propose(user, large)).body.data
      const answers = await inParallel(8, (turn) => controllerAt(turn).approve(id))
      expect(answers.map(({ status }) => status)).toEqual(Array(8).fill(200))
      expect(answers.filter(({ body }) => !body.is_duplicate)).toHaveLength(1)
      expect(new Set(answers.map(({ body }) => body.entry.id))).toHaveLength(1)
      expect(await ledger.balance(user)).toMatchObject({ balance_cents: large, version: 1 })
    }
  })

  it('of approvals, rejections and a withdrawal exactly one wins, and the money follows it', async () => {
    for (let round = 0; round < 2 * rounds; round++) {
      const user = `contested-${round}`
      const { id } = (await clerk.propose(user, large)).body.data
      // Who is sent first is another one each round.
      const answers = await inParallel(9, (turn) => decideInTurn(id, turn, turn + round))
      const taken = answers.filter(({ status }) => status === 200)
      expect(taken.filter(({ body }) => !body.is_duplicate)).toHaveLength(1)
      const others = answers.filter(({ status }) => status !== 200)
      expect(new Set(others.map(({ body }) => body.code))).toEqual(
        new Set(['adjustment_already_decided']),
      )
      const { status } = (await clerk.get(id)).data
      expect(['posted', 'rejected', 'withdrawn']).toContain(status)
      const entries = status === 'posted' ? 1 : 0
      expect(await ledger.balance(user)).toMatchObject({
        balance_cents: entries * large,
        version: entries,
      })
    }
  })

  it('one key with two bodies is one adjustment; the other body is refused', async () => {
    for (let round = 0; round < rounds; round++) {
      const user = `two-bodies-${round}`
      const key = randomUUID()
      const answers = await inParallel(8, (turn) =>
        createAdjuster(fleet.api(turn)).propose(user, turn % 2 === 0 ? 10 : 20, {}, key),
      )
      expect(answers.filter(({ status }) => status === 201)).toHaveLength(1)
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(3)
      for (const { body } of answers.filter(({ status }) => status === 409))
        expect(body).toMatchObject({ code: 'idempotency_key_reused', fields: ['amount_cents'] })
      expect(await ledger.balance(user)).toMatchObject({ version: 1 })
    }
  })
})
