import type { Service } from '../compose.ts'
import { compose } from '../compose.ts'
import { loadConfig, readEnvironment } from '../config.ts'
import { openDatabaseBeside } from '../database/connection.ts'
import { createLog } from '../observability/log.ts'

/**
 * Runs a command with the parts of the service, without listening, beside a service that runs or
 * with the database alone. Whatever was opened is closed again.
 */
export async function withService<Answer>(
  use: (service: Service) => Promise<Answer>,
): Promise<Answer> {
  const config = loadConfig(readEnvironment())
  const log = createLog('warn')
  const database = await openDatabaseBeside(config, log)
  try {
    const { connectionString } = database
    const service = await compose({ config, connectionString, log })
    try {
      return await use(service)
    } finally {
      await service.close()
    }
  } finally {
    await database.stop()
  }
}
