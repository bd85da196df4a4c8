import { flowNames } from '@pineos/contract/ledger.ts'
import { describe, expect, it } from 'vitest'
import {
  accountKinds,
  accountName,
  isUserAccount,
  programAccountKind,
  programDefault,
} from './accounts.ts'
import { balanceCentsMax, initialPosition } from './entry.ts'
import { flows } from './flows.ts'
import { at, confirm, credit, posted } from './ledger.fixture.ts'
import { LedgerInMemory } from './ledger-in-memory.ts'

const owners = { userId: 'alice', programId: programDefault }

describe('the chart of accounts', () => {
  // A balance on the wrong side would be the negative of what it is in every report.
  it('has these accounts, each growing on its side', () => {
    const chart = (Object.keys(accountKinds) as (keyof typeof accountKinds)[]).map((kind) => [
      accountName(kind, owners),
      accountKinds[kind].normalSide,
      isUserAccount(kind),
    ])
    expect(chart).toEqual([
      ['user:alice:available', 'credit', true],
      ['user:alice:pending', 'credit', true],
      ['user:alice:debt', 'debit', true],
      ['program:default:rewards', 'debit', false],
      ['program:default:redemptions', 'credit', false],
      ['program:default:breakage', 'credit', false],
      ['program:default:adjustments', 'debit', false],
    ])
  })

  it('knows the accounts of a program by their names, whatever the program is called', () => {
    for (const programId of [programDefault, 'user:x:available', 'breakage', 'a:rewards']) {
      for (const kind of ['rewards', 'redemptions', 'breakage', 'adjustments'] as const) {
        const name = accountName(`program_${kind}`, { userId: 'alice', programId })
        expect(programAccountKind(name)).toBe(`program_${kind}`)
      }
    }
    const other = 'user:alice:available'
    expect(() => programAccountKind(other)).toThrow(`${other} is no account of a program`)
  })
})

describe('the flows', () => {
  // The journal checks no flow: what is wrong in the table would be posted.
  it('are these, with what each is to the user, its way back and what it makes of a reward', () => {
    const table = Object.entries(flows).map(([name, flow]) =>
      [name, flow.entryType, flow.from, flow.to, flow.rewardStatus, flow.reversedBy].join(' '),
    )
    expect(table).toEqual([
      'credit credit program_rewards user_available confirmed reverse_credit',
      'credit_pending credit program_rewards user_pending pending reverse_pending',
      'confirm credit user_pending user_available confirmed ',
      'debit debit user_available program_redemptions  reverse_debit',
      'reverse_credit reversal user_available program_rewards reversed ',
      'reverse_pending reversal user_pending program_rewards reversed ',
      'reverse_debit reversal program_redemptions user_available  ',
      'lapse expiry user_pending program_rewards expired ',
      'expire expiry user_available program_breakage expired ',
      'debt debt user_debt user_available  ',
      'netting netting user_available user_debt  ',
      'adjust_credit adjustment program_adjustments user_available  ',
      'adjust_debit adjustment user_available program_adjustments  ',
    ])
    expect(Object.keys(flows)).toEqual([...flowNames])
  })

  it('are taken back over the accounts that they have gone', () => {
    for (const flow of Object.values(flows)) {
      expect(flow.from).not.toBe(flow.to)
      if (!flow.reversedBy) continue
      const back = flows[flow.reversedBy]
      expect([back.from, back.to]).toEqual([flow.to, flow.from])
    }
  })
})

describe('the position of an entry', () => {
  const expiresAt = '2027-02-09T00:00:00.000Z'
  const availableAt = '2027-02-03T00:00:00.000Z'

  it('starts with what waits for its confirmation, or for its expiry', () => {
    const ledger = new LedgerInMemory()
    const positionOf = (more: Parameters<typeof credit>[1]) => {
      const { entry } = posted(ledger, credit(5n, more))
      return initialPosition(entry)
    }
    const nothing = { pendingCents: 0n, unspentCents: 0n, reversedCents: 0n, expiredCents: 0n }
    expect(positionOf({})).toMatchObject({ ...nothing, expiresAt: null, dueAt: null })
    expect(positionOf({ expiresAt })).toMatchObject({
      ...nothing,
      unspentCents: 5n,
      dueAt: expiresAt,
    })
    const pending = { ...nothing, pendingCents: 5n }
    expect(positionOf({ isPending: true })).toMatchObject({ ...pending, dueAt: null })
    expect(positionOf({ isPending: true, expiresAt })).toMatchObject({
      ...pending,
      dueAt: expiresAt,
    })
    expect(positionOf({ isPending: true, expiresAt, availableAt })).toMatchObject({
      ...pending,
      dueAt: availableAt,
    })
  })

  // The lot is the credit; its confirmation carries the time only to say it.
  it('holds nothing for a confirmation, also of a credit that expires', () => {
    const ledger = new LedgerInMemory()
    const pending = posted(ledger, credit(5n, { isPending: true, expiresAt })).entry
    const { entry } = posted(ledger, confirm(pending.id))
    expect(entry.expiresAt).toBe(expiresAt)
    expect(initialPosition(entry)).toMatchObject({ pendingCents: 0n, unspentCents: 0n })
  })
})

describe('an entry', () => {
  it('says everything that its command has said, with the balances after it', () => {
    const ledger = new LedgerInMemory()
    const command = credit(5n, {
      programId: 'spring',
      actor: 'key:shop',
      sourceEvent: 'shop/event-1',
      metadata: { note: 'first' },
      effectiveAt: '2027-01-30T00:00:00.000Z',
      availableAt: null,
      expiresAt: '2027-02-09T00:00:00.000Z',
    })
    expect(posted(ledger, command).entry).toEqual({
      id: command.entryId,
      userId: 'alice',
      flow: 'credit',
      amountCents: 5n,
      currency: 'USD',
      debitAccount: 'program:spring:rewards',
      creditAccount: 'user:alice:available',
      userSequence: 1n,
      balanceAfterCents: 5n,
      pendingAfterCents: 0n,
      debtAfterCents: 0n,
      rewardId: 'bonus',
      relatedEntryId: null,
      reason: null,
      idempotencyKey: command.idempotencyKey,
      actor: 'key:shop',
      sourceEvent: 'shop/event-1',
      metadata: { note: 'first' },
      availableAt: null,
      expiresAt: '2027-02-09T00:00:00.000Z',
      effectiveAt: '2027-01-30T00:00:00.000Z',
      recordedAt: at,
    })
    expect(balanceCentsMax).toBe(9_007_199_254_740_991n)
  })
})
