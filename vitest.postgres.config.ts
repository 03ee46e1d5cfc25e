import { defineConfig } from 'vitest/config'

/** Servers of each version that is backed up, each a project of its own: `npm run test:postgres`. */
const MAJORS = [13, 14, 15, 16, 17, 18]

export default defineConfig({
  test: {
    pool: 'forks',
    maxWorkers: 2,
    projects: MAJORS.map((major) => ({
      test: {
        name: `Postgres ${major}`,
        include: ['test/versions/**/*.versions.ts'],
        globalSetup: ['test/versions/start-server.ts'],
        provide: { postgresMajor: major },
        testTimeout: 120_000,
        hookTimeout: 120_000,
      },
    })),
  },
})
