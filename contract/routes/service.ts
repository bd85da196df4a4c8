import { Type } from 'typebox'
import { closed, Instant, literals, nullable } from '../primitives.ts'
import { route } from '../route.ts'

const About = closed(
  {
    name: Type.String(),
    version: Type.String(),
    status: Type.String(),
    documentation: Type.Record(Type.String(), Type.String()),
    endpoints: Type.Record(Type.String(), Type.String()),
  },
  { title: 'About' },
)

const Health = closed(
  {
    status: literals(['healthy', 'unhealthy'], 'Whether the database answered'),
    service: Type.String(),
  },
  { title: 'Health' },
)

const faultCounts = (description: string) =>
  Type.Record(Type.String(), Type.Integer(), { description })

const ProofResult = closed({
  proved_at: Instant,
  faults: faultCounts('Faults by check, as many as were told; empty where all was right'),
})

const ProofOfZero = closed(
  {
    ok: Type.Boolean({
      description: 'Nothing is in quarantine and the latest proofs found nothing',
    }),
    checked_at: nullable({
      ...Instant,
      description: 'When the check in the background was last at work',
    }),
    round_completed_at: nullable({
      ...Instant,
      description: 'When it had last been through every account',
    }),
    sums: nullable({ ...ProofResult, description: 'The kept sums against each other' }),
    complete: nullable({ ...ProofResult, description: 'The latest complete proof' }),
    quarantined_accounts: Type.Integer(),
    quarantine_faults: faultCounts('Faults of the accounts in quarantine by check'),
  },
  { title: 'ProofOfZero', description: 'Null while the database cannot tell' },
)

const Readiness = closed(
  {
    status: literals(['ready', 'not_ready'], 'Whether requests should be sent here'),
    checks: closed({
      database: Type.Boolean(),
      migrations: Type.Boolean(),
      journal: Type.Boolean({
        description: 'Whether the database takes what is written: false on a full disk, for one',
      }),
      accepting: Type.Boolean(),
    }),
    details: closed({
      journal: closed({
        waiting: Type.Integer({ description: 'Postings that wait for a batch' }),
        waiting_max: Type.Integer({ description: 'More than these are answered 503' }),
      }),
      proof_of_zero: nullable(ProofOfZero),
    }),
  },
  { title: 'Readiness' },
)

export const serviceRoutes = {
  about: route({
    method: 'GET',
    path: '/',
    tag: 'Service',
    summary: 'Name, version and addresses',
    description: 'JSON; a browser, which asks for text/html, gets the user interface.',
    scope: 'public',
    replies: { 200: About },
    problems: [],
  }),
  health: route({
    method: 'GET',
    path: '/health',
    tag: 'Service',
    summary: 'Health, the database asked',
    scope: 'public',
    replies: { 200: Health, 503: Health },
    problems: [],
  }),
  livez: route({
    method: 'GET',
    path: '/livez',
    tag: 'Service',
    summary: 'Liveness: the process answers',
    description:
      'Never asks the database: an outage of the database is no reason to restart the service.',
    scope: 'public',
    replies: { 200: closed({ status: Type.Literal('alive') }, { title: 'Liveness' }) },
    problems: [],
  }),
  readyz: route({
    method: 'GET',
    path: '/readyz',
    tag: 'Service',
    summary: 'Readiness: database reached, migrations current, ledger can be written, not stopping',
    description:
      '`checks` decide. `details` tell more: faults of the proof of zero stop the accounts concerned, not the service.',
    scope: 'public',
    replies: { 200: Readiness, 503: Readiness },
    problems: [],
  }),
}
