import { defineConfig } from 'vitest/config'

/** The tests that are to notice the mutants of the ledger and the journal. */
export default defineConfig({
  test: {
    include: ['core/ledger/*.test.ts', 'server/journal/*.test.ts'],
    globalSetup: ['server/testing/cluster.ts'],
    // All files of a mutant in one thread, which is a new one for the next mutant.
    isolate: false,
    testTimeout: 20_000,
    hookTimeout: 60_000,
  },
})
