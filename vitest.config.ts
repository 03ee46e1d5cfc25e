import { globSync, readFileSync } from 'node:fs'
import { totalmem } from 'node:os'
import { join } from 'node:path'
import { defineConfig, type ViteUserConfig } from 'vitest/config'
import { keepTempFilesInMemory } from './test/support/memory-folder.ts'
import { QUICK_WASM } from './test/support/quick-wasm.ts'

keepTempFilesInMemory()

/** Workers and the programs that they start read compiled code: coverage would miss parts of it. */
if (!process.argv.includes('--coverage'))
  process.env['NODE_COMPILE_CACHE'] = join(import.meta.dirname, 'node_modules/.cache/compiled')

/**
 * Modules that keep what they read once (functions, mocks, links that a test sets one by one), and measures of a process:
 * such a file gets a process of its own.
 */
const NEEDS_OWN_PROCESS =
  /process\.(?:chdir|exitCode|on)|vi\.(?:mock|doMock|resetModules)|SST_RESOURCE_\$|functions\/|child-processes|heap/

/** The others follow each other in one process, where modules are loaded once: a process costs up to a second. */
const mayShare = (file: string) => !NEEDS_OWN_PROCESS.test(readTest(file))

/** One more than the cores of a small machine: tests often wait for a server, a child or a timer. Each takes a gigabyte. */
const WORKERS = totalmem() > 6 * 2 ** 30 ? 3 : 2

/** Workers share the cores with real servers (Postgres, S3, Redis): few workers, generous limits. */
export function configureSuite(files: string[], env: Record<string, string> = {}): ViteUserConfig {
  const all = {
    env: { TZ: 'UTC', ...env },
    pool: 'forks' as const,
    /** V8's own young generation of 16 MB is full so often that its collection takes an eighth of the time. */
    execArgv: [...QUICK_WASM, '--max-semi-space-size=32'],
    /** Generous limits that only stop a hanging test; no guarantee depends on them. */
    testTimeout: 600_000,
    hookTimeout: 600_000,
    /** Nothing that is waited for is awaited by the clock: a second is little on a busy machine. */
    expect: { poll: { timeout: 240_000 } },
  }
  const here = files.flatMap((pattern) => globSync(pattern, { cwd: import.meta.dirname }))
  const together = here.filter(mayShare)
  const setupFiles = ['test/support/leave-nothing.ts']
  return defineConfig({
    test: {
      maxWorkers: WORKERS,
      update: 'none', // otherwise a renamed test records a new snapshot and compares nothing; `-u` records it
      globalSetup: ['start-postgres', 'start-browser', 'run-folder'].map((file) => `test/support/${file}.ts`),
      projects: [
        { test: { ...all, name: 'shared process', isolate: false, include: together, setupFiles } },
        { test: { ...all, name: 'own process', include: files, exclude: together } },
      ],
      /** `npm run coverage`. What child processes and worker threads run is not counted. */
      coverage: {
        provider: 'v8',
        include: ['packages/**/*.ts', 'functions/**/*.ts'],
        exclude: ['packages/backups/wasm/{child-pipe,pg-dump-child,pglite-child}.ts'], // run by every dump and every proof
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
}

export function readTest(file: string): string {
  return readFileSync(new URL(file, import.meta.url), 'utf8')
}

/** `npm run coverage` runs everything in one go. */
const isThorough = process.env['HUNTER_TEST_THOROUGH'] === '1'
export default configureSuite(['test/**/*.test.ts', ...(isThorough ? ['test/**/*.thorough.ts'] : [])])
