import {
  type Simulation,
  type SimulationResult,
  simulationsListed,
  simulationsUnderWayMax,
} from '@pineos/contract/simulations.ts'
import type pg from 'pg'
import { inTransaction } from '../database/transaction.ts'
import { Failure } from '../failure.ts'

/** Simulations that have ended of which the result is kept. */
const endedKeptMax = 1_000
/** A run whose process has not been heard of for so long is taken over. */
const silenceMsMax = 15_000
/** How often a run is begun, the first time included. */
export const attemptsMax = 3

/** The rule as it was when the simulation was asked for. */
export interface SimulatedDraft {
  /** Of the rule that it would replace; where it is a new one, that of the simulation. */
  readonly id: string
  readonly name: string | null
  readonly version: number | null
  readonly ruleJson: Readonly<Record<string, unknown>>
}

export interface SimulatedRange {
  /** So many of the last events; null where times are given. */
  readonly last: number | null
  readonly from: Date | null
  readonly to: Date | null
  readonly askedAt: Date
}

/** What was asked, as it is kept. */
export type AskedSimulation = Simulation['asked'] & { readonly rule_name: string | null }

export interface NewSimulation {
  readonly id: string
  readonly asked: AskedSimulation
  readonly createdAt: Date
  readonly createdBy: string
}

/** One attempt to run a simulation: what it writes counts as long as nobody else has begun another. */
export interface Attempt {
  readonly id: string
  readonly runnerId: string
}

export interface ClaimedSimulation extends Attempt {
  readonly draft: SimulatedDraft
  readonly range: SimulatedRange
}

export interface Progress {
  readonly eventsDone: number
  readonly eventsTotal: number
  readonly historyFrom: Date | null
  readonly at: Date
}

/** How an attempt ends. */
export type Ending =
  | { readonly status: 'done'; readonly result: SimulationResult }
  | { readonly status: 'failed'; readonly problem: NonNullable<Simulation['problem']> }

/** The SQL of simulations. */
export interface SimulationStore {
  /** Fails with `simulations_exceeded`. */
  insert(simulation: NewSimulation): Promise<Simulation>
  find(id: string): Promise<Simulation | undefined>
  /** The newest. */
  list(): Promise<Simulation[]>
  /** Undefined where it has ended or is not there. */
  cancel(id: string, at: Date): Promise<Simulation | undefined>
  /** Takes the oldest that waits, or whose process has fallen silent; undefined where there is none. */
  claim(runnerId: string, now: Date): Promise<ClaimedSimulation | undefined>
  /** False where the attempt is over: it was cancelled, or taken over. */
  progress(attempt: Attempt, progress: Progress): Promise<boolean>
  /** False likewise; nothing is kept then. */
  end(attempt: Attempt, ending: Ending, progress: Progress): Promise<boolean>
  /** Gives an attempt back, as if it had never begun. */
  release(attempt: Attempt): Promise<void>
}

const columns = `id, status, asked, created_at, created_by, events_done, events_total, history_from,
  result, problem, finished_at`

interface SimulationRow {
  readonly id: string
  readonly status: Simulation['status']
  readonly asked: AskedSimulation
  readonly created_at: Date
  readonly created_by: string
  readonly events_done: bigint
  readonly events_total: bigint | null
  readonly history_from: Date | null
  readonly result: SimulationResult | null
  readonly problem: Simulation['problem']
  readonly finished_at: Date | null
}

export function createSimulationStore({ pool }: { pool: pg.Pool }): SimulationStore {
  const many = async (sql: string, values: readonly unknown[] = []) => {
    const { rows } = await pool.query<SimulationRow>(sql, [...values])
    return rows.map(toWire)
  }
  const hasChanged = async (sql: string, values: readonly unknown[]) =>
    (await pool.query(sql, [...values])).rowCount === 1

  return {
    insert: (simulation) => insertSimulation(pool, simulation),
    find: async (id) =>
      (await many(`select ${columns} from simulations where id = $1::uuid`, [id]))[0],
    list: () =>
      many(
        `select ${columns} from simulations
         order by created_at desc, id desc limit ${simulationsListed}`,
      ),
    cancel: async (id, at) => {
      const cancelled = await many(
        `update simulations
         set status = 'cancelled', finished_at = $2::timestamptz, runner_id = null, heartbeat_at = null
         where id = $1::uuid and status in ('queued', 'running')
         returning ${columns}`,
        [id, at],
      )
      return cancelled[0]
    },
    claim: async (runnerId, now) => {
      await giveUpSilent(pool, now)
      return claimOne(pool, runnerId, now)
    },
    progress: ({ id, runnerId }, { eventsDone, eventsTotal, historyFrom, at }) =>
      hasChanged(
        `update simulations
         set events_done = $3::bigint, events_total = $4::bigint, history_from = $5::timestamptz,
             heartbeat_at = $6::timestamptz
         where id = $1::uuid and runner_id = $2::uuid and status = 'running'`,
        [id, runnerId, eventsDone, eventsTotal, historyFrom, at],
      ),
    end: ({ id, runnerId }, ending, { eventsDone, eventsTotal, historyFrom, at }) =>
      hasChanged(
        `update simulations
         set status = $3::text, result = $4::jsonb, problem = $5::jsonb, events_done = $6::bigint,
             events_total = $7::bigint, history_from = $8::timestamptz,
             finished_at = $9::timestamptz, runner_id = null, heartbeat_at = null
         where id = $1::uuid and runner_id = $2::uuid and status = 'running'`,
        [
          id,
          runnerId,
          ending.status,
          ending.status === 'done' ? JSON.stringify(ending.result) : null,
          ending.status === 'failed' ? JSON.stringify(ending.problem) : null,
          eventsDone,
          eventsTotal,
          historyFrom,
          at,
        ],
      ),
    async release({ id, runnerId }) {
      await pool.query(
        `update simulations
         set status = 'queued', attempts = attempts - 1, runner_id = null, heartbeat_at = null,
             events_done = 0
         where id = $1::uuid and runner_id = $2::uuid and status = 'running'`,
        [id, runnerId],
      )
    },
  }
}

