import assert from 'node:assert/strict'
import process from 'node:process'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import pg from 'pg'
import { expect, it } from 'vitest'
import type { TransferProgress } from '../export/export.ts'
import { createTestDatabase } from '../testing/database.ts'
import { exportOf, importInto } from '../testing/transfer.ts'

const entries = 100_000
const users = 100
/** The export has some 180 MB: whoever kept half of it would be above. */
const grownBytesMax = 64 * 1024 * 1024

/** Credits as the journal would have written them, by statements over all of them. */
async function writeCredits(pool: pg.Pool): Promise<void> {
  await pool.query(`
    create temporary table made as
    select 'user-' || n % ${users} as user_id, n / ${users} + 1 as place, n,
      ('0190a000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid as id
    from generate_series(0, ${entries} - 1) as n;
    insert into ledger_entries (user_id, id, flow, entry_type, amount_cents, currency, debit_account,
      credit_account, user_sequence, balance_after_cents, pending_after_cents, debt_after_cents,
      idempotency_key, actor, metadata, effective_at, recorded_at)
    select user_id, id, 'credit', 'credit', 1, 'USD', 'program:default:rewards',
      'user:' || user_id || ':available', place, place, 0, 0, 'key-' || n, 'key:test',
      jsonb_build_object('note', repeat('x', 1000)), '2027-01-01Z', '2027-01-01Z' from made;
    insert into idempotency_records
      (owner_id, key, fingerprint, field_digests, entry_id, user_id, created_at)
    select 'test', 'key-' || n, sha256('x'), '', id, user_id, '2027-01-01Z' from made;
    insert into user_balances (user_id, currency, available_cents, pending_cents, version, updated_at)
    select user_id, 'USD', count(*), 0, count(*), '2027-01-01Z' from made group by user_id;
    insert into account_stripes values ('program:default:rewards', 'USD', 0, ${entries}, 0);
    insert into ledger_totals values ('credit', 'USD', 0, ${entries}, ${entries});
    insert into log_intake
    select (array_agg(id order by id))[1], array_agg(id order by id) from made group by n / 1000;`)
}

/** Gives the bytes in use once garbage is collected. */
function createMeter(): () => number {
  setFlagsFromString('--expose-gc')
  const collect: unknown = runInNewContext('gc')
  assert(typeof collect === 'function')
  return () => {
    collect()
    const { heapUsed, external } = process.memoryUsage()
    return heapUsed + external
  }
}

const linesPerLook = 20_000

/** Looks now and then how much more memory is in use than before. */
function watchMemory(): {
  readonly progress: TransferProgress
  grownBytes(): number
  lines(): number
} {
  const bytesInUse = createMeter()
  const before = bytesInUse()
  let most = 0
  let lines = 0
  return {
    progress: {
      start: () => {},
      advance: (count) => {
        const isTime = Math.floor((lines + count) / linesPerLook) > Math.floor(lines / linesPerLook)
        if (isTime) most = Math.max(most, bytesInUse() - before)
        lines += count
      },
    },
    grownBytes: () => most,
    lines: () => lines,
  }
}

it('exports and imports a hundred thousand entries in memory that does not grow with them', async () => {
  const [source, target] = [await createTestDatabase(), await createTestDatabase()]
  const pool = new pg.Pool({ connectionString: source.ownerConnectionString })
  await writeCredits(pool)
  const watch = watchMemory()
  let bytes = 0
  async function* pieces(): AsyncGenerator<string> {
    for await (const piece of exportOf(pool, source.connectionString)) {
      bytes += piece.length
      yield piece
    }
  }
  const result = await importInto(target.connectionString, pieces(), { progress: watch.progress })
  expect(result).toMatchObject({ isKept: true, entries, verification: { ok: true } })
  expect(watch.lines()).toBeGreaterThan(2 * entries)
  expect(bytes).toBeGreaterThan(2 * grownBytesMax)
  expect(watch.grownBytes()).toBeLessThan(grownBytesMax)
  await pool.end()
  await source.drop()
  await target.drop()
}, 300_000)
