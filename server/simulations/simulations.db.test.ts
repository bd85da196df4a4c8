import { simulationsUnderWayMax } from '@pineos/contract/simulations.ts'
import { describe, expect, it } from 'vitest'
import { failureOf } from '../rules/rules.fixture.ts'
import {
  drain,
  publish,
  ruleOn,
  type SimulatedService,
  useSimulations,
} from './simulations.fixture.ts'

let service: SimulatedService
useSimulations((simulated) => {
  service = simulated
})

/** Events of a type of their own, so that the tests of this file are none of each other's business. */
async function happened(type: string, users: readonly string[]) {
  await service.send(
    users.map((user_id, index) => ({ id: `${type}-${index}`, type, data: { user_id } })),
  )
}

const asked = (request: Parameters<SimulatedService['simulations']['create']>[0]) =>
  service.simulations.create(request, 'key:ann')

async function cancelAll() {
  const { simulations } = service
  for (const { id, finished_at } of await simulations.list())
    if (finished_at === null) await simulations.cancel(id)
}

describe('a simulation', () => {
  it('says what a new rule would have paid beside those in force, and pays nothing', async () => {
    const from = service.clock.now().toISOString()
    await publish(service, ruleOn('new', 100))
    await happened('new', ['ann', 'ben', 'ann'])
    const { id } = await asked({ rule_json: ruleOn('new', 30), from })
    await drain(service.newRunner())
    expect(await service.simulations.get(id)).toMatchObject({
      status: 'done',
      progress: { events_done: 3, events_total: 3 },
      history_from: null,
      problem: null,
      result: {
        events: 3,
        live: { matches: 3, rewards: 3, cost: { USD: 300 } },
        draft: { matches: 6, rewards: 6, cost: { USD: 390 } },
        difference: { USD: 90 },
        events_changed: 3,
        top_beneficiaries: [
          { user_id: 'ann', currency: 'USD', amount_cents: 260 },
          { user_id: 'ben', currency: 'USD', amount_cents: 130 },
        ],
      },
    })
    const { rows } = await service.pool.query(
      `select coalesce(sum(amount_cents), 0)::integer as cents from ledger_entries
       where recorded_at >= $1::timestamptz`,
      [from],
    )
    expect(rows).toEqual([{ cents: 300 }])
  })

  it('puts a draft in the place of the rule that it would replace', async () => {
    const from = service.clock.now().toISOString()
    const rule_id = await publish(service, ruleOn('replaced', 100))
    await happened('replaced', ['ann'])
    const { id } = await asked({ rule_id, rule_json: ruleOn('replaced', 130), from })
    await drain(service.newRunner())
    const { result } = await service.simulations.get(id)
    expect(result).toMatchObject({ difference: { USD: 30 } })
    expect(result?.examples).toMatchObject([
      {
        event_id: 'replaced-0',
        live: [{ rule_id, amount_cents: 100 }],
        draft: [{ rule_id, amount_cents: 130 }],
      },
    ])
  })

  // A shadow pays nothing: without this nobody could ask what it would cost to let it go live.
  it('tries a shadow as if it were live', async () => {
    const from = service.clock.now().toISOString()
    await happened('shadow', ['ann'])
    const { id } = await asked({ rule_json: ruleOn('shadow', 5, { mode: 'shadow' }), from })
    await drain(service.newRunner())
    expect((await service.simulations.get(id)).result).toMatchObject({ difference: { USD: 5 } })
  })

  it('knows what happened before the time that it tells of', async () => {
    const once = ruleOn('before', 100, { limits: [{ per: 'user', max_count: 1 }] })
    await happened('before', ['ann'])
    service.clock.nowMs += 1
    const from = service.clock.now().toISOString()
    await service.send(
      ['ann', 'ben'].map((user_id) => ({
        id: `late-${user_id}`,
        type: 'before',
        data: { user_id },
      })),
    )
    const whole = await asked({ rule_json: once, from })
    await drain(service.newRunner())
    expect(await service.simulations.get(whole.id)).toMatchObject({
      history_from: null,
      result: { events: 2, draft: { rewards: 1, cost: { USD: 100 } } },
    })
    const cut = await asked({ rule_json: once, from })
    await drain(service.newRunner({ warmUpMax: 1 }))
    const { history_from } = await service.simulations.get(cut.id)
    expect(history_from).not.toBeNull()
  })

  it('takes the last events that had come in when it was asked for', async () => {
    await happened('last', ['ann', 'ben', 'eve'])
    const { id } = await asked({ rule_json: ruleOn('last', 1), last: 2 })
    service.clock.nowMs += 60_000
    await happened('later', ['ann'])
    await drain(service.newRunner())
    const { result, progress } = await service.simulations.get(id)
    expect(result).toMatchObject({ events: 2, difference: { USD: 2 } })
    expect(progress.events_total).toBeGreaterThanOrEqual(2)
  })

  it('of no events finds nothing', async () => {
    const { id } = await asked({ rule_json: ruleOn('none', 1), to: '2020-01-01T00:00:00Z' })
    await drain(service.newRunner())
    const { status, result } = await service.simulations.get(id)
    expect({ status, result }).toMatchObject({ status: 'done', result: { events: 0 } })
  })
})

