import { describe, expect, it } from 'vitest'
import { hourRangesMax, priorityMax } from './limits.ts'
import { faultsOf, parsed, rule } from './parsing.fixture.ts'

const faultsOfSchedule = (schedule: unknown) =>
  faultsOf(rule({ schedule })).map((fault) => fault.replace('/schedule', ''))
const hours = (...list: unknown[]) => ({ hours: list })

describe('a schedule', () => {
  it('is in the time zone of the program where it names none', () => {
    expect(parsed(rule({ schedule: { weekdays: ['sun', 'mon'] } })).schedule).toEqual({
      startsAtMs: null,
      endsAtMs: null,
      timezone: 'Asia/Kolkata',
      weekdays: [1, 7],
      hours: null,
    })
  })

  it('has a start, an end, days and hours', () => {
    const schedule = {
      starts_at: '2027-11-20T00:00:00+05:30',
      ends_at: '2027-12-02T00:00:00Z',
      timezone: 'America/Argentina/Buenos_Aires',
      weekdays: ['fri'],
      hours: [
        { from: '09:00', to: '17:30' },
        { from: '22:15', to: '02:00' },
        { from: '00:00', to: '24:00' },
      ],
    }
    expect(parsed(rule({ schedule })).schedule).toEqual({
      startsAtMs: Date.UTC(2027, 10, 19, 18, 30),
      endsAtMs: Date.UTC(2027, 11, 2),
      timezone: 'America/Argentina/Buenos_Aires',
      weekdays: [5],
      hours: [
        { fromMinute: 540, toMinute: 1_050 },
        { fromMinute: 1_335, toMinute: 120 },
        { fromMinute: 0, toMinute: 1_440 },
      ],
    })
  })

  it.each(['UTC', 'Etc/GMT+5', 'Europe/Berlin', 'America/Port-au-Prince'])(
    'knows %s',
    (timezone) => {
      expect(faultsOfSchedule({ timezone, weekdays: ['mon'] })).toEqual([])
    },
  )

  it.each<[string, unknown, string[]]>([
    ['as no object', 'always', [' type']],
    ['of nothing', {}, [' required']],
    ['of a time zone alone', { timezone: 'UTC' }, [' required']],
    ['that starts on a date', { starts_at: '2027-11-20' }, ['/starts_at format']],
    ['that starts without an offset', { starts_at: '2027-11-20T00:00:00' }, ['/starts_at format']],
    ['that starts at a number', { starts_at: 0 }, ['/starts_at type']],
    ['that ends on no day', { ends_at: '2027-02-30T00:00:00Z' }, ['/ends_at format']],
    [
      'that ends when it starts',
      { starts_at: '2027-11-20T00:00:00Z', ends_at: '2027-11-20T05:30:00+05:30' },
      ['/ends_at range'],
    ],
    ['in a zone that is none', { timezone: 'Mars/Olympus', weekdays: ['mon'] }, ['/timezone enum']],
    ['in an offset', { timezone: '+05:30', weekdays: ['mon'] }, ['/timezone enum']],
    ['in a long zone', { timezone: 'A'.repeat(65), weekdays: ['mon'] }, ['/timezone enum']],
    ['in a number', { timezone: 5, weekdays: ['mon'] }, ['/timezone type']],
    ['on no days', { weekdays: [] }, ['/weekdays type']],
    ['on eight days', { weekdays: Array(8).fill('mon') }, ['/weekdays type']],
    [
      'at the same wrong times',
      hours({ from: 'x', to: 'x' }),
      ['/hours/0/from format', '/hours/0/to format'],
    ],
    ['on a day by its number', { weekdays: [1] }, ['/weekdays/0 enum']],
    ['on a day twice', { weekdays: ['mon', 'tue', 'mon'] }, ['/weekdays/2 conflict']],
    ['on no day twice', { weekdays: ['mo', 'mo'] }, ['/weekdays/0 enum', '/weekdays/1 enum']],
    ['at no hours', hours(), ['/hours type']],
    ['at too many hours', hours(...Array(hourRangesMax + 1).fill({})), ['/hours type']],
    ['at what is no time', hours('morning'), ['/hours/0 type']],
    ['at half a time', hours({ from: '09:00' }), ['/hours/0/to required']],
    ['at a short time', hours({ from: '9:00', to: '17:00' }), ['/hours/0/from format']],
    ['at a number', hours({ from: 9, to: '17:00' }), ['/hours/0/from type']],
    ['at a late time', hours({ from: '09:00', to: '24:01' }), ['/hours/0/to format']],
    ['from the end of a day', hours({ from: '24:00', to: '01:00' }), ['/hours/0/from format']],
    ['at all times or none', hours({ from: '09:00', to: '09:00' }), ['/hours/0/to range']],
    [
      'with a member that is not known',
      { start_at: 1, weekdays: ['mon'] },
      ['/start_at unknown_property'],
    ],
  ])('is refused %s', (_what, schedule, expected) => {
    expect(faultsOfSchedule(schedule)).toEqual(expected)
  })
})

describe('the place of a rule among others', () => {
  it('is that of a live rule for all users, unless it says otherwise', () => {
    expect(parsed(rule())).toMatchObject({
      limits: [],
      schedule: null,
      priority: 0,
      stacking: null,
      terms: 'current',
      mode: 'live',
      rollout: null,
      holdOut: null,
    })
    const more = {
      priority: -priorityMax,
      stacking: { group: 'referral', mode: 'highest' },
      terms: 'at_referral',
      mode: 'shadow',
      rollout: { percent: 12.5 },
      hold_out: { percent: 100, by: 'user', name: 'spring' },
    }
    expect(parsed(rule(more))).toMatchObject({
      priority: -priorityMax,
      stacking: { group: 'referral', mode: 'highest' },
      terms: 'at_referral',
      mode: 'shadow',
      rollout: { basisPoints: 1_250, by: 'referrer', name: '' },
      holdOut: { basisPoints: 10_000, by: 'user', name: 'spring' },
    })
  })

  it.each<[Readonly<Record<string, unknown>>, string[]]>([
    [{ priority: 1.5 }, ['/priority range']],
    [{ priority: '1' }, ['/priority type']],
    [{ priority: priorityMax + 1 }, ['/priority range']],
    [{ stacking: 'referral' }, ['/stacking type']],
    [{ stacking: {} }, ['/stacking/group required', '/stacking/mode required']],
    [
      { stacking: { group: 'x'.repeat(101), mode: 'best' } },
      ['/stacking/group type', '/stacking/mode enum'],
    ],
    [{ terms: 'old' }, ['/terms enum']],
    [{ mode: 'off' }, ['/mode enum']],
    [{ rollout: 50 }, ['/rollout type']],
    [{ rollout: {} }, ['/rollout/percent required']],
    [{ rollout: { percent: 0 } }, ['/rollout/percent range']],
    [{ rollout: { percent: 100.01 } }, ['/rollout/percent range']],
    [{ rollout: { percent: 0.001 } }, ['/rollout/percent range']],
    [{ rollout: { percent: 5, by: 'friend' } }, ['/rollout/by enum']],
    [{ hold_out: { percent: 5, name: '' } }, ['/hold_out/name type']],
  ])('%j is refused', (more, expected) => {
    expect(faultsOf(rule(more))).toEqual(expected)
  })
})

describe('a rule for every event', () => {
  it('is always true, whatever logic it names', () => {
    const { condition } = parsed({ always: true, logic: 'OR', actions: rule().actions })
    expect(condition).toEqual({ kind: 'group', id: '/conditions', mode: 'all', nodes: [] })
  })
})
