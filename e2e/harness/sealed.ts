import type { Api } from './api.ts'
import { until } from './until.ts'

/** Waits until every entry that was posted so far is in the tamper-evident log. */
export async function untilSealed(api: Api): Promise<void> {
  const { body } = await api.get('/api/v1/ledger/entries?limit=1')
  await until(`${body.total} entries are sealed`, async () => {
    const head = await api.get('/api/v1/ledger/log/head')
    return head.status === 200 && head.body.tree_size >= body.total
  })
}
