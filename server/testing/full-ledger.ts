import { createHash, randomUUID } from 'node:crypto'
import { programDefault } from '@pineos/core/ledger/accounts.ts'
import type pg from 'pg'
import { createAdjustmentStore } from '../adjustments/adjustment-store.ts'
import { createAdjustments } from '../adjustments/adjustments.ts'
import { newId } from '../id.ts'
import { closePeriod, sumClosedPeriods } from '../journal/close-period.ts'
import type { KeyedPosting } from '../journal/command.ts'
import type { Journal } from '../journal/journal.ts'
import { createEventTypes } from '../rules/event-catalogue.ts'
import { createCheckContexts, createRuleChecks } from '../rules/rule-checks.ts'
import { createRuleStore } from '../rules/rule-store.ts'
import { createTestCases } from '../rules/test-cases.ts'
import { Maturity } from '../worker/maturity.ts'
import { creditOf, debitOf, openJournal, posting } from './journal.ts'
import { openSealer } from './log.ts'
import { postedId, submit } from './proved-database.ts'

const dayMs = 86_400_000
const beginMs = Date.UTC(2027, 0, 1)

/** A posting that any database of these tests can be sent again, for the same answer. */
export const remembered = {
  posted: withTarget(posting(creditOf('alice', 500n), 'remembered-posted')),
  refused: withTarget(posting(debitOf('nobody', 500n), 'remembered-refused')),
}

/** Every field that is random in another run is fixed by the key, so that it is the same request. */
function withTarget(keyed: KeyedPosting): KeyedPosting {
  return { ...keyed, fingerprint: createHash('sha256').update(keyed.key).digest('hex') }
}

/**
 * A ledger with entries of every flow and rows in every table that an export has, written by the real
 * journal and sealed under several heads. The balance of the user `held` can be put in quarantine.
 */
export async function writeFullLedger(database: {
  readonly connectionString: string
  readonly pool: pg.Pool
}): Promise<void> {
  const { pool } = database
  let nowMs = beginMs
  const clock = { now: () => new Date(nowMs) }
  const journal = await openJournal(database, { clock })
  const sealer = openSealer(pool)
  const at = (day: number) => new Date(beginMs + day * dayMs).toISOString()
  try {
    await postSpending(journal, at)
    await sealer.sealNow()
    await postEvents(journal, pool, clock)
    await sealer.sealNow()
    await adjust(journal, pool, clock)
    nowMs += 40 * dayMs
    const maturity = new Maturity({ pool, journal, clock, newId })
    while (await maturity.run());
    await closePeriod(pool, { until: at(5), closedAt: at(40), actor: 'key:test' })
    await sumClosedPeriods(pool, at(40))
    await postedId(journal, posting(creditOf('held', 7n)))
    await sealer.sealNow()
  } finally {
    await journal.close()
  }
}

async function postSpending(journal: Journal, at: (day: number) => string): Promise<void> {
  await submit(journal, remembered.posted)
  await submit(journal, remembered.refused)
  const reverse = (targetEntryId: string, shortfall: 'refuse' | 'debt' = 'refuse') =>
    posting({ kind: 'reverse', targetEntryId, reason: 'refund “für” 雪 \\ "quotes"', shortfall })
  const spent = await postedId(journal, posting(creditOf('ann', 100n)))
  await postedId(journal, posting(debitOf('ann', 80n)))
  await postedId(journal, reverse(spent, 'debt'))
  await postedId(journal, posting(creditOf('ann', 50n)))
  const pending = await postedId(journal, posting(creditOf('bea', 60n, true)))
  await postedId(journal, reverse(pending))
  const confirmed = await postedId(journal, posting(creditOf('bea', 40n, true)))
  await postedId(journal, posting({ kind: 'confirm', targetEntryId: confirmed }))
  const debited = await postedId(journal, posting(debitOf('bea', 15n)))
  await postedId(journal, reverse(debited))
  // Of these, one matures, one lapses, one expires in part, and one is not due yet.
  await postedId(journal, posting({ ...creditOf('cleo', 30n, true), availableAt: at(10) }))
  await postedId(journal, posting({ ...creditOf('cleo', 20n, true), expiresAt: at(10) }))
  await postedId(journal, posting({ ...creditOf('cleo', 25n), expiresAt: at(20) }))
  await postedId(journal, posting({ ...creditOf('cleo', 90n), expiresAt: at(400) }))
  await postedId(journal, posting(debitOf('cleo', 5n)))
  await postedId(journal, posting({ ...creditOf('dan', 9n), effectiveAt: at(-30) }))
}

