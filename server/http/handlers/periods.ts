import type { Period } from '@pineos/contract/periods.ts'
import type { Handlers } from '../handler.ts'

export interface PeriodsDependencies {
  /** Closes and sums up; `isNew` is false where the period was closed before. */
  readonly closePeriod: (
    until: string,
    actor: string,
  ) => Promise<{ readonly period: Period; readonly isNew: boolean }>
  readonly listPeriods: () => Promise<Period[]>
}

export function periodsHandlers({
  closePeriod,
  listPeriods,
}: PeriodsDependencies): Handlers<'closePeriod' | 'listPeriods'> {
  return {
    async closePeriod({ body, principal }) {
      const until = new Date(body.until).toISOString()
      const { period, isNew } = await closePeriod(until, `key:${principal.keyId}`)
      return { status: isNew ? 201 : 200, body: period }
    },
    async listPeriods() {
      return { status: 200, body: { periods: await listPeriods() } }
    },
  }
}
