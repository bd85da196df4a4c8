import type { LedgerCommand } from '@pineos/core/ledger/command.ts'
import { credit } from '@pineos/core/ledger/ledger.fixture.ts'
import type { KeyedPosting } from './command.ts'
import { settlePosting } from './settle.ts'
import type { WorkingSet } from './working-set.ts'

/** When the tests without a database take place. */
export const recordedAt = '2027-01-31T12:00:00.000Z'

/** A posting under a key of one owner; its fingerprint stands for what the request said. */
export function keyed(
  key: string,
  command: LedgerCommand,
  more: Partial<KeyedPosting> = {},
): KeyedPosting {
  return {
    ownerId: 'shop',
    key,
    fingerprint: Buffer.from(`request of ${key}`).toString('hex'),
    fieldDigests: '',
    isBusinessKey: false,
    command,
    ...more,
  }
}

/** Settles a credit of so much to alice; fails where it was not posted. */
export function creditAlice(set: WorkingSet, amountCents: bigint): string {
  const command = credit(amountCents)
  const outcome = settlePosting(set, keyed(command.idempotencyKey, command), recordedAt)
  if (outcome.kind !== 'posted') throw new Error(outcome.kind)
  return outcome.entry.id
}
