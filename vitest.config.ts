import { defineConfig } from 'vitest/config'

/** Storms, crashes and faults: each has the machine to itself, so that it starves nobody who waits. */
const faults = [
  'adjustment-crash',
  'crash',
  'disk-full',
  'frozen-process',
  'limits-storm',
  'lost-answer',
  'network-faults',
  'outage',
  'several-processes',
  'storm',
].map((name) => `e2e/${name}.test.ts`)

/** One project for each kind of test; `npm test` runs them all. */
export default defineConfig({
  test: {
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 120_000,
    coverage: {
      provider: 'v8',
      include: ['{contract,core,server,verifier}/**/*.ts'],
      exclude: ['**/*.test.ts', '**/*.fixture.ts', '**/dist/**', 'server/testing/**'],
      reporter: ['text-summary', 'html'],
      thresholds: {
        'core/ledger/**': { lines: 95, branches: 95 },
        'core/rules/**': { lines: 95, branches: 95 },
        'core/program/**': { lines: 95, branches: 95 },
        'server/journal/**': { lines: 95, branches: 95 },
      },
    },
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['{contract,core,server,verifier}/**/*.test.ts'],
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
          exclude: [...faults, '**/node_modules/**'],
          globalSetup: ['server/testing/cluster.ts'],
        },
      },
      {
        extends: true,
        test: {
          name: 'faults',
          include: faults,
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
