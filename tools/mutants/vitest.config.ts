import { defineConfig } from 'vitest/config'

/** The tests that are to kill the mutants of the ledger and the journal. */
export default defineConfig({
  test: {
    include: ['core/ledger/*.test.ts', 'server/journal/*.test.ts'],
    globalSetup: ['server/testing/cluster.ts'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
})
