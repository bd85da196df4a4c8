import { Readable } from 'node:stream'
import { pageLimitDefault } from '@pineos/contract/primitives.ts'
import type { Query } from '@pineos/contract/route.ts'
import type { Routes } from '@pineos/contract/routes.ts'
import {
  type StatementFormat,
  statementCsvEntriesMax,
  statementHtmlEntriesMax,
  statementMediaTypes,
} from '@pineos/contract/statement.ts'
import type {
  OpenStatement,
  StatementHead,
  StatementPage,
  StatementRequest,
  Statements,
} from '../../ledger/statement.ts'
import { statementToWire } from '../../ledger/wire.ts'
import type { Handlers } from '../handler.ts'
import { preferredMediaType, varyByAccept } from '../media-type.ts'
import { statementCsv } from '../statement-csv.ts'
import { statementPage } from '../statement-page.ts'
import { statementPolicy } from '../statement-style.ts'
import { contradiction } from './moment.ts'

export interface StatementsDependencies {
  readonly statements: Statements
  readonly defaultCurrency: string
}

export function statementsHandlers({
  statements,
  defaultCurrency,
}: StatementsDependencies): Handlers<'getStatement'> {
  return {
    async getStatement({ parameters, query, raw, reply }) {
      varyByAccept(reply)
      const request = requestOf(parameters.user_id, query, defaultCurrency)
      switch (formatOf(query, raw.headers.accept)) {
        case 'json':
          return json(await statements.page(request, query.limit ?? pageLimitDefault))
        case 'csv': {
          // A HEAD request reads no entries.
          const entriesMax = raw.method === 'HEAD' ? null : (query.limit ?? statementCsvEntriesMax)
          return csv(await statements.open(request), entriesMax)
        }
        case 'html':
          return html(await statements.page(request, query.limit ?? statementHtmlEntriesMax))
      }
    },
  }
}

type StatementQuery = NonNullable<Query<Routes['getStatement']>>

function requestOf(
  userId: string,
  query: StatementQuery,
  defaultCurrency: string,
): StatementRequest {
  const { axis = 'recorded', currency = defaultCurrency, from, to, known_at, cursor } = query
  if (axis === 'recorded' && known_at !== undefined) {
    throw contradiction(
      'known_at',
      'known_at belongs to axis=effective; on the axis of recording, to is that time.',
    )
  }
  return {
    userId,
    currency,
    axis,
    from: from ?? null,
    to: to ?? null,
    knownAt: known_at ?? null,
    cursor,
  }
}

const mediaTypes = [
  statementMediaTypes.json,
  statementMediaTypes.csv,
  statementMediaTypes.html,
] as const

const formatsOfMediaTypes = {
  [statementMediaTypes.json]: 'json',
  [statementMediaTypes.csv]: 'csv',
  [statementMediaTypes.html]: 'html',
} as const

function formatOf({ format }: StatementQuery, accept: string | undefined): StatementFormat {
  return format ?? formatsOfMediaTypes[preferredMediaType(accept, mediaTypes)]
}

// What somebody has is not for caches.
const personal = { 'cache-control': 'private, no-store' }

interface ReadPage {
  readonly head: StatementHead
  readonly page: StatementPage
}

function json({ head, page: { lines, next } }: ReadPage) {
  const body = statementToWire(head, { lines, nextCursor: next?.cursor ?? null })
  return { status: 200 as const, body, headers: personal }
}

function csv(statement: OpenStatement, entriesMax: number | null) {
  return {
    status: 200 as const,
    // One part at a time is made while the one before it is sent.
    body:
      entriesMax === null
        ? ''
        : Readable.from(statementCsv(statement, entriesMax), {
            objectMode: true,
            highWaterMark: 1,
          }),
    headers: {
      ...personal,
      'content-type': `${statementMediaTypes.csv}; charset=utf-8`,
      'content-disposition': `attachment; filename="${fileName(statement.head)}"`,
    } as const,
  }
}

function html({ head, page }: ReadPage) {
  return {
    status: 200 as const,
    body: statementPage(head, page),
    headers: {
      ...personal,
      'content-type': `${statementMediaTypes.html}; charset=utf-8`,
      'content-security-policy': statementPolicy,
    } as const,
  }
}

const nameCharactersMax = 60

/** Of letters, digits, dots, lines and dashes alone: it becomes a name on any disk and in any header. */
function fileName({ userId, currency, from, to }: StatementHead): string {
  const user = userId.replaceAll(/[^A-Za-z0-9_-]+/g, '-').slice(0, nameCharactersMax)
  const days = [from ?? '0001-01-01', to].map((instant) => instant.slice(0, 10))
  return `statement_${user}_${currency}_${days.join('_')}.csv`
}
