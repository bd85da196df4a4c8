import type { Verification } from '@pineos/contract/ledger.ts'
import type pg from 'pg'

/** How many faults there are, by the name of the check; empty where all is right. */
export type FaultCounts = Readonly<Record<string, number>>

/** Where the proof of zero stands, as every process sees it. Null: never yet. */
export interface ProofStatus {
  /** When the incremental check was at work last, and when it had last seen every account. */
  readonly checkedAt: Date | null
  readonly roundCompletedAt: Date | null
  readonly sums: ProofResult | null
  readonly complete: ProofResult | null
  readonly quarantinedAccounts: number
  /** The faults of the accounts that are in quarantine. */
  readonly quarantineFaults: FaultCounts
}

export interface ProofResult {
  readonly provedAt: Date
  readonly faults: FaultCounts
}

interface StatusRow {
  readonly checked_at: Date | null
  readonly round_completed_at: Date | null
  readonly results: readonly {
    readonly kind: ResultKind
    readonly proved_at: string
    readonly faults: FaultCounts
  }[]
  readonly quarantined: bigint
  readonly faults: FaultCounts
}

type ResultKind = 'sums' | 'complete'

export async function readProofStatus(pool: pg.Pool): Promise<ProofStatus> {
  const { rows } = await pool.query<StatusRow>({
    name: 'read_proof_status',
    text: `
      with open as (
        select q.faults from quarantines q
        left join quarantine_lifts l on l.user_id = q.user_id and l.quarantine_id = q.id
        where l.quarantine_id is null
      ), counted as (
        select split_part(f.fault, ' · ', 1) as name, count(*) as faults
        from open o cross join lateral jsonb_array_elements_text(o.faults) as f (fault) group by 1
      )
      select p.checked_at, p.round_completed_at,
        (select coalesce(json_agg(r), '[]') from proof_results r) as results,
        (select count(*) from open) as quarantined,
        (select coalesce(json_object_agg(c.name, c.faults), '{}') from counted c) as faults
      from proof_progress p`,
  })
  const row = rows[0]
  if (!row) throw new Error('the progress of the proof has lost its row')
  const resultOf = (kind: ResultKind): ProofResult | null => {
    const result = row.results.find((each) => each.kind === kind)
    return result ? { provedAt: new Date(result.proved_at), faults: result.faults } : null
  }
  return {
    checkedAt: row.checked_at,
    roundCompletedAt: row.round_completed_at,
    sums: resultOf('sums'),
    complete: resultOf('complete'),
    quarantinedAccounts: Number(row.quarantined),
    quarantineFaults: row.faults,
  }
}

/** Keeps what a proof has found, for readiness and metrics. */
export async function recordResult(
  client: pg.ClientBase | pg.Pool,
  result: {
    readonly kind: ResultKind
    readonly provedAt: Date
    readonly verification: Verification
  },
): Promise<void> {
  const { kind, provedAt, verification } = result
  const faulty = verification.checks.filter((check) => !check.ok)
  await client.query(
    `insert into proof_results (kind, proved_at, faults)
     values ($1::text, $2::timestamptz, $3::jsonb)
     on conflict (kind) do update set proved_at = excluded.proved_at, faults = excluded.faults`,
    [
      kind,
      provedAt,
      JSON.stringify(Object.fromEntries(faulty.map(({ name, faults }) => [name, faults.length]))),
    ],
  )
}