const author = { by: 'key:author', ownerId: programDefault }

async function postEvents(
  journal: Journal,
  pool: pg.Pool,
  clock: { now: () => Date },
): Promise<void> {
  const defaultCurrency = 'USD'
  const spoken = { defaultCurrency, timezone: 'UTC' }
  const readContext = createCheckContexts({ clock, ...spoken })
  const check = createRuleChecks({ ...spoken, readContext })
  const rules = createRuleStore({ pool, clock, ...spoken, check })
  await rules.seedExamples(author)
  await rules.create({ name: 'Held and counted', rule_json: heldAndCounted }, author)
  await pool.query(
    `insert into event_types (type, json_schema, created_at, updated_at, updated_by)
     values ('purchase.completed', '{"type":"object"}', $1, $1, 'key:test')`,
    [clock.now()],
  )
  await pool.query(
    `insert into rule_test_cases
       (rule_id, id, test_case, created_at, created_by, updated_at, updated_by)
     select rule_id, $1, '{"name":"pays"}', $2, 'key:test', $2, 'key:test'
     from example_rules where position = 0`,
    [newId(), clock.now()],
  )
  const [rule] = await rules.list({ activeOnly: true })
  await createEventTypes({ pool, clock }).put(
    'purchase.completed',
    { schema: { type: 'object' } },
    author.by,
  )
  await createTestCases({ pool, clock, readContext, ...spoken }).add(
    { ruleId: rule?.id ?? '', actor: author },
    [
      {
        name: 'Nothing',
        event: { type: 'purchase.completed', occurred_at: clock.now().toISOString(), data: {} },
        history: [],
        limits: [],
        expects: { outcome: 'unknown' },
      },
    ],
  )
  for (const [index, amountCents] of [150_000, 5, 200_000].entries()) {
    await journal.submit(
      {
        kind: 'event',
        id: newId(),
        ruleId: index === 2 ? (rule?.id ?? null) : null,
        event: {
          source: 'shop',
          id: `order/${index} “é”`,
          type: 'purchase.completed',
          userId: 'buyer',
          occurredAt: clock.now().toISOString(),
          data: {
            referrer_id: 'alice',
            referred_id: `friend “${index}”`,
            purchase: { is_first: true, amount_cents: amountCents },
            referrer: { is_paid_user: true },
            referred: { subscription_status: 'active' },
          },
          fingerprint: createHash('sha256').update(String(index)).digest('hex'),
        },
      },
      500,
    )
  }
}

/** A rule that leaves rows in everything that is kept for rules. */
const heldAndCounted = {
  conditions: [
    { distinct: { event: 'any', for: 'referrer', of: 'referred_id' }, operator: '>', value: 0 },
    { sum: { event: 'any', for: 'user', of: 'purchase.amount_cents' }, operator: '>', value: 0 },
  ],
  actions: [{ type: 'credit', user: 'referrer_id', amount_cents: 7, hold: { until: 'delivered' } }],
  limits: [{ per: 'user', max_count: 2 }],
}

async function adjust(journal: Journal, pool: pg.Pool, clock: { now: () => Date }): Promise<void> {
  const adjustments = createAdjustments({
    store: createAdjustmentStore({ pool }),
    journal,
    clock,
    newId,
    defaultCurrency: 'USD',
    threshold: { otherwiseCents: 100, centsByCurrency: {} },
    lapseMs: 30 * dayMs,
  })
  const propose = (direction: 'credit' | 'debit', amountCents: number, userId = 'eve') =>
    adjustments.propose({
      body: { user_id: userId, direction, amount_cents: amountCents, reason: 'A correction' },
      principal: { keyId: 'clerk', ownerId: programDefault, scopes: new Set() },
      key: randomUUID(),
      fingerprint: '07'.repeat(32),
      fieldDigests: '',
    })
  const { adjustment } = await propose('credit', 101)
  await adjustments.decide({
    id: adjustment.id,
    decision: 'approve',
    principal: { keyId: 'controller', ownerId: 'controller', scopes: new Set() },
    reason: null,
  })
  await propose('debit', 11)
  await propose('debit', 99, 'nobody')
  await propose('credit', 5_000)
}
