/**
 * The real service with three routes beside it that the measurements compare with, in a process of
 * its own: DATABASE_URL and BOOTSTRAP_API_KEY come from the environment, the address goes to stdout.
 */
import { Balance, CreditRequest, PostedEntry } from '@pineos/contract/ledger.ts'
import { ledgerRoutes } from '@pineos/contract/routes/ledger.ts'
import { compose } from '@pineos/server/compose.ts'
import { loadConfig, readEnvironment } from '@pineos/server/config.ts'
import { principalOf } from '@pineos/server/http/authentication.ts'
import { fingerprintOf, idempotencyKeyOf } from '@pineos/server/http/idempotency-key.ts'
import { createValidator } from '@pineos/server/http/validation.ts'
import { pino } from 'pino'
import { createBaseline } from './baseline.ts'
import { sampleBalance, sampleEntry } from './samples.ts'

const config = loadConfig(readEnvironment())
const connectionString = config.databaseUrl ?? ''
const log = pino({ level: 'error' }, process.stderr)
const service = await compose({ config, connectionString, log })
await service.apiKeys.ensureBootstrap(config.bootstrapApiKey ?? '')
const baseline = await createBaseline({ connectionString, connectionsMax: config.databasePoolMax })

const validator = createValidator()
const isCredit = validator.compile(CreditRequest, 'body')
const isBalanceQuery = validator.compile(ledgerRoutes.getBalance.query, 'query')
const isBalancePath = validator.compile(ledgerRoutes.getBalance.parameters, 'path')

// What every credit pays for but the ledger: authentication, key, validation, reply.
service.app.route({
  method: 'POST',
  url: '/bench/no-op/credit',
  schema: { response: { 201: PostedEntry } },
  onRequest: async (request) => {
    await principalOf(request, service.apiKeys, 'ledger:write')
    idempotencyKeyOf(request.headers['idempotency-key'])
  },
  handler: async (request, reply) => {
    if (!isCredit(request.body)) throw new Error('the load is not valid')
    reply.code(201)
    return { data: sampleEntry, is_duplicate: false }
  },
})

service.app.route({
  method: 'GET',
  url: '/bench/no-op/balance/:user_id',
  schema: { response: { 200: Balance } },
  onRequest: async (request) => {
    await principalOf(request, service.apiKeys, 'ledger:read')
  },
  handler: async (request) => {
    if (!isBalancePath(request.params) || !isBalanceQuery(request.query))
      throw new Error('the load is not valid')
    return sampleBalance
  },
})

// What a service does that gives each request a transaction of its own.
service.app.route<{ Body: CreditRequest }>({
  method: 'POST',
  url: '/bench/baseline/credit',
  schema: { response: { 201: PostedEntry } },
  onRequest: async (request) => {
    await principalOf(request, service.apiKeys, 'ledger:write')
  },
  handler: async (request, reply) => {
    if (!isCredit(request.body)) throw new Error('the load is not valid')
    const key = idempotencyKeyOf(request.headers['idempotency-key']) ?? ''
    const { fingerprint } = fingerprintOf('credit', request.body, key)
    await baseline.credit({
      key,
      fingerprint: Buffer.from(fingerprint, 'hex'),
      userId: request.body.user_id,
      amountCents: request.body.amount_cents,
    })
    reply.code(201)
    return { data: sampleEntry, is_duplicate: false }
  },
})

process.once('SIGTERM', () => {
  void service.close().then(() => baseline.close())
})
process.stdout.write(`Ready at ${await service.listen()}\n`)
