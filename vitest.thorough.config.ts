import { globSync } from 'node:fs'
import { configureSuite, readTest } from './vitest.config.ts'

/** Files of which `npm test` runs a sample. */
const sampled = globSync('test/**/*.test.ts', { cwd: import.meta.dirname }).filter((file) =>
  readTest(file).includes('support/thorough.ts'),
)

/** Every fault, kill, long property and further case: `npm run test:thorough`. */
export default configureSuite(['test/**/*.thorough.ts', ...sampled], { HUNTER_TEST_THOROUGH: '1' })
