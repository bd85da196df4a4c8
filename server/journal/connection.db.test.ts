import { expect, it } from 'vitest'
import { creditOf, posting } from '../testing/journal.ts'
import { type ProvedDatabase, postedId, useProvedDatabase } from '../testing/proved-database.ts'

let proved: ProvedDatabase

useProvedDatabase((received) => {
  proved = received
})

// More processes than stripes share one: amounts are added, so that the sums are right all the same.
it('adds to a stripe of another process where none is free', async () => {
  const others = await proved.owner.connect()
  try {
    await others.query('select pg_advisory_lock(30211, stripe) from generate_series(0, 63) stripe')
    const journals = await Promise.all([proved.newJournal(), proved.newJournal()])
    for (const journal of journals) await postedId(journal, posting(creditOf('ann', 5n)))
    const { rows } = await proved.owner.query(
      'select stripe, credits_cents::text, debits_cents::text from account_stripes',
    )
    expect(rows).toEqual([{ stripe: 0, credits_cents: '0', debits_cents: '10' }])
  } finally {
    others.release(true)
  }
})
