import { defineConfig } from 'vitest/config'

/** One project for each kind of test; `npm test` runs them all. */
export default defineConfig({
  test: {
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 120_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['{contract,core,server}/**/*.test.ts'],
          exclude: ['**/*.db.test.ts', '**/node_modules/**', '**/dist/**'],
        },
      },
      {
        extends: true,
        test: {
          name: 'db',
          include: ['server/**/*.db.test.ts'],
          globalSetup: ['server/testing/cluster.ts'],
        },
      },
      {
        extends: true,
        test: {
          name: 'acceptance',
          include: ['e2e/**/*.test.ts'],
          globalSetup: ['server/testing/cluster.ts'],
        },
      },
      {
        extends: true,
        test: { name: 'tidy', include: ['tools/**/*.test.ts'] },
      },
    ],
  },
})
