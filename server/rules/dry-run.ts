import { type Judgement, judge } from '@pineos/core/program/judgement.ts'
import { needsOf } from '@pineos/core/program/prospects.ts'
import { factsOf } from '@pineos/core/rules/evaluation/event-facts.ts'
import type pg from 'pg'
import type { IncomingEvent } from '../journal/command.ts'
import { judgedEvent } from '../journal/judged-event.ts'
import { loadCounters, readKey } from '../journal/load-counters.ts'
import { loadReferrals } from '../journal/load-holds.ts'
import { pairOf } from '../journal/referral.ts'
import { pairKey, WorkingSet } from '../journal/working-set.ts'
import { poolQueries } from './pool-queries.ts'
import type { RuleLibrary } from './rule-book.ts'

/** Judges an event without storing, paying or counting it. */
export type JudgeDry = (event: IncomingEvent, ruleId: string | null) => Promise<Judgement | null>

/** Dry runs by the rules in force and what was counted until now. */
export function createDryRun({
  pool,
  ruleBook,
}: {
  pool: pg.Pool
  ruleBook: RuleLibrary
}): JudgeDry {
  const queries = poolQueries(pool)
  return async (event, ruleId) => {
    const judged = judgedEvent(event)
    const pair = pairOf(factsOf(judged))
    const set = new WorkingSet()
    const [, isCounted] = await Promise.all([
      loadReferrals(queries, set, pair ? [pair] : []),
      isStored(pool, event),
    ])
    const before = pair && set.referrals.get(pairKey(pair.referrerId, pair.referredId))
    const referral = pair && {
      startedAtMs: before ? Date.parse(before.startedAt) : judged.atMs,
      isNew: !before,
    }
    const edition = await ruleBook.latest()
    const prospects = edition.prospects(judged, { ruleId, referral, isCounted })
    if (!prospects) return null
    const { reads } = needsOf(prospects)
    const totals = await loadCounters(queries, reads, edition.metricNumber)
    return judge(prospects, { counters: (read) => totals.get(readKey(read)) })
  }
}

async function isStored(
  pool: pg.Pool,
  { source, id }: Pick<IncomingEvent, 'source' | 'id'>,
): Promise<boolean> {
  const { rowCount } = await pool.query(
    'select from events where source = $1::text and id = $2::text',
    [source, id],
  )
  return rowCount === 1
}
