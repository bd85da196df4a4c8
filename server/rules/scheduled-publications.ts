import type pg from 'pg'
import type { Clock } from '../clock.ts'
import { databaseErrorKind } from '../database/database-error.ts'
import { inTransaction } from '../database/transaction.ts'
import { Failure } from '../failure.ts'
import { assertPublishable, type PublicationRules, publishVersion } from './publication.ts'
import { changeRule, type MoveOutcome } from './rule-change.ts'
import { readVersion, type VersionRow } from './rule-rows.ts'
import { unscheduleVersions } from './version-rows.ts'

/** Publications of one run. */
const dueMax = 50

interface Due {
  readonly rule_id: string
  readonly version: number
  readonly scheduled_by: string
  readonly scheduled_by_owner_id: string
}

interface ScheduledPublicationsOptions extends PublicationRules {
  readonly pool: pg.Pool
  readonly clock: Clock
}

/**
 * Publishes the versions whose time has come, in the name of whoever scheduled them. What may not be
 * published any more becomes a draft again, with the reason in the history of its rule. Any number of
 * processes may look at once: each version is taken by one, under the lock of its rule.
 */
export function createScheduledPublications(options: ScheduledPublicationsOptions): {
  /** Publishes a bounded number; true where more may be due. */
  run(): Promise<boolean>
} {
  return {
    async run() {
      const passed: string[] = []
      let fault: unknown
      for (let taken = 0; taken < dueMax; taken++) {
        const due = await nextDue(options, passed)
        if (!due) break
        passed.push(keyOf(due))
        try {
          await publishDue(options, due)
        } catch (error) {
          // An outage would meet the others as well; a fault of one must not hold them up.
          if (databaseErrorKind(error) !== 'fault') throw error
          fault ??= error
        }
      }
      if (fault !== undefined) throw fault
      return passed.length === dueMax
    },
  }
}

const keyOf = ({ rule_id, version }: Due) => `${rule_id} ${version}`

/** The first that is due and was not looked at in this run. */
async function nextDue(
  { pool, clock }: ScheduledPublicationsOptions,
  passed: readonly string[],
): Promise<Due | undefined> {
  const { rows } = await pool.query<Due>(
    `select rule_id, version, scheduled_by, scheduled_by_owner_id
     from rule_versions
     where status = 'scheduled' and scheduled_for <= $1::timestamptz
       and not (rule_id || ' ' || version) = any($2::text[])
     order by scheduled_for, rule_id, version
     limit 1`,
    [clock.now(), passed],
  )
  return rows[0]
}

async function publishDue(options: ScheduledPublicationsOptions, due: Due): Promise<void> {
  const { pool, clock } = options
  const now = clock.now()
  await inTransaction(pool, async (client) => {
    await client.query('select from referral_rules where id = $1::uuid for update', [due.rule_id])
    const version = await readVersion(client, { ruleId: due.rule_id, version: due.version })
    // Somebody else was faster, or has moved its time.
    const isDue = version.scheduled_for !== null && version.scheduled_for <= now
    if (!isDue) return
    const refusal = await refusalOf(client, version, options)
    if (refusal === null) {
      const content = version.rule_json
      const { isReady } = await options.prepare(client, { ruleId: due.rule_id, content, now })
      // It stays due until all that it goes by is counted.
      if (!isReady) return
    }
    const request = { ruleId: due.rule_id, actor: actorOf(due) }
    const change = { client, request, now }
    const detail = { scheduled_for: version.scheduled_for?.toISOString() }
    if (refusal === null) {
      await changeRule(change, 'publish', async (changing) => ({
        action: 'publish',
        version: version.version,
        detail: { ...detail, acknowledged: version.acknowledged },
        rule: await publishVersion(changing, version),
      }))
    } else
      await changeRule(change, 'fail_to_publish', () =>
        giveUp(version, { refusal, detail }, client),
      )
  })
}

async function giveUp(
  { rule_id: ruleId, version }: VersionRow,
  { refusal, detail }: { refusal: Failure; detail: object },
  client: pg.PoolClient,
): Promise<MoveOutcome> {
  await unscheduleVersions(client, { ruleId, version })
  return {
    action: 'fail_to_publish',
    version,
    reason: refusal.message,
    detail: { ...detail, code: refusal.code, errors: refusal.facts.errors ?? [] },
  }
}

const actorOf = (due: Due) => ({ by: due.scheduled_by, ownerId: due.scheduled_by_owner_id })

/** Why it may not be published any more; null where it may. */
async function refusalOf(
  client: pg.PoolClient,
  version: VersionRow,
  rules: PublicationRules,
): Promise<Failure | null> {
  try {
    await assertPublishable(client, version, rules)
    return null
  } catch (error) {
    if (error instanceof Failure) return error
    throw error
  }
}
