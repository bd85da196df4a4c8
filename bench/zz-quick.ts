import { runLoad } from './load.ts'
let c = 0
const body = () => ({ user_id: `user-${(c = (c + 7919) % 20000)}`, amount_cents: 100, reward_id: 'bonus', metadata: { campaign: 'spring' } })
const kinds: Record<string, () => any> = { noop: () => ({ path: '/bench/no-op/credit', body: body() }), credit: () => ({ path: '/api/v1/ledger/credit', body: body() }), base: () => ({ path: '/bench/baseline/credit', body: body() }), bal: () => ({ path: `/api/v1/ledger/balance/user-${(c = (c + 7919) % 20000)}` }), noopbal: () => ({ path: `/bench/no-op/balance/user-${(c = (c + 7919) % 20000)}` }) }
for (const spec of process.argv.slice(2)) {
  const [kind, conns] = spec.split(':')
  const r = await runLoad({ url: 'http://127.0.0.1:8124', apiKey: 'test-key-0123456789abcdef', connections: Number(conns), durationS: 5, next: kinds[kind!]! })
  console.log(spec, Math.round(r.perSecond), r.latencyMs, r.failures)
}
