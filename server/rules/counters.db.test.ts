import { expect, it } from 'vitest'
import { newId } from '../id.ts'
import { creditOf, openJournal, posting } from '../testing/journal.ts'
import { type ProvedDatabase, postedId, useProvedDatabase } from '../testing/proved-database.ts'
import { runBackfill } from './backfill-run.ts'
import { createBudgets } from './budgets.ts'
import { paidBy, resultOf, send } from './counted-events.fixture.ts'
import { checkCounters } from './counters-check.ts'
import { createDryRun } from './dry-run.ts'
import { inlineEventsMax } from './metric-registry.ts'
import { createRuleBook } from './rule-book.ts'
import { assertTimezone } from './rule-metrics.ts'
import { ann, createLife, type Life } from './rules.fixture.ts'

let proved: ProvedDatabase
useProvedDatabase((database) => {
  proved = database
})

const clock = { now: () => new Date('2027-01-31T12:00:00.000Z') }
const life = (): Life => createLife(proved.owner, { clock })
const credit = { type: 'credit', user: 'referrer_id', amount_cents: 100 }
const on = (type: string, more: object) => ({ on: [type], actions: [credit], ...more })

async function publish(json: object): Promise<string> {
  const { rule } = await life().store.create({ name: 'r', rule_json: { ...json } }, ann)
  return rule.id
}

const pair = (referrer: string, referred: string) => ({
  referrer_id: referrer,
  referred_id: referred,
})

it('pays at the third referral and not before, whichever process judges it', async () => {
  const journals = [await proved.newJournal(), await proved.newJournal()] as const
  const third = [{ count: { referral: 'started', for: 'referrer' }, operator: '==', value: 3 }]
  const rule = await publish(on('third', { conditions: third }))
  const paid: number[] = []
  for (const [index, friend] of ['f1', 'f1', 'f2', 'f3', 'f4'].entries()) {
    const journal = journals[index % 2 === 0 ? 0 : 1]
    const decision = await send(journal, {
      id: `t${index}`,
      type: 'third',
      data: pair('ann', friend),
    })
    paid.push(paidBy(decision, rule))
  }
  expect(paid).toEqual([0, 0, 0, 100, 0])
})

it('counts what was stored before the rule was published', async () => {
  const journal = await proved.newJournal()
  for (const index of [1, 2])
    await send(journal, { id: `b${index}`, type: 'before', data: pair('bea', `g${index}`) })
  const counts = [{ count: { event: 'before', for: 'referrer' }, operator: '==', value: 3 }]
  const rule = await publish(on('before', { conditions: counts }))
  const decision = await send(journal, { id: 'b3', type: 'before', data: pair('bea', 'g3') })
  expect(paidBy(decision, rule)).toBe(100)
})

it('holds a new version of a limit to what the versions before have paid', async () => {
  const journal = await proved.newJournal()
  const { rule } = await life().store.create(
    { name: 'r', rule_json: on('limits', { always: true }) },
    ann,
  )
  for (const index of [1, 2]) {
    const data = pair('cid', `h${index}`)
    await send(journal, { id: `l${index}`, type: 'limits', data })
  }
  const limited = on('limits', {
    always: true,
    limits: [{ per: 'user', max_count: 3, within: 'month' }],
  })
  await life().versions.draft({ ruleId: rule.id, actor: ann }, limited)
  await life().moves.publish({ ruleId: rule.id, actor: ann }, {})
  const paid: number[] = []
  for (const index of [3, 4]) {
    const data = pair('cid', `h${index}`)
    paid.push(paidBy(await send(journal, { id: `l${index}`, type: 'limits', data }), rule.id))
  }
  // The month after has room of its own.
  const later = {
    id: 'l5',
    type: 'limits',
    at: '2027-02-01T00:00:00.000Z',
    data: pair('cid', 'h5'),
  }
  paid.push(paidBy(await send(journal, later), rule.id))
  expect(paid).toEqual([100, 0, 100])
})

