import { randomInt, randomUUID } from 'node:crypto'
import pg from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Fleet, startFleet } from './harness/fleet.ts'
import { expectProofOfZero } from './harness/proof-of-zero.ts'
import { type LimitedRule, limitFaults, type Payment } from './storm/limit-books.ts'

const processes = 4
const clients = 24
const events = Number(process.env['LIMIT_STORM_EVENTS'] ?? 600)
const dayMs = 86_400_000
const beginMs = Date.parse('2027-03-01T00:00:00Z')
const timeoutMs = 600_000

/** One rule for each; all of them are asked about each event of a type. */
const limits: readonly LimitedRule['limit'][] = [
  { per: 'user', within: 'day', max_count: 3 },
  { per: 'user', within: 'P7D', max_amount_cents: 1_050 },
  { per: 'pair', within: 'lifetime', max_count: 2 },
  { per: 'pair', within: 'month', max_count: 1 },
  { per: 'rule', within: 'week', max_count: 25 },
  { per: 'rule', within: 'lifetime', max_amount_cents: 4_030 },
  { per: 'rule', within: 'PT24H', max_count: 9 },
  { per: 'action', within: 'month', max_count: 40 },
]
/** What counts for the whole program is asked in years of its own: the other rules have no part in them. */
const programLimits: readonly LimitedRule['limit'][] = [
  { per: 'program', within: 'day', max_amount_cents: 450 },
  { per: 'program', within: 'day', max_amount_cents: 450 },
]
const programYearsMs = 730 * dayMs

let fleet: Fleet
let pool: pg.Pool

beforeAll(async () => {
  fleet = await startFleet(processes)
  pool = new pg.Pool({ connectionString: fleet.databaseUrl })
})
afterAll(async () => {
  await pool.end()
  await fleet.stop()
})

function randomEvent(): object {
  const isOfProgram = randomInt(4) === 0
  const fromMs = beginMs + (isOfProgram ? programYearsMs : 0)
  return {
    id: randomUUID(),
    type: isOfProgram ? 'program-storm' : 'storm',
    occurred_at: new Date(fromMs + randomInt(40 * dayMs)).toISOString(),
    data: { referrer_id: `user-${randomInt(6)}`, referred_id: `friend-${randomInt(5)}` },
  }
}

/** Sends the event until one of the processes has answered; those that were killed never do. */
async function send(event: object): Promise<void> {
  for (let turn = randomInt(processes); ; turn++) {
    const answer = await fleet
      .api(turn)
      .post('/api/v1/events', event, null)
      .catch(() => undefined)
    if (answer && answer.status < 300) return
  }
}

async function storm(): Promise<void> {
  let sent = 0
  const kills = new Map([
    [Math.floor(events / 3), 3],
    [Math.floor((2 * events) / 3), 2],
  ])
  const client = async () => {
    while (sent < events) {
      const killed = kills.get(sent++)
      if (killed !== undefined) await fleet.services[killed]?.kill()
      const event = randomEvent()
      // Some come twice at once, in general to different processes.
      await Promise.all([send(event), ...(randomInt(3) === 0 ? [send(event)] : [])])
    }
  }
  await Promise.all(Array.from({ length: clients }, client))
}

interface PaymentRow {
  readonly rule_id: string
  readonly event_id: string
  readonly occurred_at: Date
  readonly referrer: string
  readonly referred: string
  readonly success: boolean
  readonly amount_cents: number
  readonly code: string | null
  readonly is_clipped: boolean
}

async function readPayments(): Promise<Payment[]> {
  const { rows } = await pool.query<PaymentRow>(
    `select r ->> 'rule_id' as rule_id, d.event_id, e.occurred_at,
       e.data ->> 'referrer_id' as referrer, e.data ->> 'referred_id' as referred,
       (a -> 'success')::boolean as success, (a -> 'amount_cents')::integer as amount_cents,
       a -> 'problem' ->> 'code' as code, a ? 'notes' as is_clipped
     from decisions d
     join events e on e.source = d.source and e.id = d.event_id
     cross join jsonb_array_elements(d.results) r
     cross join jsonb_array_elements(r -> 'actions_executed') a`,
  )
  return rows.map((row) => ({
    ruleId: row.rule_id,
    eventId: row.event_id,
    atMs: row.occurred_at.getTime(),
    referrer: row.referrer,
    referred: row.referred,
    paidCents: row.success ? row.amount_cents : 0,
    isShort: row.code === 'limit_reached' || row.is_clipped,
  }))
}

// Without it two processes could each find the last room of a limit, or a crash could lose or double
// what a limit has used: too much is paid then, or nothing though there is room.
it(
  `never pays more than ${limits.length + programLimits.length} limits of every scope allow, and refuses only what they do, from ${processes} processes that are killed in between`,
  async () => {
    const rules: LimitedRule[] = []
    for (const limit of [...limits, ...programLimits]) {
      const { body, status } = await fleet.api(0).post('/api/v1/rules', {
        name: `${limit.per} ${limit.within}`,
        rule_json: {
          on: [limit.per === 'program' ? 'program-storm' : 'storm'],
          always: true,
          actions: [{ type: 'credit', user: 'referrer_id', amount_cents: 100 }],
          limits: [limit],
        },
      })
      expect([status, body.status]).toEqual([201, 'published'])
      rules.push({ id: body.id, limit })
    }
    await storm()
    const { rows } = await pool.query<{ events: bigint; decisions: bigint }>(
      `select (select count(*) from events) as events, (select count(*) from decisions) as decisions`,
    )
    expect(rows.map((row) => [Number(row.events), Number(row.decisions)])).toEqual([
      [events, events],
    ])
    const payments = await readPayments()
    expect(limitFaults(rules, payments).slice(0, 20)).toEqual([])
    // Every limit was reached, so that each has been put to the test.
    for (const { id, limit } of rules)
      expect([limit, payments.some((one) => one.ruleId === id && one.isShort)]).toEqual([
        limit,
        true,
      ])
    const paid = payments.reduce((sum, { paidCents }) => sum + paidCents, 0)
    const booked = await pool.query<{ sum: string }>(
      `select sum(amount_cents)::text as sum from ledger_entries where entry_type = 'credit'`,
    )
    expect(booked.rows).toEqual([{ sum: String(paid) }])
    // The proof counts all events again, and compares that with the counters.
    await expectProofOfZero(fleet.api(0))
  },
  timeoutMs,
)
