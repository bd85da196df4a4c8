import { Type } from 'typebox'
import { ClosePeriodRequest, Period } from '../periods.ts'
import { closed } from '../primitives.ts'
import { route } from '../route.ts'

export const periodRoutes = {
  closePeriod: route({
    method: 'POST',
    path: '/api/v1/ledger/periods/close',
    tag: 'Ledger',
    summary: 'Close a period',
    description:
      'Fixes all balances of before `until` for ever: no entry can count from before it any more. 200 with the same answer where it is closed already.',
    scope: 'ledger:close',
    body: ClosePeriodRequest,
    replies: { 201: Period, 200: Period },
    problems: ['period_closed', 'period_not_over'],
  }),
  listPeriods: route({
    method: 'GET',
    path: '/api/v1/ledger/periods',
    tag: 'Ledger',
    summary: 'List closed periods, latest first',
    scope: 'ledger:read',
    replies: {
      200: closed({ periods: Type.Array(Period) }, { title: 'PeriodList' }),
    },
    problems: [],
  }),
}