it('judges dry by what was counted, and counts nothing', async () => {
  const journal = await proved.newJournal()
  const counts = [{ count: { event: 'dry', for: 'referrer' }, operator: '==', value: 2 }]
  const rule = await publish(on('dry', { conditions: counts }))
  await send(journal, { id: 'd1', type: 'dry', data: pair('eve', 'j1') })
  const ruleBook = createRuleBook({ pool: proved.owner, defaultCurrency: 'USD', timezone: 'UTC' })
  const judgeDry = createDryRun({ pool: proved.owner, ruleBook })
  const event = {
    source: 'shop',
    id: 'd2',
    type: 'dry',
    userId: null,
    occurredAt: clock.now().toISOString(),
    data: pair('eve', 'j2'),
    fingerprint: '00'.repeat(32),
  }
  for (let turn = 0; turn < 2; turn++) {
    const judgement = await judgeDry(event, rule)
    expect(judgement?.results.map(({ outcome }) => outcome)).toEqual(['true'])
  }
  expect(await judgeDry(event, newId())).toBeNull()
})

it('pauses a rule once its budget is spent, and pays no more than that in between', async () => {
  const journal = await proved.newJournal()
  const limits = [{ per: 'rule', max_amount_cents: 250, when_spent: 'pause' }]
  const rule = await publish(on('budget', { always: true, limits }))
  const ruleBook = createRuleBook({ pool: proved.owner, defaultCurrency: 'USD', timezone: 'UTC' })
  const { moves, store } = life()
  const { pauseSpent } = createBudgets({ pool: proved.owner, ruleBook, moves })
  const sent = await Promise.all(
    [1, 2].map((index) =>
      send(journal, { id: `p${index}`, type: 'budget', data: pair('fay', `k${index}`) }),
    ),
  )
  expect(sent.map((decision) => paidBy(decision, rule))).toEqual([100, 100])
  await pauseSpent()
  expect((await store.get(rule)).status).toBe('published')
  const last = await send(journal, { id: 'p3', type: 'budget', data: pair('fay', 'k3') })
  const none = await send(journal, { id: 'p4', type: 'budget', data: pair('fay', 'k4') })
  expect([paidBy(last, rule), paidBy(none, rule)]).toEqual([50, 0])
  expect(resultOf(none, rule).actions_executed[0]?.problem?.code).toBe('limit_reached')
  await pauseSpent()
  await pauseSpent()
  expect(await store.get(rule)).toMatchObject({
    status: 'paused',
    reason: 'The budget is spent: 250 of 250 in USD.',
  })
})

it('confirms a reward by the event that it has waited for, in another process as well', async () => {
  const [first, second] = [await proved.newJournal(), await proved.newJournal()]
  const held = { ...credit, hold: { until: 'arrived' } }
  await publish(on('held', { always: true, actions: [held] }))
  await send(first, { id: 'h1', type: 'held', data: pair('gil', 'l1') })
  const other = await send(second, { id: 'a1', type: 'arrived', data: { referred_id: 'l2' } })
  const arrived = await send(second, { id: 'a2', type: 'arrived', data: { referred_id: 'l1' } })
  const again = await send(first, { id: 'a3', type: 'arrived', data: { referred_id: 'l1' } })
  expect([other.confirmations, again.confirmations]).toEqual([undefined, undefined])
  expect(arrived.confirmations).toMatchObject([{ user_id: 'gil', amount_cents: 100 }])
  const { rows } = await proved.owner.query('select from event_holds')
  expect(rows).toEqual([])
})

it('keeps what was read of counters with the decision', async () => {
  const journal = await proved.newJournal()
  const limits = [{ per: 'user', max_count: 5, within: 'day' }]
  await publish(on('history', { always: true, limits }))
  for (const index of [1, 2])
    await send(journal, { id: `y${index}`, type: 'history', data: pair('hal', `m${index}`) })
  const { rows } = await proved.owner.query<{ history: { count: number; owner: string }[] }>(
    `select history from decisions where event_id in ('y1', 'y2') order by event_id`,
  )
  const counted = rows.map(
    ({ history }) => history.find(({ owner }) => owner === 'count:hal')?.count,
  )
  expect(counted).toEqual([0, 1])
})

