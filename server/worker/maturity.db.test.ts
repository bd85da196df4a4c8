import { beforeEach, describe, expect, it } from 'vitest'
import type { Clock } from '../clock.ts'
import { newId } from '../id.ts'
import type { Journal } from '../journal/journal.ts'
import { creditOf, debitOf, posting } from '../testing/journal.ts'
import {
  type ProvedDatabase,
  postedId,
  submit,
  useProvedDatabase,
} from '../testing/proved-database.ts'
import { Maturity } from './maturity.ts'

let proved: ProvedDatabase
let journal: Journal
let now: Date
const clock: Clock = { now: () => now }
const day = (number: number) => new Date(Date.UTC(2027, 1, number))

useProvedDatabase((received) => {
  proved = received
})
beforeEach(async () => {
  now = day(1)
  journal = await proved.newJournal({ clock })
})

const maturity = () => new Maturity({ pool: proved.owner, journal, clock, newId })

/** Everything that is due, in as many runs as it takes. */
async function drain(job: Maturity = maturity()): Promise<void> {
  while (await job.run());
}

async function entriesOf(userId: string): Promise<{ flow: string; amount: bigint }[]> {
  const { rows } = await proved.owner.query<{ flow: string; amount: bigint }>(
    'select flow, amount_cents as amount from ledger_entries where user_id = $1 order by user_sequence',
    [userId],
  )
  return rows
}

const pendingOf = (userId: string, availableAt: Date | null, expiresAt: Date | null = null) =>
  posting({
    ...creditOf(userId, 100n, true),
    availableAt: availableAt?.toISOString() ?? null,
    expiresAt: expiresAt?.toISOString() ?? null,
  })
const expiringOf = (userId: string, expiresAt: Date) =>
  posting({ ...creditOf(userId, 100n), expiresAt: expiresAt.toISOString() })

describe('what is due', () => {
  it('matures at its time and not before', async () => {
    await postedId(journal, pendingOf('ann', day(3)))
    await drain()
    expect(await entriesOf('ann')).toHaveLength(1)
    now = new Date(day(3).getTime() - 1)
    await drain()
    expect(await entriesOf('ann')).toHaveLength(1)
    now = day(3)
    await drain()
    expect(await entriesOf('ann')).toEqual([
      { flow: 'credit_pending', amount: 100n },
      { flow: 'confirm', amount: 100n },
    ])
  })

  it('matures and then expires at the same credit, each once', async () => {
    await postedId(journal, pendingOf('bea', day(3), day(5)))
    now = day(3)
    await drain()
    await postedId(journal, posting(debitOf('bea', 30n)))
    now = day(5)
    await drain()
    await drain()
    expect((await entriesOf('bea')).map(({ flow, amount }) => [flow, amount])).toEqual([
      ['credit_pending', 100n],
      ['confirm', 100n],
      ['debit', 30n],
      ['expire', 70n],
    ])
  })

  it('lapses where nobody has confirmed it by the time that it expires', async () => {
    await postedId(journal, pendingOf('cleo', null, day(4)))
    now = day(4)
    await drain()
    expect((await entriesOf('cleo')).at(-1)).toEqual({ flow: 'lapse', amount: 100n })
  })

  it('lapses too where it should have matured while nothing was running', async () => {
    await postedId(journal, pendingOf('dan', day(3), day(5)))
    now = day(6)
    await drain()
    expect((await entriesOf('dan')).map(({ flow }) => flow)).toEqual(['credit_pending', 'lapse'])
  })

  it('is posted once, however many processes look at the same time', async () => {
    const others = await Promise.all([1, 2, 3].map(() => proved.newJournal({ clock })))
    const users = Array.from({ length: 40 }, (_, index) => `many-${index}`)
    await Promise.all(users.map((user) => postedId(journal, expiringOf(user, day(2)))))
    now = day(2)
    await Promise.all(
      [journal, ...others].map((each) =>
        drain(new Maturity({ pool: proved.owner, journal: each, clock, newId })),
      ),
    )
    await drain()
    for (const user of users)
      expect((await entriesOf(user)).map(({ flow }) => flow)).toEqual(['credit', 'expire'])
  })

  it('is found beyond the number of one run', async () => {
    const users = Array.from({ length: 1_100 }, (_, index) => `crowd-${index}`)
    await Promise.all(users.map((user) => postedId(journal, expiringOf(user, day(2)))))
    now = day(2)
    const job = maturity()
    let runs = 0
    do runs += 1
    while (await job.run())
    expect(runs).toBe(3)
    const { rows } = await proved.owner.query(
      `select from ledger_entries where flow = 'expire' and user_id like 'crowd-%'`,
    )
    expect(rows).toHaveLength(1_100)
  })

  it('waits for an account to leave its quarantine, and holds up no other', async () => {
    await postedId(journal, expiringOf('eve', day(2)))
    await postedId(journal, expiringOf('fay', day(3)))
    const quarantine = (isQuarantined: boolean) =>
      proved.owner.query('update user_balances set is_quarantined = $1 where user_id = $2', [
        isQuarantined,
        'eve',
      ])
    await quarantine(true)
    now = day(3)
    await drain()
    expect((await entriesOf('eve')).map(({ flow }) => flow)).toEqual(['credit'])
    expect((await entriesOf('fay')).map(({ flow }) => flow)).toEqual(['credit', 'expire'])
    const refused = await submit(journal, posting(debitOf('eve', 1n), 'eve-spends'))
    expect(refused).toMatchObject({ kind: 'refused', refusal: { code: 'account_quarantined' } })
    await quarantine(false)
    await drain()
    expect((await entriesOf('eve')).map(({ flow }) => flow)).toEqual(['credit', 'expire'])
  })

  it('has given its key free again where the account was in quarantine', async () => {
    await postedId(journal, posting(creditOf('gil', 10n)))
    const spend = posting(debitOf('gil', 10n), 'gil-spends')
    await proved.owner.query(`update user_balances set is_quarantined = true where user_id = 'gil'`)
    expect((await submit(journal, spend)).kind).toBe('refused')
    await proved.owner.query(
      `update user_balances set is_quarantined = false where user_id = 'gil'`,
    )
    expect(await submit(journal, spend)).toMatchObject({ kind: 'posted', isDuplicate: false })
  })
})
