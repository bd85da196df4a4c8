import { expect, it } from 'vitest'
import { newId } from '../id.ts'
import { type ProvedDatabase, useProvedDatabase } from '../testing/proved-database.ts'

let proved: ProvedDatabase

useProvedDatabase((received) => {
  proved = received
})

// Judged by no version of the rules, an event would be decided for ever by nobody knows what.
it('decides no event where the version of the rules is lost', async () => {
  const journal = await proved.newJournal()
  await proved.owner.query('delete from rule_set')
  const event = {
    source: 'test',
    id: 'lost',
    type: 'sign_up',
    userId: null,
    occurredAt: '2027-01-31T12:00:00.000Z',
    data: {},
    fingerprint: '00'.repeat(32),
  }
  const command = { kind: 'event' as const, id: newId(), event, ruleId: null }
  await expect(journal.submit(command, 300)).rejects.toThrow('the row of the rule set is missing')
  await proved.owner.query('insert into rule_set (version) values (1)')
  expect(await journal.submit(command, 300)).toMatchObject({ kind: 'judged', isDuplicate: false })
})
