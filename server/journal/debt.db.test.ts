import { beforeEach, describe, expect, it } from 'vitest'
import { creditOf, debitOf, posting } from '../testing/journal.ts'
import {
  type ProvedDatabase,
  postedId,
  submit,
  useProvedDatabase,
} from '../testing/proved-database.ts'
import type { Journal } from './journal.ts'

let proved: ProvedDatabase
let journal: Journal

useProvedDatabase((received) => {
  proved = received
})
beforeEach(async () => {
  journal = await proved.newJournal()
})

const reversalOf = (targetEntryId: string, amountCents: bigint) =>
  posting({
    kind: 'reverse',
    targetEntryId,
    reason: 'refund',
    portion: { kind: 'amount', amountCents },
    shortfall: 'debt',
  })

async function balanceOf(userId: string) {
  const { rows } = await proved.owner.query<{
    available_cents: bigint
    debt_cents: bigint
    expiring_cents: bigint
    version: bigint
  }>(
    'select available_cents, debt_cents, expiring_cents, version from user_balances where user_id = $1',
    [userId],
  )
  return rows[0]
}

describe('the journal', () => {
  it('keeps debt, its netting and the entries beside them in one commit', async () => {
    const credited = await postedId(journal, posting(creditOf('ann', 100n)))
    await postedId(journal, posting(debitOf('ann', 80n)))
    await postedId(journal, reversalOf(credited, 100n))
    expect(await balanceOf('ann')).toMatchObject({ available_cents: 0n, debt_cents: 80n })
    await postedId(journal, posting(creditOf('ann', 100n)))
    expect(await balanceOf('ann')).toMatchObject({ available_cents: 20n, debt_cents: 0n })
    const { rows } = await proved.owner.query<{ flow: string }>(
      `select flow from ledger_entries where user_id = 'ann' order by user_sequence`,
    )
    expect(rows.map(({ flow }) => flow)).toEqual([
      'credit',
      'debit',
      'debt',
      'reverse_credit',
      'credit',
      'netting',
    ])
  })

  it('sees debt and lots of earlier commands of the same batch', async () => {
    const expiresAt = '2999-01-01T00:00:00.000Z'
    const credited = await postedId(journal, posting(creditOf('bea', 100n)))
    const outcomes = await Promise.all(
      [
        posting(debitOf('bea', 100n)),
        reversalOf(credited, 60n),
        posting({ ...creditOf('bea', 100n), expiresAt }),
        posting(debitOf('bea', 15n)),
      ].map((item) => submit(journal, item)),
    )
    expect(outcomes.map(({ kind }) => kind)).toEqual(Array(4).fill('posted'))
    expect(await balanceOf('bea')).toMatchObject({
      available_cents: 25n,
      debt_cents: 0n,
      expiring_cents: 25n,
      version: 7n,
    })
  })

  // The commit goes out with the statements: were they made while others are sent already, what was
  // sent before the fault would be committed without the rest.
  it('stores nothing of a command that cannot be written, and everything of its neighbours', async () => {
    const unwritable = posting(creditOf('mad', 5n))
    const bad = {
      ...unwritable,
      command: { ...unwritable.command, metadata: { amount: 1n } },
    }
    const [failed, posted] = await Promise.allSettled([
      submit(journal, bad),
      submit(journal, posting(creditOf('sane', 5n))),
    ])
    expect(failed.status).toBe('rejected')
    expect(posted).toMatchObject({ status: 'fulfilled', value: { kind: 'posted' } })
    expect(await balanceOf('mad')).toBeUndefined()
    expect(await submit(journal, unwritable)).toMatchObject({ kind: 'posted', isDuplicate: false })
  })

  // Without the version check and the bound of the table, each writer would spend the same lot.
  it('spends each lot once, from several processes at the same time', async () => {
    const others = await Promise.all([1, 2, 3].map(() => proved.newJournal()))
    const writers = [journal, ...others]
    for (const days of [1, 2, 3, 4, 5]) {
      const expiresAt = new Date(Date.UTC(2999, 0, days)).toISOString()
      await postedId(journal, posting({ ...creditOf('cleo', 20n), expiresAt }))
    }
    const outcomes = await Promise.all(
      Array.from({ length: 60 }, (_, index) => {
        const writer = writers[index % writers.length] ?? journal
        return submit(writer, posting(debitOf('cleo', 3n)))
      }),
    )
    expect(outcomes.filter(({ kind }) => kind === 'posted')).toHaveLength(33)
    expect(await balanceOf('cleo')).toMatchObject({ available_cents: 1n, expiring_cents: 1n })
  })

  it('never takes back more than an entry, in parts and over debt, from several processes', async () => {
    const others = await Promise.all([1, 2, 3].map(() => proved.newJournal()))
    const writers = [journal, ...others]
    const credited = await postedId(journal, posting(creditOf('dan', 100n)))
    await postedId(journal, posting(debitOf('dan', 70n)))
    const outcomes = await Promise.all(
      Array.from({ length: 40 }, (_, index) => {
        const writer = writers[index % writers.length] ?? journal
        return submit(writer, reversalOf(credited, 7n))
      }),
    )
    expect(outcomes.filter(({ kind }) => kind === 'posted')).toHaveLength(14)
    expect(await balanceOf('dan')).toMatchObject({ available_cents: 0n, debt_cents: 68n })
  })
})
