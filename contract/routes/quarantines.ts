import { Type } from 'typebox'
import { closed, Limit } from '../primitives.ts'
import { LiftQuarantineRequest, Quarantine } from '../quarantines.ts'
import { route } from '../route.ts'

export const quarantinesRoutes = {
  listQuarantines: route({
    method: 'GET',
    path: '/api/v1/ledger/quarantines',
    tag: 'Ledger',
    summary: 'List accounts in quarantine, newest first',
    description:
      'Accounts whose balance and entries contradict each other; nothing is posted to them. `all=true` lists those that were lifted as well.',
    scope: 'ledger:read',
    query: closed({ all: Type.Optional(Type.Boolean()), limit: Type.Optional(Limit) }),
    replies: { 200: closed({ quarantines: Type.Array(Quarantine) }, { title: 'QuarantineList' }) },
    problems: [],
  }),
  liftQuarantine: route({
    method: 'POST',
    path: '/api/v1/ledger/quarantines/lift',
    tag: 'Ledger',
    summary: 'Lift a quarantine',
    description:
      'Checks the account once more, whole; while it is faulty only `force` lifts it. Who lifted it, why, and over which faults is kept for ever.',
    scope: 'ledger:operate',
    body: LiftQuarantineRequest,
    replies: { 200: Quarantine },
    problems: ['account_not_quarantined', 'account_still_faulty'],
  }),
}
