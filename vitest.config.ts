import { defineConfig } from 'vitest/config'

/** Workers share two cores with real servers (Postgres, S3, Redis): few workers, generous limits. */
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    pool: 'forks',
    maxWorkers: 2,
    globalSetup: ['test/support/start-postgres.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
})
