import { fileURLToPath } from 'node:url'
import newman from 'newman'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type RunningService, startService } from './harness/service.ts'

const collection = fileURLToPath(
  new URL('../docs/postman/pineos-referral.postman_collection.json', import.meta.url),
)

let service: RunningService

beforeAll(async () => {
  service = await startService()
})
afterAll(async () => {
  await service.stop()
})

// Twice, as people run a collection again and again.
it.each([1, 2])('the Postman collection runs from top to bottom, time %i', async () => {
  const summary = await new Promise<newman.NewmanRunSummary>((resolve, reject) => {
    newman.run(
      {
        collection,
        envVar: [
          { key: 'baseUrl', value: service.baseUrl },
          { key: 'apiKey', value: service.apiKey },
        ],
      },
      (error, result) => (error ? reject(error) : resolve(result)),
    )
  })
  expect(
    summary.run.failures.map(({ source, error }) => `${source?.name}: ${error.message}`),
  ).toEqual([])
  expect(summary.run.stats.assertions.total).toBeGreaterThan(40)
})