// A counter that is wrong pays or refuses what it should not, and nobody would see why.
it('finds a counter that the events do not make, one that is missing, and one of nothing', async () => {
  const journal = await proved.newJournal()
  await publish(on('found', { always: true, limits: [{ per: 'user', max_count: 9 }] }))
  for (const index of [1, 2])
    await send(journal, { id: `f${index}`, type: 'found', data: pair(`jo${index}`, 'n') })
  const client = await proved.owner.connect()
  try {
    await client.query('begin')
    await client.query(`update rule_counters set count = 9 where owner = 'count:jo1'`)
    await client.query(`delete from rule_counters where owner = 'count:jo2'`)
    await client.query(
      `insert into rule_counters (owner, metric, bucket, count, sum)
       select 'count:nobody', metric, bucket, 1, 0 from rule_counters where owner = 'count:jo1'`,
    )
    const { ok, faults } = await checkCounters(client)
    expect(ok).toBe(false)
    expect(faults.map(({ detail }) => detail).sort()).toEqual([
      expect.stringMatching(/count:jo1 is 9 0 null null; the events make it 1 0 null null$/),
      expect.stringMatching(/count:jo2 is not there; the events make it 1 0 null null$/),
      expect.stringMatching(/count:nobody is 1 0 null null; the events make it not there$/),
    ])
  } finally {
    await client.query('rollback')
    client.release()
  }
})

// The buckets of two time zones in one counter would be neither the one's days nor the other's.
it('goes on by no other time zone than it has counted by', async () => {
  await publish(on('zone', { always: true, limits: [{ per: 'rule', max_count: 1 }] }))
  await assertTimezone(proved.owner, 'UTC')
  await expect(assertTimezone(proved.owner, 'Asia/Tokyo')).rejects.toThrow(
    'PROGRAM_TIMEZONE is Asia/Tokyo, but rules have counted by the days of UTC',
  )
})

// Postings that no rule judges must not wait for each other because some rule has a limit.
it('posts what is no event beside other writers though rules use counters', async () => {
  await publish(on('limits', { always: true, limits: [{ per: 'rule', max_count: 1 }] }))
  const { connectionString } = proved.database
  const journal = await openJournal({ connectionString, pool: proved.owner })
  const client = await proved.owner.connect()
  try {
    await client.query('begin')
    await client.query('select pg_advisory_xact_lock_shared(30212, 0)')
    await postedId(journal, posting(creditOf('ida', 5n)))
    await client.query('commit')
  } finally {
    client.release()
    await journal.close()
  }
})

// The last of the file: with so many events stored nothing is counted at once any more.
it('publishes beside many events once they are counted, page by page', async () => {
  const journal = await proved.newJournal()
  const events = inlineEventsMax + 20
  await Promise.all(
    Array.from({ length: events }, (_, index) =>
      send(journal, { id: `m${index}`, type: 'many', data: pair('dan', `i${index % 7}`) }),
    ),
  )
  const friends = [
    { distinct: { event: 'many', for: 'referrer', of: 'referred_id' }, operator: '==', value: 8 },
    { count: { event: 'many', for: 'referrer' }, operator: '==', value: events + 2 },
  ]
  const rule = await publish(on('many', { conditions: friends }))
  const { store, publications } = life()
  expect((await store.get(rule)).status).toBe('draft')
  await publications.run()
  expect((await store.get(rule)).status).toBe('draft')
  // One that comes meanwhile counts once, as it was judged under what is counted already.
  await send(journal, { id: 'meanwhile', type: 'many', data: pair('dan', 'i0') })
  while (await runBackfill({ pool: proved.owner, clock }));
  await publications.run()
  expect((await store.get(rule)).status).toBe('published')
  const decision = await send(journal, { id: 'last', type: 'many', data: pair('dan', 'new') })
  expect(paidBy(decision, rule)).toBe(100)
})
