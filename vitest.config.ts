import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/{unit,property,contract,integration,e2e,drills}/**/*.test.ts'],
    testTimeout: 20_000,
    hookTimeout: 60_000,
    // Two cores are shared with real browsers in some suites; more files at once only makes them slower.
    maxWorkers: 2,
    pool: 'forks',
  },
});
