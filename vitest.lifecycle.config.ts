import { defineConfig } from 'vitest/config'

/** Objects that really expire, on a Ceph whose day is ten seconds: `npm run test:lifecycle`. Takes two minutes. */
export default defineConfig({
  test: {
    include: ['test/lifecycle/**/*.lifecycle.ts'],
    pool: 'forks',
    testTimeout: 180_000,
    hookTimeout: 120_000,
  },
})
