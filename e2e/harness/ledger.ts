import type { Answer, Api } from './api.ts'

type Fields = Readonly<Record<string, unknown>>

/** The money routes in the words of the tests; every key is fresh unless one is given. */
export interface Ledger {
  credit(userId: string, amountCents: number, fields?: Fields, key?: string): Promise<Answer>
  debit(userId: string, amountCents: number, fields?: Fields, key?: string): Promise<Answer>
  reverse(entryId: string, fields?: Fields, key?: string): Promise<Answer>
  confirm(entryId: string, key?: string): Promise<Answer>
  /** The body of the balance. */
  balance(userId: string, currency?: string): Promise<Answer['body']>
  /** How many entries there are of all users. */
  entryCount(): Promise<number>
}

export function createLedger(api: Api): Ledger {
  return {
    credit: (user_id, amount_cents, fields, key) =>
      api.post('/api/v1/ledger/credit', { user_id, amount_cents, ...fields }, key),
    debit: (user_id, amount_cents, fields, key) =>
      api.post('/api/v1/ledger/debit', { user_id, amount_cents, ...fields }, key),
    reverse: (entry_id, fields, key) =>
      api.post(
        '/api/v1/ledger/reverse',
        { entry_id, reason: 'Order was refunded', ...fields },
        key,
      ),
    confirm: (entry_id, key) => api.post('/api/v1/ledger/confirm', { entry_id }, key),
    async balance(userId, currency) {
      const query = currency === undefined ? '' : `?currency=${currency}`
      const { body } = await api.get(`/api/v1/ledger/balance/${encodeURIComponent(userId)}${query}`)
      return body
    },
    async entryCount() {
      const { body } = await api.get('/api/v1/ledger/entries?limit=1')
      return body.total
    },
  }
}
