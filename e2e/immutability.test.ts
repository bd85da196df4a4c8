import type pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Answer, type Api, createApi } from './harness/api.ts'
import { withDatabase } from './harness/database.ts'
import { createLedger, type Ledger } from './harness/ledger.ts'
import { expectProofOfZero } from './harness/proof-of-zero.ts'
import { publishRule } from './harness/rules.ts'
import { untilSealed } from './harness/sealed.ts'
import { type RunningService, startService } from './harness/service.ts'

let service: RunningService
let api: Api
let ledger: Ledger

beforeAll(async () => {
  service = await startService()
  api = createApi(service)
  ledger = createLedger(api)
  await ledger.credit('kept', 100)
  await ledger.credit('kept', 1, { expires_at: '2999-01-01T00:00:00Z' })
  await ledger.credit('kept', 1, { effective_at: '1999-01-01T00:00:00Z' })
  await api.post('/api/v1/ledger/periods/close', { until: '2000-01-01T00:00:00Z' }, null)
  await publishRule(api, 'kept', { more: { limits: [{ per: 'rule', max_count: 1_000 }] } })
  await api.post('/api/v1/events', { id: 'kept', type: 't', data: { story: 'kept' } }, null)
})
afterAll(async () => {
  await expectProofOfZero(api)
  await service.stop()
})

/** The SQLSTATE with which the database refuses the statement. */
async function refusalOf(client: pg.Client, statement: string): Promise<string | undefined> {
  try {
    await client.query(statement)
    return undefined
  } catch (error) {
    return (error as pg.DatabaseError).code
  }
}

const changes: readonly (readonly [table: string, statement: string])[] = [
  ['ledger_entries', 'update ledger_entries set amount_cents = 1'],
  ['ledger_entries', 'update ledger_entries set amount_cents = amount_cents where false'],
  ['ledger_entries', 'delete from ledger_entries'],
  ['ledger_entries', 'truncate ledger_entries'],
  ['idempotency_records', 'update idempotency_records set refusal = null'],
  ['idempotency_records', 'delete from idempotency_records'],
  ['idempotency_records', 'truncate idempotency_records'],
  ['events', "update events set data = '{}'"],
  ['events', 'delete from events'],
  ['events', 'truncate events'],
  ['decisions', 'update decisions set rules_triggered = 0'],
  ['decisions', 'delete from decisions'],
  ['decisions', 'truncate decisions'],
  ['referrals', 'update referrals set started_at = now()'],
  ['referrals', 'delete from referrals'],
  ['referrals', 'truncate referrals'],
  ['rule_versions', 'delete from rule_versions'],
  ['rule_versions', 'truncate rule_versions'],
  ['rule_changes', "update rule_changes set actor = 'key:x'"],
  ['rule_changes', 'delete from rule_changes'],
  ['rule_changes', 'truncate rule_changes'],
  ['rule_terms', 'delete from rule_terms'],
  ['rule_terms', 'truncate rule_terms'],
  ['referral_rules', 'delete from referral_rules'],
]

describe('the database refuses', () => {
  it.each(changes)('the role of the service on %s: %s', async (_table, statement) => {
    await withDatabase(service.databaseUrl, async (client) => {
      await client.query('set role pineos_service')
      // insufficient_privilege: the role has not even the right.
      expect(await refusalOf(client, statement)).toBe('42501')
    })
  })

  it.each(changes)('the owner of the tables on %s: %s', async (_table, statement) => {
    await withDatabase(service.databaseUrl, async (client) => {
      // restrict_violation, raised by the triggers.
      expect(await refusalOf(client, statement)).toBe('23001')
    })
  })

  it('the role of the service to take the triggers away or to make room for others', async () => {
    await withDatabase(service.databaseUrl, async (client) => {
      await client.query('set role pineos_service')
      for (const statement of [
        'alter table ledger_entries disable trigger all',
        'drop trigger ledger_entries_immutable on ledger_entries',
        'drop table ledger_entries',
        'alter table ledger_entries drop column metadata',
        "set session_replication_role = 'replica'",
        'delete from user_balances',
        'delete from account_stripes',
        'delete from api_keys',
        'create table public.mine (id integer)',
      ]) {
        expect(await refusalOf(client, statement), statement).toBe('42501')
      }
    })
  })
})

/** As somebody who has the database in his hands: without triggers. */
function tamper(statement: string, values: readonly unknown[] = []): Promise<void> {
  return withDatabase(service.databaseUrl, async (client) => {
    await client.query("set session_replication_role = 'replica'")
    const { rowCount } = await client.query(statement, [...values])
    expect(rowCount).toBe(1)
  })
}

async function faultsOf(): Promise<Readonly<Record<string, Answer['body'][]>>> {
  const { body } = await api.get('/api/v1/ledger/verify')
  const found = body.checks.filter((check: { ok: boolean }) => !check.ok)
  expect(body.ok).toBe(found.length === 0)
  return Object.fromEntries(
    found.map((check: { name: string; faults: unknown[] }) => [check.name, check.faults]),
  )
}

/** The proof finds the change, in the check and by the name it should have, and nothing once it is undone. */
async function expectFound(
  change: () => Promise<void>,
  { check, fault, undo }: { check: string; fault: object; undo: () => Promise<void> },
): Promise<void> {
  // What is changed before it is sealed is sealed as it was changed.
  await untilSealed(api)
  expect(await faultsOf()).toEqual({})
  await change()
  try {
    const faults = await faultsOf()
    expect(faults[check]).toContainEqual(expect.objectContaining(fault))
    for (const { detail } of Object.values(faults).flat()) expect(detail).toMatch(/\S/)
  } finally {
    await undo()
  }
  expect(await faultsOf()).toEqual({})
}

