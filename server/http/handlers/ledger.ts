import type { TrialBalance, Verification } from '@pineos/contract/ledger.ts'
import { pageLimitDefault } from '@pineos/contract/primitives.ts'
import type { Journal } from '../../journal/journal.ts'
import type { Balances } from '../../ledger/balances.ts'
import type { Entries } from '../../ledger/entries.ts'
import { entryFilterOf } from '../entry-query.ts'
import type { HandlerRequest, Handlers } from '../handler.ts'
import { momentOf } from './moment.ts'
import { keyedPosting, type PostingDefaults, type PostingRequest, postedReply } from './posting.ts'
import { postingFault } from './posting-faults.ts'

export interface LedgerDependencies extends PostingDefaults {
  readonly journal: Journal
  readonly balances: Balances
  readonly entries: Entries
  readonly readTrialBalance: () => Promise<TrialBalance>
  readonly verify: (full: boolean) => Promise<Verification>
}

type LedgerHandlers = Handlers<
  | 'credit'
  | 'confirm'
  | 'debit'
  | 'reverse'
  | 'listEntries'
  | 'getEntry'
  | 'getBalance'
  | 'listAccounts'
  | 'verify'
>

export function ledgerHandlers(dependencies: LedgerDependencies): LedgerHandlers {
  const { journal, balances, entries, readTrialBalance, verify, defaultCurrency } = dependencies

  type Asking = Pick<HandlerRequest<never>, 'principal' | 'idempotencyKey' | 'bodyBytes'>
  const post = async (
    request: PostingRequest,
    { principal, idempotencyKey, bodyBytes }: Asking,
  ) => {
    // The route requires the header, so it is there by now.
    const key = idempotencyKey ?? ''
    const fault = postingFault(request)
    if (fault) throw fault
    const posting = keyedPosting(request, { principal, key }, dependencies)
    return postedReply(await journal.submit({ kind: 'posting', posting }, bodyBytes))
  }

  return {
    credit: (request) => post({ operation: 'credit', body: request.body }, request),
    confirm: (request) => post({ operation: 'confirm', body: request.body }, request),
    debit: (request) => post({ operation: 'debit', body: request.body }, request),
    reverse: (request) => post({ operation: 'reverse', body: request.body }, request),

    async listEntries({ query }) {
      const limit = query.limit ?? pageLimitDefault
      const offset = query.offset ?? 0
      const filter = entryFilterOf(query)
      const page = await entries.list({ filter, limit, offset, cursor: query.cursor })
      return {
        status: 200,
        body: {
          entries: page.entries,
          total: page.total,
          page: Math.floor(offset / limit) + 1,
          page_size: limit,
          next_cursor: page.nextCursor,
        },
      }
    },

    async getEntry({ parameters }) {
      return { status: 200, body: await entries.get(parameters.id) }
    },

    async getBalance({ parameters, query }) {
      const currency = query.currency ?? defaultCurrency
      const moment = momentOf(query)
      const body =
        moment === null
          ? await balances.current(parameters.user_id, currency)
          : await balances.at(parameters.user_id, currency, moment)
      return { status: 200, body }
    },

    async listAccounts() {
      return { status: 200, body: await readTrialBalance() }
    },

    async verify({ query }) {
      return { status: 200, body: await verify(query.full ?? true) }
    },
  }
}
