import { expect, test } from 'vitest'
import { createLog } from './log.ts'

const canary = 'Canary-4f9e0c2b7a61d835'

function linesOf(
  level: 'info' | 'silent',
  use: (log: ReturnType<typeof createLog>) => void,
): string {
  const lines: string[] = []
  use(createLog(level, { write: (line: string) => lines.push(line) }))
  return lines.join('')
}

test('cuts secrets out of what is logged and keeps the rest', () => {
  const lines = linesOf('info', (log) => {
    log.info(
      { secret: canary, config: { bootstrapApiKey: canary, databaseUrl: canary, port: 8_000 } },
      'one',
    )
    log.info({ req: { url: '/here', headers: { authorization: canary, cookie: canary } } }, 'two')
    log.child({ connectionString: canary }).info('three')
  })
  expect(lines).not.toContain(canary)
  for (const kept of ['one', 'two', 'three', '8000', '/here']) expect(lines).toContain(kept)
})

test('says nothing when silent', () => {
  expect(linesOf('silent', (log) => log.fatal('gone'))).toBe('')
})
