import { beforeEach, describe, expect, it } from 'vitest'
import { creditOf, posting } from '../testing/journal.ts'
import {
  type ProvedDatabase,
  postedId,
  submit,
  useProvedDatabase,
} from '../testing/proved-database.ts'
import type { Journal } from './journal.ts'
import { setQuarantined } from './quarantine.ts'

let proved: ProvedDatabase
let journal: Journal

useProvedDatabase((received) => {
  proved = received
})
beforeEach(async () => {
  journal = await proved.newJournal()
})

async function set(userId: string, isQuarantined: boolean): Promise<boolean> {
  const client = await proved.owner.connect()
  try {
    return await setQuarantined(client, { userId, currency: 'USD' }, isQuarantined)
  } finally {
    client.release()
  }
}

describe('a quarantine', () => {
  it('is taken and lifted once, and is told where it was so already', async () => {
    await postedId(journal, posting(creditOf('ann', 5n)))
    expect([await set('ann', false), await set('ann', true), await set('ann', true)]).toEqual([
      false,
      true,
      false,
    ])
    const held = posting(creditOf('ann', 5n), 'ann-waits')
    expect(await submit(journal, held)).toMatchObject({
      kind: 'refused',
      refusal: { code: 'account_quarantined' },
    })
    expect(await set('ann', false)).toBe(true)
    expect(await submit(journal, held)).toMatchObject({ kind: 'posted', isDuplicate: false })
  })

  it('has nothing to hold of a user without entries', async () => {
    expect([await set('nobody', true), await set('nobody', false)]).toEqual([false, false])
  })
})
