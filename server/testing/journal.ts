import { createHash, randomUUID } from 'node:crypto'
import { programDefault } from '@pineos/core/ledger/accounts.ts'
import type {
  ConfirmCommand,
  CreditCommand,
  DebitCommand,
  ExpireCommand,
  ReverseCommand,
} from '@pineos/core/ledger/command.ts'
import type pg from 'pg'
import { systemClock } from '../clock.ts'
import { runtimeRoleName } from '../database/runtime-role.ts'
import type { SessionOptions } from '../database/session.ts'
import { newId } from '../id.ts'
import type { KeyedPosting } from '../journal/command.ts'
import { Journal, type JournalOptions } from '../journal/journal.ts'
import { createRuleBook } from '../rules/rule-book.ts'

/** The session of a journal under test, in the role of the running service. */
export function journalSession(connectionString: string): SessionOptions {
  return {
    connectionString,
    role: runtimeRoleName,
    applicationName: 'pineos-journal',
    limits: {
      statementTimeoutMs: 10_000,
      lockTimeoutMs: 2_000,
      idleInTransactionTimeoutMs: 15_000,
      queryTimeoutMs: 12_000,
    },
  }
}

/** A real journal on a test database. */
export async function openJournal(
  database: { connectionString: string; pool: pg.Pool },
  options: Partial<JournalOptions> = {},
): Promise<Journal> {
  const journal = new Journal({
    session: journalSession(database.connectionString),
    ruleBook: createRuleBook({ pool: database.pool, defaultCurrency: 'USD', timezone: 'UTC' }),
    newId,
    clock: systemClock,
    log: () => {},
    batchMax: 1_000,
    queueMax: 20_000,
    deadlineMs: 10_000,
    ...options,
  })
  await journal.open()
  return journal
}

type CreditFields = Pick<CreditCommand, 'kind' | 'userId' | 'amountCents' | 'isPending'> &
  Partial<Pick<CreditCommand, 'availableAt' | 'expiresAt' | 'effectiveAt'>>

type Fields =
  | CreditFields
  | Pick<DebitCommand, 'kind' | 'userId' | 'amountCents'>
  | (Pick<ReverseCommand, 'kind' | 'targetEntryId' | 'reason'> &
      Partial<Pick<ReverseCommand, 'portion' | 'shortfall'>>)
  | Pick<ConfirmCommand, 'kind' | 'targetEntryId'>
  | Pick<ExpireCommand, 'kind' | 'targetEntryId'>

/** A posting under a key, random where none is given, as the HTTP layer would make it. */
export function posting(fields: Fields, key: string = randomUUID()): KeyedPosting {
  const context = {
    entryId: newId(),
    idempotencyKey: key,
    actor: 'key:test',
    sourceEvent: null,
    programId: programDefault,
    effectiveAt: null,
    metadata: {},
    currency: 'USD',
    rewardId: null,
    availableAt: null,
    expiresAt: null,
    portion: { kind: 'rest' as const },
    shortfall: 'refuse' as const,
  }
  const canonical = JSON.stringify({ ...fields, key }, (_name, value: unknown) =>
    typeof value === 'bigint' ? value.toString() : value,
  )
  return {
    ownerId: 'test',
    key,
    fingerprint: createHash('sha256').update(canonical).digest('hex'),
    fieldDigests: '',
    isBusinessKey: false,
    command: { ...context, ...fields },
  }
}

export function creditOf(userId: string, amountCents: bigint, isPending = false): CreditFields {
  return { kind: 'credit', userId, amountCents, isPending }
}

export function debitOf(userId: string, amountCents: bigint): Fields {
  return { kind: 'debit', userId, amountCents }
}
