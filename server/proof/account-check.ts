import type pg from 'pg'
import type { AccountOfUser } from '../ledger/verify.ts'
import { type AccountFault, inSnapshot, look } from './account-faults.ts'

const entriesPerLook = 5_000

/** Everything that is wrong with an account: all of its entries, in one snapshot. */
export function checkAccount(
  client: pg.ClientBase,
  { userId, currency }: AccountOfUser,
): Promise<readonly AccountFault[]> {
  return inSnapshot(client, async () => {
    const byText = new Map<string, AccountFault>()
    for (let after = 0n; ; ) {
      const seen = await look(
        client,
        {
          entries: `select e.* from ledger_entries e
            where e.user_id = $1::text and e.currency = $2::text and e.user_sequence > $3::bigint
            order by e.user_sequence limit ${entriesPerLook}`,
          accounts: 'select $1::text, $2::text',
          values: [userId, currency, after],
        },
        true,
      )
      for (const fault of seen.faults) byText.set(faultText(fault), fault)
      // Of an account without entries the first look is the last one, and has seen its balance.
      if (seen.last === null) return [...byText.values()]
      after = seen.last.userSequence
    }
  })
}

/** The fault in one line; the same fault has the same line whenever it is found. */
export function faultText({ check, entryId, detail }: AccountFault): string {
  return [check, entryId, detail].filter((part) => part !== null).join(' · ')
}