async function insertSimulation(pool: pg.Pool, simulation: NewSimulation): Promise<Simulation> {
  const { id, asked, createdAt, createdBy } = simulation
  return inTransaction(pool, async (client) => {
    // Two that are asked for at once must not both find room for one.
    await client.query('lock table simulations in share row exclusive mode')
    const { rows } = await client.query<{ under_way: bigint }>(
      `select count(*) as under_way from simulations where status in ('queued', 'running')`,
    )
    if (Number(rows[0]?.under_way ?? 0) >= simulationsUnderWayMax)
      throw new Failure(
        'simulations_exceeded',
        `At most ${simulationsUnderWayMax} simulations wait or run at a time.`,
      )
    await client.query(
      `delete from simulations where id in (
         select id from simulations where finished_at is not null
         order by created_at desc, id desc offset ${endedKeptMax - 1}
       )`,
    )
    const inserted = await client.query<SimulationRow>(
      `insert into simulations (id, status, asked, created_at, created_by)
       values ($1::uuid, 'queued', $2::jsonb, $3::timestamptz, $4::text)
       returning ${columns}`,
      [id, JSON.stringify(asked), createdAt, createdBy],
    )
    if (!inserted.rows[0]) throw new Error('nothing was inserted')
    return toWire(inserted.rows[0])
  })
}

/** Ends those whose processes have fallen silent often enough: whatever it is, it is likely theirs. */
async function giveUpSilent(pool: pg.Pool, now: Date): Promise<void> {
  const problem = {
    code: 'attempts_exceeded',
    detail: `${attemptsMax} times its process has ended while it ran.`,
  }
  await pool.query(
    `update simulations
     set status = 'failed', problem = $2::jsonb, finished_at = $1::timestamptz, runner_id = null,
         heartbeat_at = null
     where status = 'running' and heartbeat_at < $3::timestamptz and attempts >= $4::integer`,
    [now, JSON.stringify(problem), new Date(now.getTime() - silenceMsMax), attemptsMax],
  )
}

async function claimOne(
  pool: pg.Pool,
  runnerId: string,
  now: Date,
): Promise<ClaimedSimulation | undefined> {
  // Who finds one locked passes by: another process is taking it.
  const { rows } = await pool.query<SimulationRow>(
    `update simulations
     set status = 'running', runner_id = $1::uuid, heartbeat_at = $2::timestamptz,
         attempts = attempts + 1, events_done = 0, events_total = null
     where id = (
       select id from simulations
       where status = 'queued' or (status = 'running' and heartbeat_at < $3::timestamptz)
       order by created_at, id limit 1
       for update skip locked
     )
     returning ${columns}`,
    [runnerId, now, new Date(now.getTime() - silenceMsMax)],
  )
  const row = rows[0]
  if (!row) return undefined
  const { id, asked, created_at: askedAt } = row
  const { rule_id, rule_name: name, version, rule_json: ruleJson, last, from, to } = asked
  return {
    id,
    runnerId,
    draft: { id: rule_id ?? id, name, version, ruleJson },
    range: { last, from: dateOf(from), to: dateOf(to), askedAt },
  }
}

const dateOf = (text: string | null) => (text === null ? null : new Date(text))

function toWire(row: SimulationRow): Simulation {
  const { rule_name: _, ...asked } = row.asked
  return {
    id: row.id,
    status: row.status,
    progress: {
      events_done: Number(row.events_done),
      events_total: row.events_total === null ? null : Number(row.events_total),
    },
    asked,
    history_from: row.history_from?.toISOString() ?? null,
    result: row.result,
    problem: row.problem,
    created_at: row.created_at.toISOString(),
    created_by: row.created_by,
    finished_at: row.finished_at?.toISOString() ?? null,
  }
}
