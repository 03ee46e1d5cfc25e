import { join } from 'node:path'
import { defineConfig } from 'vitest/config'

/** Workers and the programs that they start read compiled code: coverage would miss parts of it. */
if (!process.argv.includes('--coverage'))
  process.env['NODE_COMPILE_CACHE'] = join(import.meta.dirname, 'node_modules/.cache/compiled')

/** Workers share two cores with real servers (Postgres, S3, Redis): few workers, generous limits. */
export default defineConfig({
  test: {
    /** `npm run coverage` runs the faults as well. */
    include: ['test/**/*.test.ts', ...(process.env['HUNTER_TEST_THOROUGH'] ? ['test/**/*.faults.ts'] : [])],
    pool: 'forks',
    maxWorkers: 2,
    /** WASM is compiled once, quickly, and only what runs: tests run too little of it to gain by its optimisation. */
    execArgv: ['--liftoff-only', '--wasm-lazy-validation'],
    globalSetup: ['test/support/start-postgres.ts', 'test/support/run-folder.ts'],
    /** Generous limits that only stop a hanging test; no guarantee depends on them. */
    testTimeout: 300_000,
    hookTimeout: 300_000,
    /** Nothing that is waited for is awaited by the clock: a second is little on a busy machine. */
    expect: { poll: { timeout: 30_000 } },
    /** `npm run coverage`. What child processes and worker threads run is not counted. */
    coverage: {
      provider: 'v8',
      include: ['packages/**/*.ts', 'functions/**/*.ts'],
      exclude: ['packages/backups/wasm/{child-pipe,pg-dump-child,pglite-child}.ts'], // with every dump and every proof
      reporter: [['text', { skipFull: true }], 'html', 'json'],
      thresholds: {
        lines: 80,
        'packages/backups/**': { lines: 100 }, // dump, proof, restore, retention
        'packages/db/**': { lines: 100 }, // migrations
        'packages/redis/*breaker.ts': { lines: 100 },
      },
    },
  },
})