describe('a process that runs a simulation', () => {
  const begun = async (type: string, runner = service.newRunner({ pageEventsMax: 2 })) => {
    const from = service.clock.now().toISOString()
    await happened(type, ['ann', 'ben', 'eve', 'joe', 'kim'])
    const { id } = await asked({ rule_json: ruleOn(type, 1), from })
    // Claims it, reads a page, goes through it.
    for (let step = 0; step < 3; step++) await runner.run()
    expect((await service.simulations.get(id)).status).toBe('running')
    return { id, runner }
  }

  it('is followed by another where it has fallen silent, and is not heard any more', async () => {
    const { id, runner } = await begun('crash')
    const other = service.newRunner({ pageEventsMax: 2 })
    expect(await other.run()).toBe(false)
    service.clock.nowMs += 16_000
    await other.run()
    await drain(runner)
    expect((await service.simulations.get(id)).status).toBe('running')
    await drain(other)
    expect(await service.simulations.get(id)).toMatchObject({
      status: 'done',
      result: { events: 5, difference: { USD: 5 } },
    })
  })

  it('is followed three times at the most', async () => {
    const { id } = await begun('crashes')
    for (let attempt = 2; attempt <= 3; attempt++) {
      service.clock.nowMs += 16_000
      await service.newRunner({ pageEventsMax: 2 }).run()
      expect((await service.simulations.get(id)).status).toBe('running')
    }
    service.clock.nowMs += 16_000
    expect(await service.newRunner().run()).toBe(false)
    expect(await service.simulations.get(id)).toMatchObject({
      status: 'failed',
      problem: { code: 'attempts_exceeded' },
    })
  })

  it('gives it back when it stops, as often as it likes', async () => {
    const { id, runner } = await begun('stop')
    await runner.release()
    for (let stop = 0; stop < 4; stop++) {
      const next = service.newRunner()
      await next.run()
      await next.release()
    }
    expect((await service.simulations.get(id)).status).toBe('queued')
    await drain(service.newRunner())
    expect(await service.simulations.get(id)).toMatchObject({ result: { events: 5 } })
  })

  it('ends it where it was cancelled', async () => {
    const { id, runner } = await begun('cancel')
    expect((await service.simulations.cancel(id)).status).toBe('cancelled')
    await runner.run()
    // It has let go of it: what it asks for next is something else.
    expect(await runner.run()).toBe(false)
    expect(await service.simulations.cancel(id)).toMatchObject({
      status: 'cancelled',
      result: null,
    })
  })

  it('never takes what another has taken', async () => {
    await begun('shared')
    const runners = [1, 2, 3].map(() => service.newRunner())
    for (let each = 0; each < 2; each++) await asked({ rule_json: ruleOn('shared', 1), last: 1 })
    const taken = await Promise.all(runners.map((runner) => runner.run()))
    expect(taken.filter((one) => one)).toHaveLength(2)
    await Promise.all(runners.map(drain))
    await cancelAll()
  })

  it('fails it where it asks for more than one may', async () => {
    const from = service.clock.now().toISOString()
    await happened('bounds', ['ann', 'ben', 'eve'])
    const limited = ruleOn('bounds', 1, { limits: [{ per: 'user', max_count: 9 }] })
    const large = await asked({ rule_json: limited, from })
    await drain(service.newRunner({ eventsMax: 2 }))
    expect(await service.simulations.get(large.id)).toMatchObject({
      status: 'failed',
      problem: { code: 'range_too_large' },
    })
    const wide = await asked({ rule_json: limited, from })
    await drain(service.newRunner({ keptMax: 2 }))
    expect(await service.simulations.get(wide.id)).toMatchObject({
      status: 'failed',
      problem: { code: 'memory_exceeded' },
    })
  })
})

describe('simulations of a database', () => {
  // Each may take a minute of a processor: without a bound anybody could occupy every process.
  it('are under way up to a number, also where they are asked for at once', async () => {
    await cancelAll()
    const request = { rule_json: ruleOn('many', 1), last: 1 }
    const answers = await Promise.allSettled(
      Array.from({ length: simulationsUnderWayMax + 3 }, () => asked(request)),
    )
    const refused = answers.filter(({ status }) => status === 'rejected')
    expect(refused).toHaveLength(3)
    expect((await failureOf(asked(request))).code).toBe('simulations_exceeded')
    await drain(service.newRunner())
    expect((await asked(request)).status).toBe('queued')
    await cancelAll()
  })

  it('are not cancelled once they have ended', async () => {
    const { id } = await asked({ rule_json: ruleOn('ended', 1), last: 1 })
    await drain(service.newRunner())
    expect((await failureOf(service.simulations.cancel(id))).code).toBe('simulation_finished')
  })
})
