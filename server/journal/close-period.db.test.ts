import { beforeEach, describe, expect, it } from 'vitest'
import { readPeriods } from '../ledger/periods.ts'
import { creditOf, debitOf, posting } from '../testing/journal.ts'
import {
  type ProvedDatabase,
  postedId,
  submit,
  useProvedDatabase,
} from '../testing/proved-database.ts'
import { closePeriod, sumClosedPeriods } from './close-period.ts'
import type { Journal } from './journal.ts'

let proved: ProvedDatabase
let journal: Journal

useProvedDatabase((received) => {
  proved = received
})
beforeEach(async () => {
  journal = await proved.newJournal()
})

const closedAt = '2027-06-01T00:00:00.000Z'
const close = (until: string) => closePeriod(proved.owner, { until, closedAt, actor: 'key:test' })
const backdated = (userId: string, effectiveAt: string) =>
  posting({ ...creditOf(userId, 10n), effectiveAt })

describe('closing a period', () => {
  // Were the period only read when a batch is loaded, a batch under way could still add to it.
  it('lets nothing count within it from its commit on, whatever is under way', async () => {
    const others = await Promise.all([1, 2].map(() => proved.newJournal()))
    const writers = [journal, ...others]
    const until = '2019-07-01T00:00:00.000Z'
    let isClosed = false
    const late: boolean[] = []
    const early = '2019-06-30T12:00:00.000Z'
    const write = async (writer: Journal, index: number) => {
      for (let count = 0; count < 40; count++) {
        const wasClosed = isClosed
        const outcome = await submit(writer, backdated(`race-${index}`, early))
        if (wasClosed) late.push(outcome.kind === 'posted')
      }
    }
    await postedId(journal, backdated('race', early))
    const work = writers.map(write)
    const closing = close(until).then(() => {
      isClosed = true
    })
    await Promise.all([...work, closing])
    await sumClosedPeriods(proved.owner, closedAt)
    late.push((await submit(journal, backdated('race', early))).kind === 'posted')
    expect(late).not.toContain(true)
  })

  it('keeps the sums by then, which later entries do not change', async () => {
    const until = '2020-01-01T00:00:00.000Z'
    await postedId(journal, backdated('ann', '2019-12-31T23:59:59.999Z'))
    await postedId(journal, backdated('ann', until))
    await postedId(journal, posting(debitOf('ann', 5n)))
    expect(await close(until)).toBe(true)
    expect(await close(until)).toBe(false)
    expect((await readPeriods(proved.owner, until))[0]).toMatchObject({ summed_at: null, sums: [] })
    await sumClosedPeriods(proved.owner, closedAt)
    const [period] = await readPeriods(proved.owner, until)
    const rewards = period?.sums.find(({ account }) => account === 'program:default:rewards')
    expect(period).toMatchObject({ closed_until: until, closed_at: closedAt, actor: 'key:test' })
    await postedId(journal, backdated('ann', '2020-01-02T00:00:00.000Z'))
    await sumClosedPeriods(proved.owner, closedAt)
    const [again] = await readPeriods(proved.owner, until)
    expect(again?.sums.find(({ account }) => account === 'program:default:rewards')).toEqual(
      rewards,
    )
    const refused = await submit(journal, backdated('ann', '2019-12-31T23:59:59.999Z'))
    expect(refused).toMatchObject({ kind: 'refused', refusal: { code: 'period_closed' } })
  })

  it('refuses an end in the future, or before that of a closed period', async () => {
    await expect(close('2027-06-01T00:00:00.001Z')).rejects.toMatchObject({
      code: 'period_not_over',
    })
    await close('2021-01-01T00:00:00.000Z')
    await expect(close('2020-06-01T00:00:00.000Z')).rejects.toMatchObject({ code: 'period_closed' })
  })

  it('cannot be undone or changed, by the owner of the tables either', async () => {
    await close('2022-01-01T00:00:00.000Z')
    for (const sql of [
      'delete from closed_periods',
      `update closed_periods set closed_until = now()`,
      'truncate closed_periods',
      'delete from closed_period_sums',
      'delete from summed_periods',
    ])
      await expect(proved.owner.query(sql)).rejects.toMatchObject({ code: '23001' })
  })
})
