import { globSync, readFileSync } from 'node:fs'
import { defineConfig, mergeConfig } from 'vitest/config'
import suite from './vitest.config.ts'

/** Files of which `npm test` runs a sample. */
const sampled = globSync('test/**/*.test.ts', { cwd: import.meta.dirname }).filter((file) =>
  readFileSync(new URL(file, import.meta.url), 'utf8').includes('support/thorough.ts'),
)

/** Every fault, kill and long property: `npm run test:faults`. */
export default mergeConfig(
  { ...suite, test: { ...suite.test, include: [] } },
  defineConfig({
    test: {
      include: ['test/**/*.faults.ts', ...sampled],
      env: { HUNTER_TEST_THOROUGH: '1' },
    },
  }),
)
