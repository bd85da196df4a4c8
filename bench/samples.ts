import type { Balance, LedgerEntry } from '@pineos/contract/ledger.ts'

/** An entry of the size that a credit of the load has. */
export const sampleEntry: LedgerEntry = {
  id: '01926f3c-7a10-7cc4-9a5e-0c6a5f6f3b11',
  user_id: 'user-4711',
  entry_type: 'credit',
  flow: 'credit',
  amount_cents: 100,
  currency: 'USD',
  debit_account: 'program:default:rewards',
  credit_account: 'user:user-4711:available',
  user_sequence: 42,
  balance_after_cents: 4200,
  pending_after_cents: 0,
  debt_after_cents: 0,
  reward_id: 'bonus',
  reward_status: 'confirmed',
  related_entry_id: null,
  reason: null,
  idempotency_key: '5f0c7f9e-2f2c-4f0e-9d0a-1b9d8f0f4c11',
  actor: 'key:01926f3c-7a10-7cc4-9a5e-0c6a5f6f3b12',
  source_event: null,
  metadata: { campaign: 'spring' },
  available_at: null,
  expires_at: null,
  effective_at: '2027-01-31T12:00:00.000Z',
  recorded_at: '2027-01-31T12:00:00.000Z',
}

export const sampleBalance: Balance = {
  user_id: 'user-4711',
  currency: 'USD',
  balance_cents: 4200,
  pending_cents: 0,
  debt_cents: 0,
  balance_dollars: '42.00',
  version: 42,
  updated_at: '2027-01-31T12:00:00.000Z',
}