describe('the proof of zero finds', () => {
  async function someEntry(user: string): Promise<string> {
    const { body } = await ledger.credit(user, 100)
    await ledger.credit(user, 20)
    return body.data.id
  }

  it('a changed amount, by its entry', async () => {
    const id = await someEntry('amount')
    const set = 'update ledger_entries set amount_cents = $2 where id = $1'
    await expectFound(() => tamper(set, [id, 101]), {
      check: 'running_balances_follow',
      fault: { entry_id: id, account: 'user:amount' },
      undo: () => tamper(set, [id, 100]),
    })
  })

  it('an amount that was moved to another account, by its entry', async () => {
    const id = await someEntry('moved')
    const set = 'update ledger_entries set credit_account = $2 where id = $1'
    await expectFound(() => tamper(set, [id, 'user:thief:available']), {
      check: 'entries_follow_their_flow',
      fault: { entry_id: id },
      undo: () => tamper(set, [id, 'user:moved:available']),
    })
  })

  it('a deleted entry, by its id and its user', async () => {
    const id = await someEntry('deleted')
    const copy = await withDatabase(service.databaseUrl, async (client) => {
      const { rows } = await client.query<{ row: string }>(
        'select to_jsonb(e)::text as row from ledger_entries e where id = $1',
        [id],
      )
      return rows[0]?.row
    })
    await expectFound(() => tamper('delete from ledger_entries where id = $1', [id]), {
      check: 'keys_match_entries',
      fault: { entry_id: id },
      undo: () =>
        tamper(
          'insert into ledger_entries select * from jsonb_populate_record(null::ledger_entries, $1::jsonb)',
          [copy],
        ),
    })
  })

  it('an entry that nobody has asked for, by its id', async () => {
    const id = await someEntry('forged')
    await expectFound(
      () =>
        tamper(
          `insert into ledger_entries
           select (jsonb_populate_record(e, jsonb_build_object(
             'id', 'ffffffff-ffff-7fff-bfff-ffffffffffff', 'idempotency_key', 'forged',
             'user_sequence', 3, 'balance_after_cents', 220))).*
           from ledger_entries e where id = $1`,
          [id],
        ),
      {
        check: 'keys_match_entries',
        fault: { entry_id: 'ffffffff-ffff-7fff-bfff-ffffffffffff' },
        undo: () =>
          tamper("delete from ledger_entries where id = 'ffffffff-ffff-7fff-bfff-ffffffffffff'"),
      },
    )
  })

  it('a changed balance, by its account', async () => {
    await someEntry('balance')
    const set = `update user_balances set available_cents = $1 where user_id = 'balance'`
    await expectFound(() => tamper(set, [1_000_000]), {
      check: 'balances_equal_entries',
      fault: { account: 'user:balance' },
      undo: () => tamper(set, [120]),
    })
  })

  it('changed sums of the program, by their account', async () => {
    await ledger.credit('stripe', 1, { currency: 'CHF' })
    const set = `update account_stripes set debits_cents = debits_cents + $1
      where account = 'program:default:rewards' and currency = 'CHF'`
    await expectFound(() => tamper(set, [5]), {
      check: 'accounts_equal_entries',
      fault: { account: 'program:default:rewards' },
      undo: () => tamper(set, [-5]),
    })
  })

  it('changed counts', async () => {
    await ledger.credit('count', 1, { currency: 'SEK' })
    const set = `update ledger_totals set entries = entries + $1 where currency = 'SEK'`
    await expectFound(() => tamper(set, [1]), {
      check: 'totals_equal_entries',
      fault: { detail: expect.stringContaining('SEK') },
      undo: () => tamper(set, [-1]),
    })
  })

  it('a reversal that was made possible again, by its entry', async () => {
    const { body } = await ledger.credit('position', 9)
    await ledger.reverse(body.data.id)
    const set = 'update entry_positions set reversed_cents = $2 where entry_id = $1'
    await expectFound(() => tamper(set, [body.data.id, 0]), {
      check: 'reversals_and_holds_match',
      fault: { entry_id: body.data.id },
      undo: () => tamper(set, [body.data.id, 9]),
    })
  })

  it('a forgotten idempotency key, by its entry', async () => {
    const id = await someEntry('forgotten')
    const set = 'update idempotency_records set entry_id = $2 where entry_id = $1'
    const other = '00000000-0000-7000-8000-000000000000'
    await expectFound(() => tamper(set, [id, other]), {
      check: 'keys_match_entries',
      fault: { entry_id: id },
      undo: () => tamper(set, [other, id]),
    })
  })

  it('an event that was taken away, by the entry it has paid', async () => {
    const data = { story: 'kept', referrer_id: 'evented' }
    await api.post('/api/v1/events', { id: 'taken-away', type: 't', data }, null)
    const page = await api.get('/api/v1/ledger/entries?user_id=evented')
    await expectFound(() => tamper(`update events set id = 'x' where id = 'taken-away'`), {
      check: 'events_match_entries',
      fault: { entry_id: page.body.entries[0].id },
      undo: () => tamper(`update events set id = 'taken-away' where id = 'x'`),
    })
  })

  it('nothing wrong when only the kept sums are compared, and says what it compared', async () => {
    const { body } = await api.get('/api/v1/ledger/verify?full=false')
    expect(body.ok).toBe(true)
    const full = await api.get('/api/v1/ledger/verify')
    expect(full.body.checks.length).toBeGreaterThan(body.checks.length)
    for (const check of full.body.checks) expect(check.checked).toBeGreaterThan(0)
  })
})
